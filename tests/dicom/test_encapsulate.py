"""The signed report's PDF as a DICOM object."""

import io
from datetime import UTC, date, datetime, time

import pydicom
from pydicom.uid import generate_uid

from app.dicom.encapsulate import encapsulated_pdf
from app.dicom.header import read_object
from app.domain.study import StudySummary
from tests.dicom.objects import as_stored

STUDY = StudySummary(
    study_uid="1.2.3.4",
    patient_name="Щербаков^Ёжик",
    patient_id="П-7",
    birth_date=date(1970, 2, 3),
    sex="M",
    study_date=date(2026, 1, 31),
    study_time=time(10, 15),
    accession_number="A1",
)


def a_report_pdf(pdf: bytes = b"%PDF-1.7 odd") -> bytes:
    return encapsulated_pdf(
        pdf,
        STUDY,
        title="Заключение КТ",
        sop_instance_uid=generate_uid(),
        series_uid=generate_uid(),
        instance_number=2,
        made_at=datetime(2026, 2, 1, 12, 30, tzinfo=UTC),
    )


def test_pydicom_reads_what_was_put_in():
    pdf = b"%PDF-1.7 odd" + bytes(101)
    read = pydicom.dcmread(io.BytesIO(a_report_pdf(pdf)))
    assert read.EncapsulatedDocument[: read.EncapsulatedDocumentLength] == pdf
    assert len(read.EncapsulatedDocument) % 2 == 0
    assert str(read.PatientName) == "Щербаков^Ёжик"
    assert read.DocumentTitle == "Заключение КТ"
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID
    assert read.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert read.file_meta.FileMetaInformationGroupLength > 0


def test_the_ingest_door_reads_it_as_part_of_its_study():
    data = a_report_pdf()
    parsed = read_object(data)
    assert parsed.study.study_uid == "1.2.3.4"
    assert parsed.study.patient_id == "П-7"
    assert parsed.series.modality == "DOC"
    assert parsed.image is None
    assert as_stored(data) == data

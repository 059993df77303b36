"""DICOM objects from pixels: the modules every image shares, and the file itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian

from app.demo.samples.people import Exam

IMPLEMENTATION_UID = "2.25.294517326451908127634481239654203318843"


def uid(seed: int, *parts: object) -> str:
    """A UID that is the same for the same arguments (PS3.5 B.2)."""
    digest = hashlib.sha256("/".join(map(str, (seed, *parts))).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15], 'big')}"


@dataclass(frozen=True)
class SeriesPlan:
    """One series to write: what its objects have in common."""

    exam: Exam
    seed: int
    number: int
    modality: str
    sop_class: str
    description: str
    body_part: str = ""
    frame_of_reference: str = ""
    laterality: str | None = None

    @property
    def series_uid(self) -> str:
        """The series' UID."""
        return uid(self.seed, self.exam.key, self.number)


def common(plan: SeriesPlan) -> Dataset:
    """Patient, study, series, equipment and frame of reference (PS3.3 C.7.1 to C.7.5)."""
    exam, person = plan.exam, plan.exam.person
    ds = Dataset()
    if person.charset:
        ds.SpecificCharacterSet = person.charset
    ds.SOPClassUID = plan.sop_class
    ds.PatientName = person.name
    ds.PatientID = person.patient_id
    ds.PatientBirthDate = f"{person.born:%Y%m%d}"
    ds.PatientSex = person.sex
    ds.PatientAge = f"{(exam.at.date() - person.born).days // 365:03d}Y"
    ds.PatientWeight = f"{person.weight_kg:g}"
    ds.StudyInstanceUID = uid(plan.seed, exam.key)
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = f"{exam.at:%Y%m%d}"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = f"{exam.at:%H%M%S}"
    ds.StudyID = exam.accession[-4:]
    ds.StudyDescription = exam.description
    ds.AccessionNumber = exam.accession
    ds.ReferringPhysicianName = exam.referring
    ds.InstitutionName = exam.institution
    ds.Manufacturer = "Klinika Pro"
    ds.ManufacturerModelName = "Sample generator"
    ds.DeviceSerialNumber = "1"
    ds.SoftwareVersions = "1"
    ds.SeriesInstanceUID = plan.series_uid
    ds.SeriesNumber = plan.number
    ds.SeriesDescription = plan.description
    ds.Modality = plan.modality
    if plan.body_part:
        ds.BodyPartExamined = plan.body_part
    if plan.laterality is not None:
        ds.Laterality = plan.laterality
    if plan.frame_of_reference:
        ds.FrameOfReferenceUID = plan.frame_of_reference
        ds.PositionReferenceIndicator = ""
    return ds


def place(
    ds: Dataset,
    position: Sequence[float],
    orientation: Sequence[float],
    spacing_mm: Sequence[float],
    thickness_mm: float,
) -> None:
    """The image plane module (PS3.3 C.7.6.2): spacing is (between rows, between columns)."""
    ds.ImagePositionPatient = [f"{value:.6g}" for value in position]
    ds.ImageOrientationPatient = [f"{value:.8g}" for value in orientation]
    ds.PixelSpacing = [f"{value:.8g}" for value in spacing_mm]
    ds.SliceThickness = f"{thickness_mm:.6g}"


def code(value: str, scheme: str, meaning: str) -> Items:
    """A code sequence of one item (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Items([item])


def set_pixels(ds: Dataset, pixels: np.ndarray, bits_stored: int = 16) -> None:
    """Describe and hold grey pixels [row, column] or [frame, row, column]."""
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = ds.get("PhotometricInterpretation", "MONOCHROME2")
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored = min(bits_stored, ds.BitsAllocated)
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    data = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    ds.add_new("PixelData", "OB" if ds.BitsAllocated == 8 else "OW", data + b"\0" * (len(data) % 2))


def set_encoded(ds: Dataset, frames: Sequence[bytes]) -> None:
    """Replace the pixels by encoded frames, one fragment each (PS3.5 A.4)."""
    ds.add_new("PixelData", "OB", encapsulate(list(frames), has_bot=len(frames) > 1))
    ds["PixelData"].is_undefined_length = True


def save(
    ds: Dataset, folder: Path, seed: int, number: int, syntax: str = ExplicitVRLittleEndian
) -> Path:
    """Write one instance as a Part 10 file and return its path."""
    ds.InstanceNumber = number
    ds.SOPInstanceUID = uid(seed, ds.SeriesInstanceUID, number)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "KLINIKA"
    ds.file_meta = meta
    path = folder / f"{ds.Modality.lower()}-{int(ds.SeriesNumber):02d}-{number:04d}.dcm"
    dcmwrite(path, ds, enforce_file_format=True)
    return path

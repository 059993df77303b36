"""Signed reports as Encapsulated PDF objects (PS3.3 A.45.1), written element by element."""

import struct
from datetime import datetime

from app import __version__
from app.dicom import part10
from app.dicom.elements import LONG_VRS
from app.domain.study import StudySummary

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
UTF_8 = "ISO_IR 192"
SERIES_NUMBER = "9000"  # behind the series of any scanner


def encapsulated_pdf(
    pdf: bytes,
    study: StudySummary,
    *,
    title: str,
    sop_instance_uid: str,
    series_uid: str,
    instance_number: int,
    made_at: datetime,
) -> bytes:
    """A Part 10 file that carries `pdf` in `study`, with all text in UTF-8.

    `title` is the document's title, for people; `made_at` is when it was signed.
    """
    values = _Elements()
    values.add(0x00080018, "UI", sop_instance_uid)
    values.add(0x0020000E, "UI", series_uid)
    values.add(0x00200013, "IS", str(instance_number))
    _document(values, title, made_at)
    _patient_and_study(values, study)
    values.add(0x00420010, "ST", title)
    values.add(0x00420011, "OB", pdf)
    values.add(0x00420012, "LO", "application/pdf")
    values.add(0x00420015, "UL", struct.pack("<I", len(pdf)))
    head = part10.stored_head(part10.EXPLICIT, ENCAPSULATED_PDF, sop_instance_uid)
    return head + values.encoded()


def _document(values: "_Elements", title: str, made_at: datetime) -> None:
    day, time = made_at.strftime("%Y%m%d"), made_at.strftime("%H%M%S.%f")
    values.add(0x00080005, "CS", UTF_8)
    values.add(0x00080016, "UI", ENCAPSULATED_PDF)
    values.add(0x00080023, "DA", day)
    values.add(0x0008002A, "DT", day + time)
    values.add(0x00080033, "TM", time)
    values.add(0x00080060, "CS", "DOC")
    values.add(0x00080064, "CS", "WSD")  # made at a workstation
    values.add(0x00080070, "LO", "Klinika Pro")
    values.add(0x0008103E, "LO", title[:64])
    values.add(0x00081090, "LO", "Klinika Pro")
    values.add(0x00181000, "LO", "0")
    values.add(0x00181020, "LO", __version__)
    values.add(0x00200011, "IS", SERIES_NUMBER)
    values.add(0x00280301, "CS", "YES")  # the report names the patient
    values.add(0x0040A043, "SQ", b"")


def _patient_and_study(values: "_Elements", study: StudySummary) -> None:
    values.add(0x00080020, "DA", f"{study.study_date:%Y%m%d}" if study.study_date else "")
    values.add(0x00080030, "TM", f"{study.study_time:%H%M%S}" if study.study_time else "")
    values.add(0x00080050, "SH", study.accession_number[:16])
    values.add(0x00080090, "PN", study.referring_physician)
    if study.description:
        values.add(0x00081030, "LO", study.description[:64])
    values.add(0x00100010, "PN", study.patient_name)
    values.add(0x00100020, "LO", study.patient_id[:64])
    values.add(0x00100030, "DA", f"{study.birth_date:%Y%m%d}" if study.birth_date else "")
    values.add(0x00100040, "CS", study.sex if study.sex in {"M", "F", "O"} else "")
    values.add(0x0020000D, "UI", study.study_uid)
    values.add(0x00200010, "SH", "")


class _Elements:
    """Explicit little endian elements, written in the order of their tags."""

    def __init__(self) -> None:
        self._values: dict[int, tuple[bytes, bytes]] = {}

    def add(self, tag: int, vr: str, value: str | bytes) -> None:
        encoded = value if isinstance(value, bytes) else value.encode()
        padding = b"\0" if vr in {"UI", "OB"} else b" "
        self._values[tag] = vr.encode(), encoded + padding * (len(encoded) % 2)

    def encoded(self) -> bytes:
        return b"".join(
            _element(tag, vr, value) for tag, (vr, value) in sorted(self._values.items())
        )


def _element(tag: int, vr: bytes, value: bytes) -> bytes:
    start = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    if vr in LONG_VRS:
        return start + struct.pack("<HI", 0, len(value)) + value
    return start + struct.pack("<H", len(value)) + value

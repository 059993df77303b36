"""Objects in every character set, real and mislabelled, and objects whose label is wrong."""

from collections.abc import Iterator
from pathlib import Path

from app.dicom.header import read_object
from tests.server.samples import an_object

NAME, DESCRIPTION = "Иванов^Пётр", "Грудь боль"
FRAGMENTS = {
    "pydicom__charset_files__chrSQEncoding.dcm",
    "pydicom__charset_files__chrSQEncoding1.dcm",
    "pydicom__test_files__empty_charset_LEI.dcm",
}
"""Files without a patient and without UIDs: nothing of them can be stored, or named."""
_PLACES = {"Ivanov^Petr": NAME, "Chest scan": DESCRIPTION}


def objects_of_every_character_set(shared_dicom: Path) -> Iterator[tuple[str, str, bytes]]:
    """(study UID, name, Part 10 file), each a study of its own: made-up files share their UIDs."""
    files = (each for each in (shared_dicom / "charsets").iterdir() if each.name not in FRAGMENTS)
    for number, file in enumerate(sorted(files), 10):
        data = file.read_bytes()
        parsed = read_object(data)
        for uid in {parsed.study_uid, parsed.series_uid, parsed.sop_instance_uid}:
            data = data.replace(uid.encode(), f"{uid[:-2]}{number}".encode())
        yield read_object(data).study_uid, parsed.study.patient_name, data


def written_in(codec: str, *place: int, label: str | None = None, **elements) -> bytes:
    """A CT of NAME with DESCRIPTION, written in a codec of one byte a letter under `label`."""
    wishes = {"SpecificCharacterSet": label, "StudyDescription": "Chest scan", **elements}
    data = an_object(*place, PatientName="Ivanov^Petr", SeriesDescription="Chest scan", **wishes)
    for ascii_text, text in _PLACES.items():
        data = data.replace(ascii_text.encode(), text.encode(codec))
    return data

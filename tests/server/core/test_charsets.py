"""Names of every character set, real and mislabelled, are found and told alike wherever one looks.

That they are read right is proved beside `app.dicom.charset`.
"""

from pathlib import Path

from app.dicom.header import read_object
from app.domain.errors import Error
from app.domain.query import Level, Query
from app.domain.study import WorklistQuery, display_name
from app.server.core import query, worklist

PATIENT_NAME, STUDY_UID = 0x00100010, 0x0020000D


def as_a_study_of_its_own(data: bytes, number: int) -> bytes:
    """Made-up files share their UIDs; the length of each stays."""
    parsed = read_object(data)
    for uid in {parsed.study_uid, parsed.series_uid, parsed.sop_instance_uid}:
        data = data.replace(uid.encode(), f"{uid[:-2]}{number}".encode())
    return data


def test_every_name_is_found_by_queries_and_the_worklist(
    shared_dicom: Path, ingest, database, doctor, source
):
    names = {}
    for number, file in enumerate(sorted((shared_dicom / "charsets").iterdir()), 10):
        try:
            data = as_a_study_of_its_own(file.read_bytes(), number)
            study_uid = ingest.store(doctor, source, data).study_uid
        except Error:  # some of them have no UIDs
            continue
        names[study_uid] = read_object(file).study.patient_name
    assert len(names) >= 30
    for study_uid, name in names.items():
        asked = Query(Level.STUDY, {PATIENT_NAME: name.replace("\\", "?")})
        found = {
            match[STUDY_UID]: match[PATIENT_NAME]
            for match in query.matches(database, doctor, asked)
        }
        assert found.get((study_uid,)) == (name,)
        words = display_name(name)
        page = worklist.search(database, doctor, WorklistQuery(words, study_uid))
        assert [row.patient_name for row in page.rows] == [name]

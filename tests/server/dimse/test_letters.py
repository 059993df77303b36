"""Names of every character set, real and mislabelled, are found and answered by C-FIND."""

from app.server.core.texts import Texts
from app.server.dimse.information_model import Root
from tests.server.charsets import NAME, objects_of_every_character_set, written_in
from tests.server.dimse.asking import PENDING, associated, identifier
from tests.server.dimse.conftest import now
from tests.server.samples import study_uid


def found(association, **keys) -> list[str]:
    """The names that are answered."""
    asked = identifier("STUDY", **{"PatientName": "", "StudyInstanceUID": "", **keys})
    answers = association.send_c_find(asked, Root.STUDY.find)
    return [str(ds.PatientName) for status, ds in answers if status.Status == PENDING]


def test_every_name_is_found_and_answered(node, record, ingest, doctor, source, shared_dicom):
    names = {}
    for uid, name, data in objects_of_every_character_set(shared_dicom):
        ingest.store(doctor, source, data)
        names[uid] = name
    association = associated(node, Root.STUDY.find)
    for uid, name in names.items():
        assert found(association, StudyInstanceUID=uid) == [name]
        key = name.replace("\ufffd", "?")  # no character of a name, in any set
        assert found(association, StudyInstanceUID=uid, PatientName=key) == [name]
    association.release()
    assert len(names) >= 30


def test_a_mended_name_is_found_and_answered(
    node, record, ingest, doctor, source, database, objects
):
    ingest.store(doctor, source, written_in("koi8_r", 1, label="ISO_IR 100"))
    association = associated(node, Root.STUDY.find)
    assert found(association, PatientName="иванов^петр") == []
    Texts(database, objects, now).choose(doctor, study_uid(1), "KOI8-R")
    assert found(association, PatientName="иванов^петр") == [NAME]
    association.release()

"""Names of every character set, real and mislabelled, are found and told alike wherever one looks.

That they are read right is proved beside `app.dicom.charset`.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.access import Role
from app.domain.deletion import DeletionRequest
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.domain.query import Level, Query
from app.domain.study import WorklistQuery, display_name
from app.server.core import query, worklist
from app.server.core.deletions import Deletions
from app.server.core.quarantine import Quarantine
from app.server.core.studies import study
from tests.server.charsets import DESCRIPTION, NAME, objects_of_every_character_set, written_in
from tests.server.samples import study_uid

PATIENT_NAME, STUDY_UID = 0x00100010, 0x0020000D
OLD_CT = Source(SourceKind.C_STORE, "OLDCT", "127.0.0.1", "IBM866")


def test_every_name_is_found_by_queries_and_the_worklist(
    shared_dicom: Path, ingest, database, doctor, source
):
    names = {}
    for uid, name, data in objects_of_every_character_set(shared_dicom):
        ingest.store(doctor, source, data)
        names[uid] = name
    assert len(names) >= 30
    for uid, name in names.items():
        asked = Query(Level.STUDY, {PATIENT_NAME: name.replace("\\", "?")})
        found = {
            match[STUDY_UID]: match[PATIENT_NAME]
            for match in query.matches(database, doctor, asked)
        }
        assert found.get((uid,)) == (name,)
        page = worklist.search(database, doctor, WorklistQuery(display_name(name), uid))
        assert [row.patient_name for row in page.rows] == [name]


def said(database, doctor) -> tuple[str, str, str]:
    told = study(database, doctor, study_uid(1))
    return told.summary.patient_name, told.summary.description, told.series[-1].description


def test_what_was_deleted_comes_back_as_its_sender_writes(
    ingest, database, objects, doctor, admin, clock
):
    ingest.store(doctor, OLD_CT, written_in("cp866", 1))
    deletions = Deletions(database, objects, clock)
    asked = deletions.request(admin, DeletionRequest(study_uid(1), "by mistake"))
    deletions.confirm(replace(admin, name="second"), asked.id)
    deletions.restore(admin, asked.id)
    assert said(database, doctor) == (NAME, DESCRIPTION, DESCRIPTION)


@pytest.mark.logs("object-conflict")
def test_what_was_put_aside_is_read_and_accepted_as_its_sender_writes(
    ingest, database, objects, doctor, clock, sign_in_as
):
    admin = sign_in_as(Role.ADMIN, "second")
    ingest.store(doctor, OLD_CT, written_in("cp866", 1))
    other = written_in("cp866", 1, value=2)
    assert ingest.store(doctor, OLD_CT, other).outcome is StoreOutcome.CONFLICT
    quarantine = Quarantine(database, objects, clock)
    for _ in range(2):  # the second time it is the first object that was put aside
        (found,) = quarantine.page(admin).objects
        assert quarantine.one(admin, found.id).study.patient_name == NAME
        quarantine.accept(admin, found.id)
        assert said(database, doctor) == (NAME, DESCRIPTION, DESCRIPTION)

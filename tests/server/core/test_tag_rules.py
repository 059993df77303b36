"""Objects that rules change on their way in are kept changed, and known when they come again."""

import hashlib
import io

import pydicom
import pytest
import sqlalchemy as sa

from app.domain.access import Role
from app.domain.deletion import DeletionRequest
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.server.core.deletions import Deletions
from app.server.core.ingest import Ingest
from app.server.core.quarantine import Quarantine
from app.server.core.reception import Reception
from app.server.core.studies import study
from app.server.store import tables
from app.settings import TagRule
from tests.server.samples import an_object, sop_uid, study_uid
from tests.server.stored import object_file

RULES = (TagRule(sources=["CT1"], prefix={"PatientID": "N-"}, set={"IssuerOfPatientID": "NORTH"}),)
CT1 = Source(SourceKind.C_STORE, "CT1")


@pytest.fixture
def ruled(database, objects, clock):
    ingest = Ingest(
        database,
        objects,
        max_object_size=64 * 1024 * 1024,
        clock=clock,
        reception=Reception(RULES, "KLINIKA"),
    )
    yield ingest
    ingest.close()


@pytest.fixture
def store(ruled, doctor):
    return lambda data, source=CT1: ruled.store(doctor, source, data)


@pytest.fixture
def kept(database, objects, doctor):
    """The file of the first object."""
    return lambda: object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes()


def row(database):
    with database.read() as connection:
        return connection.execute(sa.select(tables.instance)).one()


def test_an_object_is_kept_and_filed_as_the_rules_make_it(store, database, doctor, kept, tmp_path):
    file = tmp_path / "large.dcm"
    file.write_bytes(an_object())
    result = store(file)
    assert (result.outcome, result.is_coerced) == (StoreOutcome.STORED, True)
    ds = pydicom.dcmread(io.BytesIO(kept()))
    assert (ds.PatientID, ds.IssuerOfPatientID) == ("N-P-17", "NORTH")
    assert study(database, doctor, study_uid(1)).summary.patient_id == "N-P-17"
    found = row(database)
    assert found.sha256 == hashlib.sha256(kept()).hexdigest() != found.received_sha256
    pixels = kept()[found.pixel_offset : found.pixel_offset + found.pixel_length]
    assert pixels == pydicom.dcmread(io.BytesIO(an_object())).PixelData


def test_the_same_object_again_is_a_repetition_though_other_bytes_are_kept(store, database, kept):
    store(an_object())
    before = kept()
    for data in (an_object(), implicit(an_object())):
        result = store(data)
        assert (result.outcome, result.is_coerced) == (StoreOutcome.DUPLICATE, True)
    assert kept() == before


def implicit(data: bytes) -> bytes:
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    written = io.BytesIO()
    pydicom.dcmwrite(written, ds, implicit_vr=True, little_endian=True)
    return written.getvalue()


def test_objects_that_no_rule_is_for_are_kept_as_they_are(store, database):
    result = store(an_object(), Source(SourceKind.IMPORT, "anna"))
    assert (result.outcome, result.is_coerced) == (StoreOutcome.STORED, False)
    assert row(database).received_sha256 is None
    assert store(an_object(), CT1).outcome is StoreOutcome.DUPLICATE


@pytest.mark.logs("object-restored")
def test_a_lost_file_is_replaced_by_what_the_rules_make_of_the_same_object(
    store, database, objects, kept
):
    store(an_object())
    objects.remove(row(database).object_key)
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    assert row(database).sha256 == hashlib.sha256(kept()).hexdigest()


@pytest.mark.logs("object-conflict")
def test_what_is_put_aside_is_put_aside_once_and_known_when_it_was_accepted(
    store, database, objects, clock, admin
):
    store(an_object())
    for _ in range(2):
        assert store(an_object(value=9)).outcome is StoreOutcome.CONFLICT
    quarantine = Quarantine(database, objects, clock)
    (aside,) = quarantine.page(admin).objects
    quarantine.accept(admin, aside.id)
    assert store(an_object(value=9)).outcome is StoreOutcome.DUPLICATE
    (replaced,) = quarantine.page(admin).objects
    quarantine.accept(admin, replaced.id)
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE


def test_a_restored_object_is_known_when_it_is_sent_again(
    store, database, objects, clock, admin, sign_in_as
):
    store(an_object())
    deletions = Deletions(database, objects, clock)
    asked = deletions.request(admin, DeletionRequest(study_uid(1), "a mistake"))
    deletions.confirm(sign_in_as(Role.DOCTOR), asked.id)
    deletions.restore(admin, asked.id)
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE

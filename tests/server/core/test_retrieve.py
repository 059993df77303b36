"""Who sends objects on finds them by what they belong to, in the order of their numbers."""

import pytest

from app.domain.access import POLICY, Actor, Role
from app.domain.errors import DamagedError, ForbiddenError, InvalidError, NotFoundError
from app.domain.ingest import Source, SourceKind
from app.server.core import retrieve
from app.server.core.retrieve import Scope
from app.server.store.objects import ObjectStore
from tests.server.samples import an_object, series_uid, sop_uid, study_uid


@pytest.fixture
def archive(ingest, doctor, source):
    """Two studies; the first has two series, the second of which came first and backwards."""
    for series, number in ((2, 3), (2, 1), (1, 2), (1, 1)):
        ingest.store(doctor, source, an_object(1, series, number))
    ingest.store(doctor, source, an_object(2, StudyDate="20250101", PatientID="P-18"))


ALL = [(1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 3), (2, 1, 1)]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope(study_uids=(study_uid(1), study_uid(2))), ALL),
        (Scope(study_uids=(study_uid(2),)), ALL[4:]),
        (Scope(series_uids=(series_uid(1, 2),)), ALL[2:4]),
        (Scope(sop_instance_uids=(sop_uid(1, 2, 3), sop_uid(1, 1, 1))), [ALL[0], ALL[3]]),
        (Scope(patient_id="P-17"), ALL[:4]),
        (Scope(patient_id="P-17", series_uids=(series_uid(2, 1),)), []),
        (Scope(study_uids=(study_uid(2),), sop_instance_uids=(sop_uid(1, 1, 1),)), []),
        (Scope(study_uids=("1.2.3",)), []),
    ],
)
def test_a_scope_narrows_at_every_level_it_names(archive, database, doctor, scope, found):
    objects = retrieve.objects_of(database, doctor, scope)
    assert [each.sop_instance_uid for each in objects] == [sop_uid(*numbers) for numbers in found]


def test_any_number_of_uids_may_be_named(archive, database, doctor):
    many = tuple(f"1.2.3.{number}" for number in range(40_000))
    scope = Scope(sop_instance_uids=(*many, sop_uid(1, 1, 1)))
    assert len(retrieve.objects_of(database, doctor, scope)) == 1


def test_an_object_is_told_whole_and_read_as_it_was_kept(archive, database, objects, doctor):
    (stored,) = retrieve.objects_of(database, doctor, Scope(study_uids=(study_uid(2),)))
    data = objects.plain_file(stored.key).read_bytes()
    assert data[128:132] == b"DICM"
    assert stored.size == len(data)
    assert (stored.study_uid, stored.series_uid) == (study_uid(2), series_uid(2, 1))
    assert stored.sop_class_uid == "1.2.840.10008.5.1.4.1.1.2"
    assert stored.transfer_syntax_uid == "1.2.840.10008.1.2.1"


def test_an_object_whose_file_is_gone_is_not_found(archive, database, objects, doctor):
    (stored,) = retrieve.objects_of(database, doctor, Scope(study_uids=(study_uid(2),)))
    objects.plain_file(stored.key).unlink()
    with pytest.raises(NotFoundError):
        objects.open(stored.key)


@pytest.mark.logs("object-suspected")
def test_what_is_lost_is_left_out_and_checked_soon(archive, database, objects, doctor):
    found = retrieve.objects_of(database, doctor, Scope(study_uids=(study_uid(1),)))
    assert retrieve.whole(objects, found) == found
    objects.plain_file(found[0].key).unlink()
    short = objects.plain_file(found[2].key)
    short.write_bytes(short.read_bytes()[:-1])
    assert retrieve.whole(objects, found) == (found[1], found[3])
    assert objects.suspects.all() == {found[0].sop_instance_uid, found[2].sop_instance_uid}
    with pytest.raises(NotFoundError):
        retrieve.whole(objects, found[:1])
    with pytest.raises(DamagedError):
        retrieve.whole(objects, found[2:3])


def test_in_a_bucket_nothing_is_looked_at(archive, database, objects, doctor, monkeypatch):
    found = retrieve.objects_of(database, doctor, Scope(study_uids=(study_uid(2),)))
    objects.plain_file(found[0].key).unlink()
    monkeypatch.setattr(ObjectStore, "is_here", False)
    assert retrieve.whole(objects, found) == found


def test_strangers_and_scopes_without_names_are_refused(database, doctor, nobody):
    with pytest.raises(ForbiddenError):
        retrieve.objects_of(database, nobody, Scope(patient_id="P-17"))
    with pytest.raises(InvalidError):
        retrieve.objects_of(database, doctor, Scope())


def test_a_report_is_found_by_who_may_read_reports(ingest, database, doctor, source):
    ingest.store(doctor, source, an_object(1))
    ingest.store(doctor, Source(SourceKind.REPORT, "doctor"), an_object(1, 2))
    operator = Actor("operator", POLICY[Role.OPERATOR])
    scope = Scope(study_uids=(study_uid(1),))
    assert len(retrieve.objects_of(database, doctor, scope)) == 2
    (found,) = retrieve.objects_of(database, operator, scope)
    assert found.series_uid == series_uid(1, 1)

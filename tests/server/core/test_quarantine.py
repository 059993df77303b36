"""What was put aside can be looked at, accepted and deleted, and nothing is lost by it."""

import pytest

from app.domain.access import Actor, Role
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, ForbiddenError, NotFoundError
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.domain.quarantine import QuarantineReason
from app.domain.study import WorklistQuery
from app.server.core import audit, changes, worklist
from app.server.core import quarantine as module
from app.server.core.audit import Action
from app.server.core.quarantine import Quarantine
from app.server.core.storage import Storage
from app.server.core.studies import study
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.stored import object_file

pytestmark = pytest.mark.logs("object-conflict")


@pytest.fixture
def quarantine(database, objects, clock) -> Quarantine:
    return Quarantine(database, objects, clock)


@pytest.fixture
def store(ingest, doctor, source):
    return lambda data: ingest.store(doctor, source, data).outcome


def listed(database, doctor, text: str) -> int:
    return worklist.search(database, doctor, WorklistQuery(text)).total


def test_a_conflict_is_listed_with_its_reason_and_source(quarantine, store, admin, database, clock):
    store(an_object(value=1))
    assert store(an_object(value=2)) is StoreOutcome.CONFLICT
    assert store(an_object(value=2)) is StoreOutcome.CONFLICT
    store(an_object(2, number=9, SeriesInstanceUID=series_uid(1, 1)))
    store(an_object(number=3, PatientID="B", PatientName="Hello^B"))
    patient, series, content = quarantine.page(admin).objects
    assert (content.sop_instance_uid, content.reason) == (
        sop_uid(1, 1, 1),
        QuarantineReason.CONTENT,
    )
    assert (content.source_kind, content.source_name) == (SourceKind.IMPORT, "doctor")
    assert (series.study_uid, series.reason) == (study_uid(2), QuarantineReason.SERIES)
    assert patient.reason is QuarantineReason.PATIENT
    assert Storage(database, quarantine.objects, clock).status(admin).quarantined == 3


def test_everything_is_reached_page_by_page_newest_first(quarantine, store, admin, monkeypatch):
    for value in range(6):
        store(an_object(value=value))
    everything = quarantine.page(admin).objects
    assert len(everything) == 5
    first, last = quarantine.page(admin, 3), quarantine.page(admin, 3, 3)
    assert (first.objects + last.objects, first.total) == (everything, 5)
    assert quarantine.page(admin, 3, 5).objects == quarantine.page(admin, 0).objects == ()
    monkeypatch.setattr(module, "MAX_LIMIT", 2)
    assert quarantine.page(admin, 3).objects == everything[:2]


def test_what_differs_is_named_beside_what_the_archive_has(quarantine, store, admin):
    store(an_object(value=1, StudyDescription="Chest"))
    store(an_object(value=2, StudyDescription="Thorax", Laterality="L"))
    (found,) = quarantine.page(admin).objects
    details = quarantine.one(admin, found.id)
    assert details.object == found
    assert details.differences == ("StudyDescription", "Laterality", "PixelData")
    assert (details.study.description, details.kept.description) == ("Thorax", "Chest")
    assert details.series.series_uid == series_uid(1, 1)


def test_an_object_of_a_study_nobody_has_is_compared_with_nothing(quarantine, store, admin):
    store(an_object(1))
    store(an_object(2, SeriesInstanceUID=series_uid(1, 1)))
    (found,) = quarantine.page(admin).objects
    details = quarantine.one(admin, found.id)
    assert (details.kept, details.differences) == (None, ())


def test_an_accepted_object_takes_the_place_of_the_other_and_back_again(
    quarantine, store, admin, database, objects, doctor
):
    for number in (1, 2):
        store(an_object(number=number, value=1))
    store(an_object(number=1, value=2))
    (found,) = quarantine.page(admin).objects
    first = object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes()
    second = objects.plain_file(quarantine.kept(admin, found.id).key).read_bytes()

    quarantine.accept(admin, found.id)
    assert object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes() == second
    assert study(database, doctor, study_uid(1)).summary.instance_count == 2
    (replaced,) = quarantine.page(admin).objects
    assert replaced.reason is QuarantineReason.REPLACED
    assert objects.plain_file(quarantine.kept(admin, replaced.id).key).read_bytes() == first
    assert store(an_object(number=1, value=1)) is StoreOutcome.CONFLICT
    assert store(an_object(number=1, value=2)) is StoreOutcome.DUPLICATE
    assert quarantine.page(admin).objects == (replaced,)

    quarantine.accept(admin, replaced.id)
    assert object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes() == first


def test_the_only_object_of_a_study_may_move_to_another_study(
    quarantine, store, admin, database, doctor
):
    store(an_object(1, PatientName="Alpha^A"))
    moved = an_object(1, PatientName="Beta^B", StudyInstanceUID="1.2.3.4", SeriesInstanceUID="1.2")
    store(moved)
    (found,) = quarantine.page(admin).objects
    quarantine.accept(admin, found.id)
    with pytest.raises(NotFoundError):
        study(database, doctor, study_uid(1))
    assert study(database, doctor, "1.2.3.4").summary.instance_count == 1
    assert (listed(database, doctor, "alpha"), listed(database, doctor, "beta")) == (0, 1)


def test_a_study_that_loses_an_object_counts_anew(quarantine, store, admin, database, doctor):
    store(an_object(1, 1, 1))
    store(an_object(1, 2, 1, Modality="PT"))
    store(an_object(1, 2, 1, SeriesInstanceUID=series_uid(1, 1)))
    (found,) = quarantine.page(admin).objects
    quarantine.accept(admin, found.id)
    (series,) = study(database, doctor, study_uid(1)).series
    assert (series.instance_count, series.image_count) == (2, 2)
    assert study(database, doctor, study_uid(1)).summary.modalities == ("CT",)


def test_an_object_of_another_patient_is_taken_when_a_person_says_so(
    quarantine, store, admin, database, doctor
):
    store(an_object(number=1))
    store(an_object(number=2, PatientID="B", PatientName="Hello^B"))
    (found,) = quarantine.page(admin).objects
    quarantine.accept(admin, found.id)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 2
    assert quarantine.page(admin).objects == ()


def accept_all(quarantine, admin) -> None:
    for each in quarantine.page(admin).objects:
        quarantine.accept(admin, each.id)


def test_a_study_says_who_its_objects_say_once_the_last_of_the_old_ones_is_replaced(
    quarantine, store, admin, database, doctor
):
    for number in (1, 2):
        store(an_object(number=number, PatientBirthDate="19610305", AccessionNumber="A1"))
    said = {"PatientName": "Beta^B", "PatientID": "B", "StudyDescription": "Knee"}
    for number in (1, 2):
        store(an_object(number=number, **said))
    first, second = quarantine.page(admin).objects
    quarantine.accept(admin, first.id)
    summary = study(database, doctor, study_uid(1)).summary
    assert (summary.patient_name, summary.patient_id) == ("Иванов^Пётр", "P-17")
    quarantine.accept(admin, second.id)
    summary = study(database, doctor, study_uid(1)).summary
    assert (summary.patient_name, summary.patient_id) == ("Beta^B", "B")
    assert (summary.birth_date, summary.accession_number) == (None, "")
    assert summary.description == "Knee"
    assert (listed(database, doctor, "beta"), listed(database, doctor, "Иванов")) == (1, 0)
    assert store(an_object(number=3, **said)) is StoreOutcome.STORED


def test_a_series_says_what_the_object_says_that_took_the_place_of_its_first(
    quarantine, store, admin, database, doctor
):
    store(an_object(Laterality="L", SeriesDescription="Left"))
    store(an_object(1, 2, SeriesDescription="Other"))
    store(an_object(Laterality="R", SeriesDescription="Right"))
    accept_all(quarantine, admin)
    said = {each.description for each in study(database, doctor, study_uid(1)).series}
    assert said == {"Right", "Other"}
    assert {each.laterality for each in study(database, doctor, study_uid(1)).series} == {"R", ""}


@pytest.mark.logs("object-conflict", "texts-unreadable")
def test_what_a_file_that_can_not_be_read_may_have_said_stays(
    quarantine, store, admin, database, doctor, objects
):
    for number in (1, 2):
        store(an_object(number=number, AccessionNumber="A1"))
    object_file(database, objects, doctor, sop_uid(1, 1, 2)).unlink()
    store(an_object(number=1, PatientName="Beta^B"))
    accept_all(quarantine, admin)
    summary = study(database, doctor, study_uid(1)).summary
    assert (summary.patient_name, summary.accession_number) == ("Beta^B", "A1")


def test_a_series_of_another_study_is_not_accepted(quarantine, store, admin):
    store(an_object(1))
    store(an_object(2, SeriesInstanceUID=series_uid(1, 1)))
    (found,) = quarantine.page(admin).objects
    with pytest.raises(ConflictError):
        quarantine.accept(admin, found.id)
    assert quarantine.page(admin).objects == (found,)


def test_a_report_is_never_replaced(quarantine, ingest, store, admin, doctor):
    ingest.store(doctor, Source(SourceKind.REPORT, "doctor"), an_object(value=1))
    store(an_object(value=2))
    (found,) = quarantine.page(admin).objects
    with pytest.raises(ConflictError):
        quarantine.accept(admin, found.id)


def test_a_deleted_object_is_gone_with_its_file(quarantine, store, admin, objects):
    store(an_object(value=1))
    store(an_object(value=2))
    (found,) = quarantine.page(admin).objects
    file = objects.plain_file(quarantine.kept(admin, found.id).key)
    quarantine.delete(admin, found.id)
    assert not file.exists()
    for ask in (quarantine.kept, quarantine.one, quarantine.accept, quarantine.delete):
        with pytest.raises(NotFoundError):
            ask(admin, found.id)


def test_who_accepts_and_deletes_is_written_down_and_told(
    quarantine, store, admin, database, doctor
):
    store(an_object(value=1))
    for value in (2, 3):
        store(an_object(value=value))
    newest, oldest = quarantine.page(admin).objects
    quarantine.accept(admin, newest.id)
    quarantine.delete(admin, oldest.id)
    entries = audit.newest(database, admin, 2)
    assert [(each.actor, each.action, each.subject) for each in entries] == [
        (admin.name, Action.QUARANTINED_DELETED, sop_uid(1, 1, 1)),
        (admin.name, Action.QUARANTINED_ACCEPTED, sop_uid(1, 1, 1)),
    ]
    told = [each.kind for each in changes.since(database, doctor, 0, 100)]
    assert told.count(ChangeKind.QUARANTINE_CHANGED) == 4


def test_doctors_look_and_administrators_decide(quarantine, store, admin, sign_in_as):
    store(an_object(value=1))
    store(an_object(value=2))
    (found,) = quarantine.page(admin).objects
    doctor, operator = sign_in_as(Role.DOCTOR), sign_in_as(Role.OPERATOR)
    assert quarantine.one(doctor, found.id).object == found
    for decide in (quarantine.accept, quarantine.delete):
        with pytest.raises(ForbiddenError):
            decide(doctor, found.id)
    for actor in (operator, Actor("nobody", frozenset())):
        with pytest.raises(ForbiddenError):
            quarantine.page(actor)
        for look in (quarantine.one, quarantine.kept):
            with pytest.raises(ForbiddenError):
                look(actor, found.id)

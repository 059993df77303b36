"""Studies and series are deleted by two persons, and can be brought back for 30 days."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.access import Actor, Role
from app.domain.changes import ChangeKind
from app.domain.deletion import DeletionRequest, DeletionState
from app.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.domain.report import ReportContent
from app.domain.study import WorklistQuery
from app.server.core import audit, changes, worklist
from app.server.core import deletions as module
from app.server.core.audit import Action
from app.server.core.deletions import Deletions
from app.server.core.ingest import Ingest
from app.server.core.packing import KEPT_FOR as PACKING_KEEPS
from app.server.core.packing import Packing
from app.server.core.quarantine import Quarantine
from app.server.core.studies import study
from app.server.store import deletions as rows
from app.server.store.objects import ObjectStore
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.stored import object_file

WHOLE = DeletionRequest(study_uid(1), "sent twice")
SERIES = DeletionRequest(study_uid(1), "a wrong reconstruction", series_uid(1, 2))


@pytest.fixture
def deletions(database, objects, clock) -> Deletions:
    return Deletions(database, objects, clock)


@pytest.fixture
def second(sign_in_as) -> Actor:
    """A doctor, the second pair of eyes."""
    return sign_in_as(Role.DOCTOR)


@pytest.fixture
def store(ingest, doctor, source):
    return lambda data: ingest.store(doctor, source, data).outcome


@pytest.fixture
def a_study(store):
    """Two series of two images."""
    for series in (1, 2):
        for number in (1, 2):
            store(an_object(1, series, number, Modality=("CT", "PT")[series - 1]))


@pytest.fixture
def files(server_settings):
    """Every file of an object."""

    def found() -> list[Path]:
        folder = server_settings.data_dir / "objects"
        return sorted(path for path in folder.rglob("*") if path.is_file())

    return found


@pytest.fixture
def left_later(files, database, objects, clock):
    """Every file that is there when those are gone that nobody needs any more."""

    def found() -> list[Path]:
        clock.ahead += PACKING_KEEPS + timedelta(minutes=1)
        Packing(database, objects, clock, "").remove_replaced()
        return files()

    return found


@pytest.fixture
def deleted(a_study, deletions, admin, second):
    """A study that two persons deleted."""
    asked = deletions.request(admin, WHOLE)
    return deletions.confirm(second, asked.id)


def total(database, doctor, text: str = "") -> int:
    return worklist.search(database, doctor, WorklistQuery(text)).total


def test_a_study_says_who_the_rest_of_it_says_when_a_series_of_another_patient_is_deleted(
    store, deletions, admin, second, database, doctor
):
    store(an_object(1, 2, PatientBirthDate="19610305"))
    store(an_object(1, 1, PatientName="Иванова^Анна"))  # the ID says that it is theirs
    deletions.confirm(second, deletions.request(admin, SERIES).id)
    summary = study(database, doctor, study_uid(1)).summary
    assert (summary.patient_name, summary.birth_date) == ("Иванова^Анна", None)
    assert (total(database, doctor, "анна"), total(database, doctor, "пётр")) == (1, 0)


def test_a_request_alone_deletes_nothing(a_study, deletions, admin, database, doctor):
    asked = deletions.request(admin, WHOLE)
    assert asked.state is DeletionState.REQUESTED
    assert asked.study.patient_name == "Иванов^Пётр"
    assert deletions.all(admin) == (asked,)
    assert total(database, doctor) == 1


def test_who_asks_can_not_confirm(a_study, deletions, admin, database, doctor):
    asked = deletions.request(admin, WHOLE)
    with pytest.raises(ForbiddenError):
        deletions.confirm(admin, asked.id)
    assert total(database, doctor) == 1


def test_what_two_persons_delete_is_found_no_more_and_keeps_its_files(
    deleted, deletions, second, database, doctor, files, clock
):
    assert (deleted.state, deleted.object_count) == (DeletionState.DELETED, 4)
    assert deleted.confirmed_by == second.name
    assert deleted.purge_at - deleted.deleted_at == timedelta(days=30)
    assert deletions.all(second) == (deleted,)
    assert total(database, doctor) == total(database, doctor, "иванов") == 0
    with pytest.raises(NotFoundError):
        study(database, doctor, study_uid(1))
    assert len(files()) == 4


def test_one_series_goes_and_the_others_are_counted_anew(
    a_study, deletions, admin, second, database, doctor
):
    deletions.confirm(second, deletions.request(admin, SERIES).id)
    left = study(database, doctor, study_uid(1))
    assert (left.summary.series_count, left.summary.instance_count) == (1, 2)
    assert left.summary.modalities == ("CT",)


def test_a_restored_study_is_as_it_was(deleted, deletions, second, database, objects, doctor):
    deletions.restore(second, deleted.id)
    found = study(database, doctor, study_uid(1))
    assert (found.summary.series_count, found.summary.instance_count) == (2, 4)
    assert total(database, doctor, "иванов") == 1
    assert object_file(database, objects, doctor, sop_uid(1, 1, 1)).exists()
    assert deletions.all(second) == ()


def test_what_came_again_meanwhile_is_not_lost_by_restoring(
    deleted, deletions, admin, store, database, doctor, left_later
):
    assert store(an_object(1, 1, 1, Modality="CT")) is StoreOutcome.STORED
    assert store(an_object(1, 1, 2, Modality="CT", value=9)) is StoreOutcome.STORED
    deletions.restore(admin, deleted.id)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 4
    quarantine = Quarantine(database, deletions.objects, deletions.clock)
    assert [each.sop_instance_uid for each in quarantine.page(admin).objects] == [sop_uid(1, 1, 2)]
    assert len(left_later()) == 5


@pytest.mark.logs("object-conflict")
def test_what_waits_in_quarantine_already_is_restored_to_nothing_more(
    deleted, deletions, second, store, database, doctor, left_later
):
    store(an_object(1, 1, 1, Modality="CT", value=9))
    store(an_object(1, 1, 1, Modality="CT"))
    deletions.restore(second, deleted.id)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 4
    assert len(left_later()) == 5


@pytest.mark.logs("deleted-object-unreadable")
def test_what_can_not_be_read_stays_deleted(deleted, deletions, second, database, doctor, files):
    first, *others = files()
    kept = first.read_bytes()
    first.write_bytes(b"no object")
    deletions.restore(second, deleted.id)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 3
    with pytest.raises(UnavailableError):
        deletions.restore(second, deleted.id)
    first.write_bytes(kept)
    deletions.restore(second, deleted.id)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 4
    assert deletions.all(second) == ()
    assert len(others) == 3


@pytest.mark.logs("deleted-object-unreadable")
def test_two_who_restore_at_once_remove_nothing(
    deleted, deletions, second, database, doctor, files, monkeypatch
):
    objects_of, first = rows.objects_of, files()[0]
    first.write_bytes(b"no object")  # so that the deletion is not over after the other's turn

    def restored_meanwhile(connection, deletion_id):
        found = objects_of(connection, deletion_id)
        monkeypatch.setattr(rows, "objects_of", objects_of)
        deletions.restore(second, deletion_id)
        return found

    monkeypatch.setattr(rows, "objects_of", restored_meanwhile)
    deletions.restore(second, deleted.id)
    assert study(database, doctor, study_uid(1)).summary.instance_count == 3
    assert len(files()) == 4


def test_after_thirty_days_it_is_purged_with_its_files(
    deleted, deletions, admin, second, clock, files, database
):
    deletions.purge_due()
    assert len(files()) == 4
    clock.ahead += timedelta(days=30, hours=1)
    deletions.purge_due()
    assert files() == []
    with pytest.raises(NotFoundError):
        deletions.restore(second, deleted.id)
    newest = audit.newest(database, admin, 1)[0]
    assert (newest.actor, newest.action) == ("archive", Action.STUDY_PURGED)


def test_what_is_purged_goes_in_parts_and_is_not_restored_any_more(
    deleted, deletions, second, clock, files, monkeypatch
):
    remove, parts = ObjectStore.remove, []

    def away_at_the_second(objects, *keys):
        with deletions.database.write():  # nothing holds the database up
            parts.append(len(keys))
        if len(parts) == 2:
            raise UnavailableError
        remove(objects, *keys)

    monkeypatch.setattr(module, "AT_ONCE", 3)
    monkeypatch.setattr(ObjectStore, "remove", away_at_the_second)
    clock.ahead += timedelta(days=30)
    with pytest.raises(ConflictError):
        deletions.restore(second, deleted.id)
    deletions.purge_due()
    assert parts == []
    clock.ahead += timedelta(hours=1)
    with pytest.raises(UnavailableError):
        deletions.purge_due()
    assert len(files()) == 1
    deletions.purge_due()
    assert (files(), parts) == ([], [3, 1, 1])
    assert deletions.all(second) == ()


def test_two_servers_purge_once(deleted, deletions, clock, monkeypatch):
    clock.ahead += timedelta(days=30)
    monkeypatch.setattr(rows, "due", lambda *_arguments: (deleted.id,))
    deletions.purge_due()
    deletions.purge_due()


def test_a_request_can_be_withdrawn_and_a_deletion_can_not(
    a_study, deletions, admin, second, database, doctor
):
    asked = deletions.request(admin, WHOLE)
    deletions.withdraw(second, asked.id)
    assert deletions.all(admin) == ()
    asked = deletions.request(admin, WHOLE)
    with pytest.raises(ConflictError):
        deletions.restore(admin, asked.id)
    deletions.confirm(second, asked.id)
    for again in (deletions.withdraw, deletions.confirm):
        with pytest.raises(ConflictError):
            again(second, asked.id)


def test_a_request_needs_a_reason_and_something_to_delete(a_study, deletions, admin):
    for reason in (" ", "x" * 501):
        with pytest.raises(InvalidError):
            deletions.request(admin, DeletionRequest(study_uid(1), reason))
    for uid, series in (("1.2.3", ""), (study_uid(1), "1.2.3")):
        with pytest.raises(NotFoundError):
            deletions.request(admin, DeletionRequest(uid, "sent twice", series))
    deletions.request(admin, WHOLE)
    with pytest.raises(ConflictError):
        deletions.request(admin, WHOLE)
    deletions.request(admin, SERIES)


def test_what_is_gone_can_not_be_confirmed(a_study, deletions, admin, second):
    whole, series = deletions.request(admin, WHOLE), deletions.request(admin, SERIES)
    deletions.confirm(second, whole.id)
    with pytest.raises(NotFoundError):
        deletions.confirm(second, series.id)


def test_what_has_a_report_stays(a_study, deletions, admin, second, reports, doctor, store):
    asked = deletions.request(second, WHOLE)
    reports.start(second, study_uid(1), ReportContent("ru"))
    with pytest.raises(ConflictError):
        deletions.request(second, DeletionRequest(study_uid(1), "sent twice"))
    with pytest.raises(ConflictError):
        deletions.confirm(admin, asked.id)
    store(an_object(2))
    reports.start(second, study_uid(2), ReportContent("ru"))
    only = deletions.request(second, DeletionRequest(study_uid(2), "empty", series_uid(2, 1)))
    with pytest.raises(ConflictError):
        deletions.confirm(admin, only.id)
    assert study(deletions.database, doctor, study_uid(2)).summary.instance_count == 1


def test_the_document_of_a_report_stays(a_study, deletions, admin, ingest, doctor):
    ingest.store(doctor, Source(SourceKind.REPORT, "doctor"), an_object(1, 3))
    with pytest.raises(ConflictError):
        deletions.request(admin, DeletionRequest(study_uid(1), "no more", series_uid(1, 3)))


def test_every_step_is_written_down_and_told(a_study, deletions, admin, second, database, doctor):
    deletions.withdraw(second, deletions.request(admin, SERIES).id)
    asked = deletions.request(admin, WHOLE)
    deletions.confirm(second, asked.id)
    deletions.restore(admin, asked.id)
    entries = [(each.actor, each.action, each.subject) for each in audit.newest(database, admin, 5)]
    assert entries == [
        (admin.name, Action.STUDY_RESTORED, study_uid(1)),
        (second.name, Action.STUDY_DELETED, study_uid(1)),
        (admin.name, Action.DELETION_REQUESTED, study_uid(1)),
        (second.name, Action.DELETION_WITHDRAWN, series_uid(1, 2)),
        (admin.name, Action.DELETION_REQUESTED, series_uid(1, 2)),
    ]
    told = [each.kind for each in changes.since(database, doctor, 0, 100)]
    assert told.count(ChangeKind.DELETION_CHANGED) == 5


def test_deleted_files_outlive_a_crash(deleted, deletions, database, objects, clock, files, second):
    staged = objects.stage("1", "1.2", "1.2.3", b"", an_object(5), 0)
    objects.leave(staged)
    Ingest(database, objects, max_object_size=1, clock=clock)
    assert len(files()) == 4
    deletions.restore(second, deleted.id)


def test_an_operator_deletes_nothing(a_study, deletions, sign_in_as):
    operator = sign_in_as(Role.OPERATOR)
    for ask in (
        lambda: deletions.all(operator),
        lambda: deletions.request(operator, WHOLE),
        lambda: deletions.confirm(operator, "x"),
        lambda: deletions.withdraw(operator, "x"),
        lambda: deletions.restore(operator, "x"),
    ):
        with pytest.raises(ForbiddenError):
            ask()

"""Every week each file is read again, and a damaged copy is never served as good."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.dicom.header import read_object
from app.domain.access import POLICY, Actor, Role
from app.domain.changes import ChangeKind
from app.domain.commitment import FailureReason, Reference
from app.domain.deletion import KEPT_FOR, DeletionRequest
from app.domain.errors import DamagedError, ForbiddenError, NotFoundError, UnavailableError
from app.domain.ingest import StoreOutcome
from app.domain.storage import Damage, Whereabouts
from app.server.core import audit, changes, pixels, retrieve
from app.server.core.audit import Action
from app.server.core.commitment import examine
from app.server.core.deletions import Deletions
from app.server.core.fixity import Fixity
from app.server.core.quarantine import Quarantine
from app.server.core.retrieve import Scope
from app.server.core.storage import Storage
from app.server.core.studies import manifest
from app.server.store import suspects, tables
from app.server.store.objects import ObjectStore
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.stored import object_file

EVERYTHING = 1 << 30
SECOND = Actor("second", POLICY[Role.ADMIN])
CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture
def store(ingest, doctor, source):
    return lambda data: ingest.store(doctor, source, data).outcome


@pytest.fixture
def storage(database, objects, clock) -> Storage:
    return Storage(database, objects, clock)


@pytest.fixture
def quarantine(database, objects, clock) -> Quarantine:
    return Quarantine(database, objects, clock)


@pytest.fixture
def deletions(database, objects, clock) -> Deletions:
    return Deletions(database, objects, clock)


@pytest.fixture
def check(database, objects, clock):
    """Checks everything that is due."""
    return Fixity(database, objects, clock, portion=EVERYTHING).check_some


@pytest.fixture
def file_of(database, objects, doctor):
    return lambda number: object_file(database, objects, doctor, sop_uid(1, 1, number))


def flip_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


@pytest.mark.logs("object-damaged")
def test_one_flipped_byte_is_found_told_and_never_served(
    store, check, storage, file_of, admin, database, doctor
):
    for number in range(1, 4):
        store(an_object(number=number))
    flip_a_byte(file_of(2))
    check()
    with pytest.raises(DamagedError):
        file_of(2)
    (found,) = storage.damaged(admin)
    assert (found.sop_instance_uid, found.study_uid) == (sop_uid(1, 1, 2), study_uid(1))
    assert found.damage is Damage.CHANGED
    status = storage.status(admin)
    assert (status.damaged, status.fixity.checked) == (1, 3)
    assert status.fixity.finished_at is not None
    entry = audit.newest(database, admin, 1)[0]
    assert (entry.actor, entry.action, entry.subject) == (
        "archive",
        Action.OBJECT_DAMAGED,
        sop_uid(1, 1, 2),
    )
    assert changes.since(database, doctor, 0, 100)[-1].kind is ChangeKind.OBJECT_DAMAGED


@pytest.mark.logs("object-damaged")
def test_the_others_of_a_damaged_series_still_open(
    store, check, file_of, database, objects, doctor
):
    for number in range(1, 4):
        store(an_object(number=number))
    flip_a_byte(file_of(2))
    check()
    told = manifest(database, objects, doctor, series_uid(1, 1), with_paths=True)
    assert [bool(image.path) for image in told.images] == [True, False, True]
    assert pixels.thumbnail(database, objects, doctor, series_uid(1, 1)).startswith(b"\x89PNG")


@pytest.mark.logs("object-damaged")
def test_a_series_without_any_good_file_has_no_thumbnail(
    store, check, file_of, database, objects, doctor
):
    store(an_object())
    flip_a_byte(file_of(1))
    check()
    with pytest.raises(NotFoundError):
        pixels.thumbnail(database, objects, doctor, series_uid(1, 1))


@pytest.mark.logs("object-damaged")
def test_a_damaged_object_is_not_committed(store, check, file_of, database, objects):
    store(an_object())
    flip_a_byte(file_of(1))
    check()
    reference = Reference(CT, sop_uid(1, 1, 1))
    finding = examine(database, objects, [reference])
    assert finding.failed == ((reference, FailureReason.PROCESSING_FAILURE),)


@pytest.mark.logs("object-conflict", "object-damaged", "object-restored")
def test_the_same_bytes_mend_a_damaged_object(
    store, check, storage, file_of, admin, database, doctor
):
    store(an_object())
    kept = file_of(1).read_bytes()
    flip_a_byte(file_of(1))
    check()
    assert store(an_object(value=1)) is StoreOutcome.CONFLICT
    with pytest.raises(DamagedError):
        file_of(1)
    assert store(an_object()) is StoreOutcome.DUPLICATE
    assert file_of(1).read_bytes() == kept
    assert storage.damaged(admin) == ()
    assert changes.since(database, doctor, 0, 100)[-1].kind is ChangeKind.OBJECT_MENDED


@pytest.mark.logs("object-conflict", "object-damaged")
def test_other_bytes_that_are_accepted_end_the_damage_too(
    store, check, storage, file_of, admin, quarantine, objects
):
    store(an_object())
    flip_a_byte(file_of(1))
    check()
    store(an_object(value=1))
    quarantine.accept(admin, quarantine.page(admin).objects[0].id)
    assert file_of(1).exists()
    (found,) = storage.damaged(admin)
    assert found.whereabouts is Whereabouts.QUARANTINE
    (broken,) = quarantine.page(admin).objects
    with pytest.raises(DamagedError):
        objects.size(quarantine.kept(admin, broken.id).key)
    quarantine.delete(admin, broken.id)
    assert quarantine.page(admin).objects == storage.damaged(admin) == ()


@pytest.mark.logs("object-conflict", "object-damaged")
def test_what_was_put_aside_is_read_too_and_mended_by_the_same_bytes(
    store, check, storage, admin, quarantine, objects, database
):
    for value in range(3):
        store(an_object(value=value))
    second, first = quarantine.page(admin).objects
    broken, whole = (quarantine.kept(admin, each.id).key for each in (first, second))
    flip_a_byte(objects.plain_file(broken))
    check()
    (found,) = storage.damaged(admin)
    assert (found.sop_instance_uid, found.study_uid) == (sop_uid(1, 1, 1), study_uid(1))
    assert (found.damage, found.whereabouts) == (Damage.CHANGED, Whereabouts.QUARANTINE)
    assert storage.status(admin).fixity.checked == 3
    good = Reference(CT, sop_uid(1, 1, 1))
    assert examine(database, objects, [good]).committed == (good,)
    assert store(an_object(value=2)) is StoreOutcome.CONFLICT
    assert quarantine.kept(admin, second.id).key == whole
    assert storage.damaged(admin) == (found,)
    assert store(an_object(value=1)) is StoreOutcome.CONFLICT
    assert storage.damaged(admin) == ()
    kept = quarantine.kept(admin, first.id)
    assert objects.digest(kept.key) == kept.sha256
    assert changes.since(database, admin, 0, 100)[-1].kind is ChangeKind.OBJECT_MENDED


@pytest.mark.logs("object-damaged")
def test_what_can_be_restored_is_read_too_until_it_is_purged(
    store, check, storage, file_of, admin, deletions, clock
):
    for number in (1, 2):
        store(an_object(number=number))
    file = file_of(1)
    asked = deletions.request(admin, DeletionRequest(study_uid(1), "sent by mistake"))
    deletions.confirm(SECOND, asked.id)
    file.unlink()
    check()
    (found,) = storage.damaged(admin)
    assert (found.damage, found.whereabouts) == (Damage.GONE, Whereabouts.DELETED)
    assert storage.status(admin).fixity.checked == 2
    clock.ahead += KEPT_FOR
    check()
    assert storage.status(admin).fixity.checked == 0
    clock.ahead += timedelta(hours=2)
    deletions.purge_due()
    assert storage.damaged(admin) == ()


@pytest.mark.logs("object-conflict")
def test_what_leaves_quarantine_while_it_is_read_is_not_damaged(
    store, check, storage, admin, monkeypatch, quarantine
):
    digest = ObjectStore.digest
    for value in range(2):
        store(an_object(value=value))
    (aside,) = quarantine.page(admin).objects
    key = quarantine.kept(admin, aside.id).key

    def gone_meanwhile(objects, wanted):
        if wanted == key and quarantine.page(admin).objects:
            quarantine.delete(admin, aside.id)
        return digest(objects, wanted)

    monkeypatch.setattr(ObjectStore, "digest", gone_meanwhile)
    check()
    assert storage.damaged(admin) == ()


def test_damage_of_a_file_that_no_object_has_any_more_ends_with_the_round(
    check, storage, admin, database, clock
):
    with database.write() as connection:
        connection.execute(
            tables.damaged.insert().values(
                object_key="an/old-one",
                sop_instance_uid=sop_uid(1, 1, 1),
                study_uid=study_uid(1),
                damage="gone",
                found_at=clock(),
            )
        )
    check()
    assert storage.damaged(admin) == ()


@pytest.mark.logs("object-damaged")
def test_a_file_that_is_gone_is_told_once_and_mended_when_it_is_back(
    store, check, storage, file_of, admin, clock, database
):
    store(an_object())
    file = file_of(1)
    kept = file.read_bytes()
    file.unlink()
    check()
    clock.ahead += timedelta(days=7)
    check()
    (found,) = storage.damaged(admin)
    assert found.damage is Damage.GONE
    entries = [each.action for each in audit.newest(database, admin)]
    assert entries.count(Action.OBJECT_DAMAGED) == 1
    file.write_bytes(kept)
    clock.ahead += timedelta(days=7)
    check()
    assert storage.damaged(admin) == ()


@pytest.mark.logs("object-damaged")
def test_a_file_that_stays_damaged_is_not_news(store, check, storage, file_of, admin, clock):
    store(an_object())
    flip_a_byte(file_of(1))
    check()
    found = storage.damaged(admin)
    clock.ahead += timedelta(days=7)
    check()
    assert storage.damaged(admin) == found


@pytest.mark.logs("object-damaged")
def test_a_file_that_can_not_be_read_is_told_and_stays(
    store, check, storage, file_of, admin, monkeypatch
):
    def fail(_objects, _key):
        raise OSError(5, "Input/output error")

    store(an_object())
    monkeypatch.setattr(ObjectStore, "digest", fail)
    check()
    assert [each.damage for each in storage.damaged(admin)] == [Damage.UNREADABLE]
    assert file_of(1).exists()


def test_a_wrong_reading_that_is_right_the_second_time_is_no_damage(
    store, check, storage, admin, monkeypatch
):
    digest, readings = ObjectStore.digest, []

    def first_wrong(objects, key):
        readings.append(key)
        return "0" * 64 if len(readings) == 1 else digest(objects, key)

    store(an_object())
    monkeypatch.setattr(ObjectStore, "digest", first_wrong)
    check()
    assert storage.damaged(admin) == ()


@pytest.mark.logs("object-conflict")
def test_an_object_that_was_replaced_while_it_was_read_is_not_damaged(
    store, check, storage, admin, monkeypatch, quarantine
):
    digest = ObjectStore.digest
    store(an_object())
    store(an_object(value=1))
    (waiting,) = quarantine.page(admin).objects

    def replaced_meanwhile(objects, key):
        monkeypatch.setattr(ObjectStore, "digest", digest)
        quarantine.accept(admin, waiting.id)
        raise NotFoundError

    monkeypatch.setattr(ObjectStore, "digest", replaced_meanwhile)
    check()
    assert storage.damaged(admin) == ()


@pytest.mark.logs("object-conflict")
def test_a_round_goes_on_where_it_was_and_pays_for_large_objects(
    store, storage, admin, database, objects, clock
):
    for number in range(1, 4):
        store(an_object(number=number))
    for value in (1, 2):
        store(an_object(value=value))
    size = len(an_object())

    def checked() -> int:
        return storage.status(admin).fixity.checked

    first = Fixity(database, objects, clock, portion=size // 2)
    first.check_some()
    assert checked() == 1
    first.check_some()  # pays
    assert checked() == 1
    for count in (2, 3, 4):
        for _ in range(2):
            first.check_some()
        assert checked() == count
    again = Fixity(database, objects, clock, portion=EVERYTHING)
    again.check_some()
    assert checked() == 5
    assert storage.status(admin).fixity.finished_at is not None


def test_a_round_begins_every_week(store, storage, check, admin, clock):
    check()
    began = storage.status(admin).fixity.started_at
    store(an_object())
    clock.ahead += timedelta(days=6)
    check()
    assert storage.status(admin).fixity.started_at == began
    clock.ahead += timedelta(days=1)
    check()
    status = storage.status(admin).fixity
    assert status.started_at > began
    assert status.checked == 1


def test_what_is_damaged_is_an_administrators_matter(storage, sign_in_as):
    with pytest.raises(ForbiddenError):
        storage.damaged(sign_in_as(Role.DOCTOR))


@pytest.fixture
def stored(store, check, database, doctor):
    """An object that was checked."""
    store(an_object(side=64))
    check()
    return retrieve.objects_of(database, doctor, Scope(study_uids=(study_uid(1),)))[0]


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2])


def wipe_its_head(file: Path) -> None:
    file.write_bytes(bytes(2000) + file.read_bytes()[2000:])


@pytest.mark.logs("object-suspected", "object-damaged")
@pytest.mark.parametrize("damage", [cut_short, wipe_its_head])
def test_what_a_read_finds_wrong_is_not_served_and_checked_before_its_round(
    damage, check, storage, stored, file_of, objects, admin
):
    damage(file_of(1))
    with pytest.raises(DamagedError), retrieve.read(objects, stored) as file:
        read_object(file)
    assert storage.damaged(admin) == ()
    check()
    (damaged,) = storage.damaged(admin)
    assert (damaged.sop_instance_uid, damaged.damage) == (sop_uid(1, 1, 1), Damage.CHANGED)


@pytest.mark.logs("object-damaged")
def test_a_file_that_a_read_finds_gone_is_told_of_before_its_round(
    check, storage, stored, file_of, objects, admin
):
    file_of(1).unlink()
    with pytest.raises(NotFoundError):
        retrieve.opened(objects, stored)
    check()
    (damaged,) = storage.damaged(admin)
    assert damaged.damage is Damage.GONE


def test_a_suspect_that_is_whole_or_gone_is_let_be(check, storage, stored, objects, admin):
    for uid in (stored.sop_instance_uid, "1.2.3"):
        objects.suspects.add(uid)
    check()
    assert storage.damaged(admin) == ()


def test_a_crowd_of_suspects_is_bounded(objects, monkeypatch):
    monkeypatch.setattr(suspects, "MOST", 2)
    for number in range(3):
        objects.suspects.add(f"1.2.{number}")
    assert objects.suspects.all() == {"1.2.0", "1.2.1"}


@pytest.mark.logs("object-damaged")
def test_suspects_wait_for_a_store_that_is_away(
    store, check, storage, file_of, objects, admin, monkeypatch
):
    def away(_objects, _key):
        raise UnavailableError

    for number in (1, 2):
        store(an_object(number=number))
    check()
    for number in (1, 2):
        objects.suspects.add(sop_uid(1, 1, number))
    file_of(2).unlink()
    with monkeypatch.context() as broken:
        broken.setattr(ObjectStore, "digest", away)
        with pytest.raises(UnavailableError):
            check()
    check()
    assert [each.sop_instance_uid for each in storage.damaged(admin)] == [sop_uid(1, 1, 2)]
    assert objects.suspects.all() == set()


def test_one_server_of_a_database_checks_at_a_time(store, check, storage, admin, database):
    store(an_object())
    with database.turn("fixity"):
        check()
        assert (storage.status(admin).fixity is None) == database.is_postgresql
    check()
    assert storage.status(admin).fixity.checked == 1

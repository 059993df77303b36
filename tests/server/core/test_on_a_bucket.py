"""The archive's use cases on a bucket, whose service may be away for a while."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.domain.access import Actor, Role
from app.domain.commitment import FailureReason, Reference
from app.domain.deletion import DeletionRequest
from app.domain.errors import DamagedError, NotFoundError, UnavailableError
from app.domain.ingest import Source, StoreOutcome
from app.domain.storage import Damage
from app.server.core import commitment
from app.server.core.deletions import Deletions
from app.server.core.fixity import Fixity
from app.server.core.ingest import Ingest
from app.server.core.pixels import stored_object, thumbnail
from app.server.core.quarantine import Quarantine
from app.server.core.storage import Storage
from app.server.core.studies import manifest
from app.server.dimse.status import Status
from app.server.dimse.storage import put
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from tests.s3 import TestBucket
from tests.server.core.conftest import Clock
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
EVERYTHING = 1 << 30


@pytest.fixture
def objects(server_settings, a_bucket):
    """Objects in a bucket, with the index that `server_settings` name."""
    objects = ObjectStore.of(a_bucket.settings(server_settings.data_dir))
    yield objects
    objects.close()


@dataclass
class Archive:
    """An archive on a bucket, as a doctor uses it and an administrator looks after it."""

    database: Database
    objects: ObjectStore
    ingest: Ingest
    clock: Clock
    doctor: Actor
    source: Source
    admin: Actor

    def store(self, data: bytes) -> StoreOutcome:
        return self.ingest.store(self.doctor, self.source, data).outcome

    def key(self, number: int) -> str:
        return stored_object(self.database, self.doctor, sop_uid(1, 1, number)).key

    def content(self, number: int) -> bytes:
        with self.objects.open(self.key(number)) as file:
            return file.readall()

    def check(self) -> None:
        Fixity(self.database, self.objects, self.clock, portion=EVERYTHING).check_some()

    def damaged(self) -> list[Damage]:
        storage = Storage(self.database, self.objects, self.clock)
        return [each.damage for each in storage.damaged(self.admin)]


@pytest.fixture
def archive(database, objects, ingest, clock, doctor, source, admin):
    return Archive(database, objects, ingest, clock, doctor, source, admin)


@contextmanager
def away(bucket: TestBucket):
    """A time in which the service does not answer."""
    bucket.service.stop()
    try:
        yield
    finally:
        bucket.service.start()


def spoil(bucket: TestBucket, key: str) -> None:
    (path,) = [path for path in bucket.paths() if path.endswith(key)]
    data = bytearray(bucket.store.get(path).bytes())
    data[-1] ^= 1
    bucket.store.put(path, bytes(data))


@pytest.mark.logs("object-conflict")
def test_what_comes_is_kept_repeated_put_aside_accepted_and_deleted(archive, admin, a_bucket):
    quarantine = Quarantine(archive.database, archive.objects, archive.clock)
    assert archive.store(an_object(value=1)) is StoreOutcome.STORED
    assert archive.store(an_object(value=1)) is StoreOutcome.DUPLICATE
    assert archive.store(an_object(value=2)) is StoreOutcome.CONFLICT
    first, (aside,) = archive.content(1), quarantine.page(admin).objects
    assert quarantine.one(admin, aside.id).differences == ("PixelData",)
    quarantine.accept(admin, aside.id)
    assert archive.content(1) != first
    quarantine.delete(admin, quarantine.page(admin).objects[0].id)
    archive.objects.tidy()
    assert len(a_bucket.paths()) == 1


def test_a_series_is_shown_without_files_on_this_machine(archive, doctor):
    archive.store(an_object())
    seen = archive.database, archive.objects, doctor, series_uid(1, 1)
    assert thumbnail(*seen).startswith(b"\x89PNG")
    (image,) = manifest(*seen, with_paths=True).images
    assert image.path == ""


def test_what_was_deleted_for_good_is_gone_from_the_bucket(
    archive, admin, clock, sign_in_as, a_bucket
):
    deletions = Deletions(archive.database, archive.objects, clock)
    for number in (1, 2):
        archive.store(an_object(number=number))
    asked = deletions.request(admin, DeletionRequest(study_uid(1), "of another patient"))
    deletions.confirm(sign_in_as(Role.ADMIN, "bella"), asked.id)
    assert len(a_bucket.paths()) == 2
    clock.ahead = timedelta(days=31)
    deletions.purge_due()
    assert a_bucket.paths() == []


@pytest.mark.logs("object-damaged", "object-restored")
def test_a_changed_object_is_found_and_mended_by_the_same_one(archive, a_bucket):
    archive.store(an_object())
    whole = archive.content(1)
    spoil(a_bucket, archive.key(1))
    archive.check()
    assert archive.damaged() == [Damage.CHANGED]
    with pytest.raises(DamagedError):
        archive.content(1)
    asked = [Reference(CT, sop_uid(1, 1, 1))]
    assert commitment.examine(archive.database, archive.objects, asked).committed == ()
    assert archive.store(an_object()) is StoreOutcome.DUPLICATE
    assert archive.content(1) == whole


@pytest.mark.logs("object-restored")
def test_a_copy_on_this_machine_is_no_proof_that_the_bucket_has_the_object(archive, a_bucket):
    archive.store(an_object())
    a_bucket.store.delete(a_bucket.paths())
    asked = [Reference(CT, sop_uid(1, 1, 1))]
    (failed,) = commitment.examine(archive.database, archive.objects, asked).failed
    assert failed[1] is FailureReason.NO_SUCH_INSTANCE
    assert archive.store(an_object()) is StoreOutcome.DUPLICATE
    assert len(a_bucket.paths()) == 1
    assert commitment.examine(archive.database, archive.objects, asked).failed == ()


@pytest.mark.logs("object-damaged", "object-restored")
def test_what_another_server_found_damaged_is_mended_through_this_one(archive, a_bucket, tmp_path):
    archive.store(an_object())
    spoil(a_bucket, archive.key(1))
    other = ObjectStore.of(a_bucket.settings(tmp_path / "other"))
    Fixity(archive.database, other, archive.clock, portion=EVERYTHING).check_some()
    asked = [Reference(CT, sop_uid(1, 1, 1))]
    assert commitment.examine(archive.database, archive.objects, asked).committed == ()
    assert archive.store(an_object()) is StoreOutcome.DUPLICATE
    assert archive.damaged() == []
    with other.open(archive.key(1)) as file:
        assert file.readall() == archive.content(1)
    other.close()


def test_without_the_bucket_nothing_is_taken_or_thought_lost_and_all_goes_on_after(
    archive, clock, doctor, source, a_bucket
):
    archive.store(an_object(number=1))
    with away(a_bucket):
        with pytest.raises(UnavailableError):
            archive.store(an_object(number=2))
        answer = put(archive.ingest, doctor, source, an_object(number=2))
        assert answer.status == Status.OUT_OF_RESOURCES
        with pytest.raises(UnavailableError):
            archive.check()
        with pytest.raises(NotFoundError):
            archive.content(2)
    archive.objects.tidy()
    assert archive.store(an_object(number=2)) is StoreOutcome.STORED
    assert len(a_bucket.paths()) == 2
    clock.ahead = timedelta(days=8)
    archive.check()
    assert archive.damaged() == []

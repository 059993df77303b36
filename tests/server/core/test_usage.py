"""Quotas: what the archive and each source may keep, and what is said of it."""

import pytest

from app.dicom.header import read_object
from app.domain.changes import ChangeKind
from app.domain.errors import QuotaError
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.domain.storage import DiskLevel, Quotas, SourceUsage
from app.server.core import changes
from app.server.core.ingest import Ingest
from app.server.core.storage import Storage
from app.server.core.usage import Usage
from app.server.store import disk
from tests.server.samples import an_object

CT1 = Source(SourceKind.C_STORE, "CT1")
CT2 = Source(SourceKind.C_STORE, "CT2")
REPORT = Source(SourceKind.REPORT, "doctor")
PARSED = read_object(an_object())
ONE = len(PARSED.head) + len(an_object()) - PARSED.data_start
"""Bytes that one of the objects has when it is kept."""


@pytest.fixture
def limited(database, objects, clock):
    """Makes the usage and the door of an archive with quotas."""
    doors = []

    def limited(quotas: Quotas) -> tuple[Usage, Ingest]:
        usage = Usage(database, quotas)
        door = Ingest(database, objects, max_object_size=1 << 24, clock=clock, usage=usage)
        doors.append(door)
        return usage, door

    yield limited
    for door in doors:
        door.close()


@pytest.mark.logs("quota-level")
def test_a_source_is_refused_beyond_its_quota_and_others_are_not(limited, doctor, tmp_path):
    usage, door = limited(Quotas(sources={"CT1": 2 * ONE}))
    for number in (1, 2):
        assert door.store(doctor, CT1, an_object(number=number)).outcome is StoreOutcome.STORED
    file = tmp_path / "3.dcm"
    file.write_bytes(an_object(number=3))
    with pytest.raises(QuotaError, match="quota of CT1"):
        door.store(doctor, CT1, file)
    assert door.store(doctor, CT2, file).outcome is StoreOutcome.STORED
    assert (usage.used("CT1"), usage.used("CT2"), usage.used()) == (2 * ONE, ONE, 3 * ONE)


@pytest.mark.logs("quota-level")
def test_the_archive_is_refused_beyond_its_quota_but_reports_are_always_taken(limited, doctor):
    usage, door = limited(Quotas(archive=ONE))
    door.store(doctor, CT1, an_object())
    assert (usage.level, usage.quota) == (DiskLevel.FULL, ONE)
    with pytest.raises(QuotaError, match="quota of the archive"):
        door.store(doctor, CT2, an_object(number=2))
    assert door.store(doctor, REPORT, an_object(number=2)).outcome is StoreOutcome.STORED


def test_a_repetition_takes_no_room(limited, doctor):
    usage, door = limited(Quotas())
    for _ in range(3):
        door.store(doctor, CT1, an_object())
    assert usage.used() == ONE


@pytest.mark.logs("object-conflict")
def test_what_was_kept_before_and_put_aside_is_counted_from_the_rows(limited, database, doctor):
    _, door = limited(Quotas())
    door.store(doctor, CT1, an_object())
    door.store(doctor, CT1, an_object(value=1))
    door.store(doctor, CT2, an_object(2))
    usage, door = limited(Quotas(sources={"MR1": 7}))
    assert usage.used() == 0
    usage.count()
    door.store(doctor, CT2, an_object(3))
    usage.count()
    expected = (
        SourceUsage("CT1", 2 * ONE),
        SourceUsage("CT2", 2 * ONE),
        SourceUsage("MR1", 0, 7),
    )
    assert usage.sources() == expected


@pytest.fixture
def a_roomy_disk(monkeypatch):
    usage = disk.shutil.disk_usage("/")._replace(free=5 * 10**8, total=10**9)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: usage)


@pytest.mark.logs("quota-level", "disk-level")
def test_everyone_is_told_when_the_archive_nears_its_quota(
    limited, database, objects, clock, doctor, admin, a_roomy_disk
):
    usage, door = limited(Quotas(archive=ONE * 10, sources={"CT2": ONE}))
    storage = Storage(database, objects, clock, usage)
    for number in range(1, 9):
        door.store(doctor, CT1, an_object(number=number))
    storage.watch_disk()
    assert storage.disk_level is DiskLevel.GOOD
    door.store(doctor, CT2, an_object(number=9))
    storage.watch_disk()
    assert storage.disk_level is DiskLevel.LOW
    told = [each.kind for each in changes.since(database, doctor, 0, 100)]
    assert told.count(ChangeKind.DISK_LEVEL_CHANGED) == 1
    status = storage.status(admin)
    assert (status.used, status.quota) == (9 * ONE, 10 * ONE)
    assert status.sources == (SourceUsage("CT1", 8 * ONE), SourceUsage("CT2", ONE, ONE))

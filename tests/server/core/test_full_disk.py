"""A disk that really fills up: refused clearly, nothing broken, and on again when there is room."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import StorageFullError
from app.domain.ingest import StoreOutcome
from app.domain.storage import Watermarks
from app.server.core.ingest import Ingest
from app.server.core.studies import study
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.settings import Settings
from tests.server.samples import an_object, sop_uid, study_uid
from tests.server.stored import object_file

SIZE = "12m"


@pytest.fixture
def a_small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", disk],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user can't mount a small disk; test_objects has the same errors")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture(params=[0, 25], ids=["without reserve", "with reserve"])
def archive(request, a_small_disk):
    database = Database.open(Settings(data_dir=a_small_disk))
    objects = ObjectStore(a_small_disk, Watermarks(full_percent=request.param))
    ingest = Ingest(database, objects, max_object_size=1 << 24, clock=lambda: datetime.now(UTC))
    yield database, objects, ingest
    ingest.close()
    database.close()


def fill(ingest, doctor, source) -> int:
    """Store until the disk is full; answers how many were kept."""
    for number in range(1, 100):
        try:
            ingest.store(doctor, source, an_object(number=number, side=400))
        except StorageFullError:
            return number - 1
    pytest.fail("the disk never filled")


def test_a_full_disk_refuses_keeps_what_it_has_and_goes_on_when_there_is_room(
    archive, a_small_disk, doctor, source
):
    ballast = a_small_disk / "ballast"
    ballast.write_bytes(bytes(3_000_000))
    database, objects, ingest = archive
    kept = fill(ingest, doctor, source)
    assert kept > 2
    with pytest.raises(StorageFullError):
        ingest.store(doctor, source, an_object(number=99, side=400))
    assert study(database, doctor, study_uid(1)).summary.instance_count == kept
    for number in range(1, kept + 1):
        file = object_file(database, objects, doctor, sop_uid(1, 1, number))
        assert file.stat().st_size > 400 * 400 * 2
    assert _names(a_small_disk / "staging") == []
    ballast.unlink()
    result = ingest.store(doctor, source, an_object(number=99, side=400))
    assert result.outcome is StoreOutcome.STORED
    assert study(database, doctor, study_uid(1)).summary.instance_count == kept + 1


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]

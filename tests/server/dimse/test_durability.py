"""What was acknowledged is there after kill -9, whole, and nothing else is left."""

import contextlib
import hashlib
import random
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from app.server.store import tables
from app.settings import Settings
from tests.conftest import REPOSITORY
from tests.server.dimse.killing import (
    Damage,
    Sender,
    damage,
    data_set,
    wait_until_all_are_answered,
)
from tests.server.samples import an_object, sop_uid

ROUNDS = 3
SENDERS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def server_settings(request, tmp_path):
    with contextlib.ExitStack() as stack:
        address = ""
        if request.param == "postgresql":
            databases = request.getfixturevalue("postgresql_databases")
            address = stack.enter_context(databases.one())
        yield Settings(data_dir=tmp_path / "archive", database_url=address)


@contextlib.contextmanager
def an_archive(settings):
    """The port of an archive in a process of its own, which is killed at the end."""
    command = [sys.executable, "-m", "tests.server.dimse.archive_process", settings.data_dir]
    if settings.database_url:
        command.append(settings.database_url)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        lines = iter(process.stdout.readline, "")
        port = next(line for line in lines if line.startswith("port ")).split()[1]
        yield int(port)
        process.kill()


def test_every_acknowledged_object_survives_kill_9(server_settings, request):
    chance = random.Random(5)
    acknowledged: dict[str, str] = {}
    for number in range(ROUNDS):
        senders = []
        with an_archive(server_settings) as port:
            senders = [Sender(port, 1 + number * SENDERS + each) for each in range(SENDERS)]
            for sender in senders:
                sender.start()
            wait_until_all_are_answered(senders)
            time.sleep(chance.uniform(0, 0.5))
        for sender in senders:
            sender.join()
            acknowledged |= sender.acknowledged
    assert len(acknowledged) >= ROUNDS * SENDERS
    database = request.getfixturevalue("database")
    request.getfixturevalue("ingest")  # its start recovers what the last kill left
    assert damage(database, server_settings.data_dir, acknowledged) == Damage()


def test_damage_is_seen(server_settings, request):
    database, ingest = request.getfixturevalue("database"), request.getfixturevalue("ingest")
    doctor, source = request.getfixturevalue("doctor"), request.getfixturevalue("source")
    sent = [an_object(number=number) for number in (1, 2)]
    for each in sent:
        ingest.store(doctor, source, each)
    acknowledged = {
        sop_uid(1, 1, number): hashlib.sha256(data_set(each)).hexdigest()
        for number, each in enumerate(sent, 1)
    }
    objects = server_settings.data_dir / "objects"
    assert damage(database, server_settings.data_dir, acknowledged) == Damage()
    first, second = sorted(path for path in objects.rglob("*") if path.is_file())
    first.unlink()
    second.write_bytes(second.read_bytes() + b"\0")
    (objects / "stray").touch()
    with database.write() as connection:
        connection.execute(sa.update(tables.series).values(instance_count=7))
    found = damage(database, server_settings.data_dir, acknowledged | {"1.2.3": ""})
    assert found.lost == ("1.2.3",)
    assert found.orphan_rows == (sop_uid(1, 1, 1),)
    assert found.changed == (sop_uid(1, 1, 2),)
    assert found.stray_files == ("stray",)
    assert len(found.miscounted) == 1

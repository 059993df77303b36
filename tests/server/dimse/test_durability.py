"""What was acknowledged is there after kill -9, whole, and nothing else is left."""

import contextlib
import hashlib
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
import sqlalchemy as sa

from app.server.store import tables
from app.settings import Settings
from tests.conftest import REPOSITORY
from tests.server.dimse import raw
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


class Sender(threading.Thread):
    """A scanner that sends until the archive is gone; `acknowledged` has SHA-256 by UID."""

    def __init__(self, port: int, study: int) -> None:
        super().__init__()
        self.port = port
        self.study = study
        self.acknowledged: dict[str, str] = {}
        self.last = 0

    def run(self) -> None:
        with (
            contextlib.suppress(OSError, AssertionError),
            socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection,
        ):
            raw.associate(connection)
            while True:
                self.last += 1
                data = data_set(an_object(self.study, self.last % 2, self.last, value=self.last))
                if raw.store(connection, data) != 0:
                    return
                uid = sop_uid(self.study, self.last % 2, self.last)
                self.acknowledged[uid] = hashlib.sha256(data).hexdigest()


def data_set(part10: bytes) -> bytes:
    return part10[144 + int.from_bytes(part10[140:144], "little") :]


def test_every_acknowledged_object_survives_kill_9(server_settings, request):
    chance = random.Random(5)
    acknowledged: dict[str, str] = {}
    for number in range(ROUNDS):
        senders = []
        with an_archive(server_settings) as port:
            senders = [Sender(port, 1 + number * SENDERS + each) for each in range(SENDERS)]
            for sender in senders:
                sender.start()
            _wait_until_all_are_answered(senders)
            time.sleep(chance.uniform(0, 0.5))
        for sender in senders:
            sender.join()
            acknowledged |= sender.acknowledged
    assert len(acknowledged) >= ROUNDS * SENDERS
    database = request.getfixturevalue("database")
    request.getfixturevalue("ingest")  # its start recovers what the last kill left
    _check_rows_and_files(database, server_settings, acknowledged)
    _check_counts(database)


def _wait_until_all_are_answered(senders) -> None:
    end = time.monotonic() + 30
    while not all(sender.acknowledged for sender in senders) and time.monotonic() < end:
        time.sleep(0.01)


def _check_rows_and_files(database, settings, acknowledged):
    with database.read() as connection:
        rows = connection.execute(sa.select(tables.instance)).all()
    objects = settings.data_dir / "objects"
    for row in rows:
        kept = (objects / row.object_key).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == row.sha256
        assert len(kept) == row.size
        if row.sop_instance_uid in acknowledged:
            sent = acknowledged.pop(row.sop_instance_uid)
            assert hashlib.sha256(data_set(kept)).hexdigest() == sent
    assert acknowledged == {}
    files = {str(path.relative_to(objects)) for path in objects.rglob("*") if path.is_file()}
    assert files == {row.object_key for row in rows}
    assert list((settings.data_dir / "staging").iterdir()) == []


def _check_counts(database):
    with database.read() as connection:
        series_ids = connection.scalars(sa.select(tables.instance.c.series_id)).all()
        counts = connection.execute(sa.select(tables.series.c.id, tables.series.c.instance_count))
        assert {row.id: row.instance_count for row in counts} == Counter(series_ids)

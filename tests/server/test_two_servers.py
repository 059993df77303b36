"""Two servers on one PostgreSQL and one bucket behind nginx: one is killed, and clients go on."""

import contextlib
import hashlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from app.client.server import Server
from app.demo.dcmtk import dcmtk
from app.server.core.accounts import Accounts
from app.server.core.ingest import Ingest
from app.server.store import tables
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from tests.conftest import PATIENCE_S
from tests.s3 import KEY_ID, SECRET
from tests.server.dimse import raw
from tests.server.dimse.killing import data_set
from tests.server.nginx import Proxy, Upstream, a_proxy
from tests.server.samples import an_object, sop_uid

PASSWORD = "correct horse battery"
SENDERS = 4
ENOUGH = 5
"""So many objects of each sender, before the kill and after it."""


@dataclass
class Scanner(threading.Thread):
    """Sends without end; what got no answer it sends again on another association."""

    port: int
    study: int
    stop: threading.Event
    acknowledged: dict[str, str] = field(default_factory=dict)
    associations: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        self._numbers = itertools.count(1)
        self._number = next(self._numbers)
        while not self.stop.is_set():
            with (
                contextlib.suppress(OSError, AssertionError),
                socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as connection,
            ):
                raw.associate(connection)
                self.associations += 1
                self._send(connection)

    def _send(self, connection: socket.socket) -> None:
        while not self.stop.is_set():
            number = self._number
            data = data_set(an_object(self.study, number % 2, number, value=number))
            if raw.store(connection, data) != 0:
                return
            uid = sop_uid(self.study, number % 2, number)
            self.acknowledged[uid] = hashlib.sha256(data).hexdigest()
            self._number = next(self._numbers)


@dataclass
class Reader(threading.Thread):
    """Reads what was acknowledged over HTTP; a cut answer it asks for again."""

    url: str
    token: str
    scanners: list[Scanner]
    stop: threading.Event
    read: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S) as client:
            while not self.stop.is_set():
                for scanner in self.scanners:
                    for uid, sha256 in list(scanner.acknowledged.items())[-2:]:
                        with contextlib.suppress(httpx.TransportError):
                            self._look(client.get(f"/api/objects/{uid}"), uid, sha256)

    def _look(self, answer: httpx.Response, uid: str, sha256: str) -> None:
        if answer.status_code != 200:
            self.wrong.append(f"{uid}: {answer.status_code}")
        elif hashlib.sha256(data_set(answer.content)).hexdigest() != sha256:
            self.wrong.append(f"{uid}: other bytes")
        else:
            self.read += 1


@contextlib.contextmanager
def a_server(data_dir: Path, environment: dict[str, str]) -> Iterator[tuple]:
    """(process, its ports)"""
    with (
        (data_dir.with_suffix(".log")).open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--data-dir", str(data_dir)],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        try:
            ready = json.loads(process.stdout.readline())
            http_port = int(ready["url"].rsplit(":", 1)[1])
            yield process, Upstream(http_port, ready["dicom_port"])
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 2 * PATIENCE_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def storescu(proxy: Proxy, folder: Path, study: int) -> int:
    """How DCMTK's program ends, which sends a study of one image through the proxy."""
    file = folder / f"{study}.dcm"
    file.write_bytes(an_object(study, 1, 1))
    where = "127.0.0.1", str(proxy.dicom_port)
    command = [dcmtk("storescu"), "-aec", "KLINIKA", *where, str(file)]
    return subprocess.run(command, timeout=PATIENCE_S, check=False).returncode


@pytest.fixture
def address(postgresql_databases):
    with postgresql_databases.one() as address:
        yield address


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("storescu") is None, reason="DCMTK is not installed"
)
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_one_of_two_servers_is_killed_and_nothing_acknowledged_is_lost(address, a_bucket, tmp_path):
    settings = [a_bucket.settings(tmp_path / name, database_url=address) for name in ("one", "two")]
    database = Database.open(settings[0])
    Accounts(database, now, site_words=()).create_first("anna", "Анна", PASSWORD)
    environment = {
        "KLINIKA_DATABASE_URL": address,
        "KLINIKA_OBJECT_STORE": a_bucket.address,
        "KLINIKA_OBJECT_STORE_ENDPOINT": a_bucket.service.url,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "KLINIKA_TOKEN_KEY": str(tmp_path / "token-key.pem"),
        "KLINIKA_DICOM_PROXIES": '["127.0.0.1"]',
        "KLINIKA_ACCEPT_UNKNOWN_NODES": "true",
        "KLINIKA_HTTP_PORT": "0",
        "KLINIKA_DICOM_PORT": "0",
        "KLINIKA_DICOM_HOST": "127.0.0.1",
    }
    (tmp_path / "nginx").mkdir()
    stop = threading.Event()
    with (
        a_server(settings[0].data_dir, environment) as (first, ports),
        a_server(settings[1].data_dir, environment) as (second, others),
        a_proxy(tmp_path / "nginx", ports, others) as proxy,
    ):
        server = Server(proxy.url)
        server.sign_in("anna", PASSWORD)
        token = server.connection.grant.access_token
        scanners = [Scanner(proxy.dicom_port, 1 + each, stop) for each in range(SENDERS)]
        reader = Reader(proxy.url, token, scanners, stop)
        for thread in (*scanners, reader):
            thread.start()
        try:
            wait_until(lambda: all(len(s.acknowledged) >= ENOUGH for s in scanners), "before")
            wait_until(lambda: reader.read >= ENOUGH, "read before")
            assert storescu(proxy, tmp_path, 101) == 0
            first.send_signal(signal.SIGKILL)
            first.wait()
            sent, read = [len(each.acknowledged) for each in scanners], reader.read
            wait_until(
                lambda: all(
                    len(each.acknowledged) >= count + ENOUGH
                    for each, count in zip(scanners, sent, strict=True)
                ),
                "after",
            )
            wait_until(lambda: reader.read >= read + ENOUGH, "read after")
            assert storescu(proxy, tmp_path, 102) == 0
        finally:
            stop.set()
            for thread in (*scanners, reader):
                thread.join()
            server.close()
        second.terminate()
        second.wait()
    assert reader.wrong == []
    assert sum(each.associations for each in scanners) > SENDERS
    acknowledged = {uid: sha for each in scanners for uid, sha in each.acknowledged.items()}
    kept = _kept(database, settings)
    assert {uid: kept.get(uid) for uid in acknowledged} == acknowledged
    assert {sop_uid(study, 1, 1) for study in (101, 102)} <= kept.keys()
    with database.read() as connection:
        keys = set(connection.scalars(sa.select(tables.instance.c.object_key)))
    paths = {f"archive/objects/{key}" for key in keys}
    assert set(a_bucket.paths()) == paths | {"archive/archive-id"}
    database.close()


def _kept(database: Database, settings) -> dict[str, str]:
    """SHA-256 of each data set in the bucket, after every server was started again."""
    found = {}
    for each in settings:
        objects = ObjectStore.of(each)
        Ingest(database, objects, max_object_size=1, clock=now).close()
        objects.tidy()
        with database.read() as connection:
            rows = connection.execute(sa.select(tables.instance)).all()
        for row in rows:
            with objects.open(row.object_key) as file:
                found[row.sop_instance_uid] = hashlib.sha256(data_set(file.readall())).hexdigest()
    return found

"""A disk that fills up, a database or bucket that stops: clear answers whichever way objects come.

When there is room again, or they are back, the same server goes on.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from app.domain.access import Role
from app.domain.errors import Error, StorageFullError, UnavailableError
from app.server.web.dicomweb.multipart import Part, Writer
from tests import postgresql
from tests.clinic import NAMES, PASSWORD, Clinic, a_clinic
from tests.conftest import PATIENCE_S
from tests.logs import LOG
from tests.s3 import KEY_ID, SECRET
from tests.server.dimse import raw
from tests.server.dimse.killing import data_set
from tests.server.samples import an_object

SUCCESS, OUT_OF_RESOURCES, PROCESSING_FAILURE = 0x0000, 0xA700, 0x0110
SIZE, BALLAST, SIDE = "64m", 24_000_000, 1400
"""A small disk, and images of 4 MB."""


class Sender:
    """Sends new images of one study by every way."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._server = clinic.signed_in(Role.OPERATOR)
        self._number = 0

    def by_c_store(self, side: int = 16) -> int:
        """The status, or -1 when there was no association."""
        where = "127.0.0.1", self._clinic.embedded.dicom_port
        with (
            contextlib.suppress(OSError, AssertionError),
            socket.create_connection(where, timeout=PATIENCE_S) as connection,
        ):
            raw.associate(connection)
            return raw.store(connection, data_set(self._next(side)))
        return -1

    def by_import(self, side: int = 16) -> type[Error] | None:
        """The error, or None."""
        try:
            self._server.store_object(self._next(side))
        except Error as error:
            return type(error)
        return None

    def by_stow(self, side: int = 16) -> tuple[int, int]:
        """The HTTP status, and the Failure Reason or 0."""
        writer = Writer("application/dicom")
        body = b"".join(writer.pieces([Part("application/dicom", [self._next(side)])]))
        answer = httpx.post(
            f"{self._clinic.embedded.url}/dicom-web/studies",
            content=body,
            headers={"Content-Type": writer.content_type},
            auth=(NAMES[Role.OPERATOR], PASSWORD),
            timeout=PATIENCE_S,
            trust_env=False,
        )
        failed = answer.json().get("00081198", {}).get("Value", []) if answer.content else []
        return answer.status_code, failed[0]["00081197"]["Value"][0] if failed else 0

    def _next(self, side: int) -> bytes:
        self._number += 1
        return an_object(number=self._number, side=side)


@pytest.fixture(autouse=True)
def log_is_passed_over():
    """What is logged depends on when rounds look, and the log itself lies on the full disk."""
    yield
    LOG.take()


@pytest.fixture
def a_small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={SIZE}"]
    mounted = subprocess.run(["mount", *options, "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this user can't mount a small disk; test_objects has the same errors")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_is_said_by_every_way_and_forgotten_when_there_is_room(a_small_disk):
    ballast = a_small_disk / "ballast"
    ballast.write_bytes(bytes(BALLAST))
    with a_clinic(a_small_disk / "archive") as clinic:
        sender = Sender(clinic)
        statuses = [sender.by_c_store(SIDE)]
        while statuses[-1] == SUCCESS:
            statuses.append(sender.by_c_store(SIDE))
        assert len(statuses) > 2
        assert statuses[-1] == OUT_OF_RESOURCES
        assert sender.by_stow(SIDE) == (409, OUT_OF_RESOURCES)
        assert sender.by_import(SIDE) is StorageFullError
        ballast.unlink()
        assert sender.by_c_store(SIDE) == SUCCESS
        assert sender.by_stow(SIDE) == (200, 0)
        assert sender.by_import(SIDE) is None


@pytest.fixture
def a_database(monkeypatch) -> Iterator[postgresql.SystemServer]:
    """A PostgreSQL server with an empty database, which the server of the test is told of."""
    with postgresql.a_stoppable_server() as server:
        maintenance = server.address.format(name="postgres")
        engine = sa.create_engine(maintenance, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE clinic")
        monkeypatch.setenv("KLINIKA_DATABASE_URL", server.address.format(name="clinic"))
        yield server


def test_a_database_that_stops_is_said_by_every_way_and_needs_no_restart(a_database, tmp_path):
    with a_clinic(tmp_path / "archive") as clinic:
        sender = Sender(clinic)
        assert sender.by_c_store() == SUCCESS
        where = "127.0.0.1", clinic.embedded.dicom_port
        with socket.create_connection(where, timeout=PATIENCE_S) as connection:
            raw.associate(connection)  # an association that was there before
            a_database.stop()
            assert raw.store(connection, data_set(an_object(2))) == OUT_OF_RESOURCES
            assert sender.by_c_store() == -1
            assert sender.by_stow()[0] == 503
            assert sender.by_import() is UnavailableError
            a_database.start()
            assert raw.store(connection, data_set(an_object(2))) == SUCCESS
        deadline = time.monotonic() + PATIENCE_S
        while sender.by_c_store() != SUCCESS:
            assert time.monotonic() < deadline
        assert sender.by_stow() == (200, 0)
        assert sender.by_import() is None


def test_a_bucket_that_stops_is_said_by_every_way_and_needs_no_restart(
    a_bucket, monkeypatch, tmp_path
):
    for name, value in {
        "KLINIKA_OBJECT_STORE": a_bucket.address,
        "KLINIKA_OBJECT_STORE_ENDPOINT": a_bucket.service.url,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    with a_clinic(tmp_path / "archive") as clinic:
        sender = Sender(clinic)
        assert sender.by_c_store() == SUCCESS
        where = "127.0.0.1", clinic.embedded.dicom_port
        with socket.create_connection(where, timeout=PATIENCE_S) as connection:
            raw.associate(connection)  # an association that goes on through it all
            a_bucket.service.stop()
            try:
                assert raw.store(connection, data_set(an_object(2))) == OUT_OF_RESOURCES
                assert sender.by_c_store() == OUT_OF_RESOURCES
                assert sender.by_stow() == (409, PROCESSING_FAILURE)
                assert sender.by_import() is UnavailableError
            finally:
                a_bucket.service.start()
            assert raw.store(connection, data_set(an_object(2))) == SUCCESS
        assert sender.by_stow() == (200, 0)
        assert sender.by_import() is None

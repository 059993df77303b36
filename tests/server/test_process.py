"""The server process: ready, alone on its data, stopped cleanly, silent about patients."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.client.embedded import EmbeddedServer
from app.client.note import IN_USE_STATUS, read_note
from app.client.server import Server
from app.domain.access import Role
from app.domain.errors import ConflictError, ForbiddenError, UnavailableError
from app.domain.ingest import RefusedObjectError
from app.domain.nodes import EchoOutcome, RemoteNode
from app.domain.report import ReportContent, ReportState
from app.domain.study import WorklistQuery
from app.server.dimse.echo import send_echo
from app.server.dimse.tls import for_nodes
from app.server.store.key_encryption import new_key
from app.settings import Settings
from tests.conftest import PATIENCE_S
from tests.logs import LOG
from tests.server.core.test_reports import PDF
from tests.server.dimse.certificates import Authority
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

PASSWORD = "correct horse battery"


@dataclass
class Running:
    """A server process and its ready line."""

    process: subprocess.Popen
    ready: dict
    errors: Path

    @property
    def url(self) -> str:
        return self.ready["url"]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def run(tmp_path):
    """Starts server processes, which end with the test."""
    with contextlib.ExitStack() as running:

        def started(*arguments: str, **environment: str) -> Running:
            return running.enter_context(_a_process(tmp_path, arguments, environment))

        yield started


@contextlib.contextmanager
def _a_process(folder: Path, arguments, environment) -> Iterator[Running]:
    errors = folder / "stderr.txt"
    LOG.follow(errors)
    ports = {"KLINIKA_HTTP_PORT": "0", "KLINIKA_DICOM_PORT": "0"}
    with (
        errors.open("ab") as stderr,
        subprocess.Popen(
            [sys.executable, *(arguments or _serve(folder))],
            env={**os.environ, **ports, **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        line = process.stdout.readline()
        yield Running(process, json.loads(line) if line else {}, errors)
        process.kill()


def _serve(folder: Path) -> tuple[str, ...]:
    return ("-m", "app", "serve", "--data-dir", str(folder / "data"))


def set_up_token(running: Running) -> str:
    return re.search("Set-up token for the first one: (.+)", running.errors.read_text())[1]


def test_it_is_ready_and_its_owner_sets_it_up_with_the_printed_token(run, tmp_path):
    spool = tmp_path / "data" / "spool"
    spool.mkdir(parents=True)
    (spool / "upload-1").write_bytes(b"half an object, left by a crash")
    running = run()
    assert list(spool.iterdir()) == []
    assert set(running.ready) == {"ready", "url", "dicom_port", "ae_title", "pid"}
    assert running.ready["pid"] == running.process.pid
    server = Server(running.url)
    status = server.status()
    assert (status.embedded, status.dicom_port) == (False, running.ready["dicom_port"])
    for token in ("", "wrong"):
        with pytest.raises(ForbiddenError):
            server.create_first_administrator("anna", "Анна", PASSWORD, token)
    server.create_first_administrator("anna", "Анна", PASSWORD, set_up_token(running))
    assert server.sign_in("anna", PASSWORD).role == Role.ADMIN
    with pytest.raises(ConflictError):
        server.create_first_administrator("eve", "Eve", PASSWORD, set_up_token(running))
    server.close()
    running.stop()
    running.errors.write_text("")
    again = run()
    assert "Set-up token" not in again.errors.read_text()


def test_sigterm_stops_it_cleanly_although_somebody_listens(run):
    running = run()
    server = _signed_in(running)
    with server.connection.stream("/api/changes/stream", silence_s=20) as stream:
        pieces = stream.iter_raw()
        assert next(pieces).startswith(b"id: ")
        assert running.stop() == 0
        assert b"data" not in b"".join(pieces)
    server.close()
    assert "server-stopped" in running.errors.read_text()


def test_data_and_ports_belong_to_one_server_until_it_ends(run):
    running = run()
    second = run()
    assert second.process.wait(PATIENCE_S) == IN_USE_STATUS
    assert "another server runs on" in running.errors.read_text()
    port = running.url.rpartition(":")[2]
    elsewhere = ("-m", "app", "serve", "--data-dir", f"{running.errors}-data")
    third = run(*elsewhere, KLINIKA_HTTP_PORT=port)
    assert third.process.wait(PATIENCE_S) == 2
    assert f"HTTP port {port}" in running.errors.read_text()
    assert running.stop(signal.SIGINT) == 0


def test_a_killed_server_lost_nothing_that_it_answered(run):
    first = run()
    server = _signed_in(first)
    stored = 0
    with contextlib.suppress(UnavailableError):
        while True:
            server.store_object(an_object(1, 1, stored))
            stored += 1
            if stored == 20:
                first.process.kill()
    token = server.refresh_token
    server.close()
    first.process.wait()
    second = run()
    server = Server(second.url)
    server.resume(token)
    (row,) = server.worklist(WorklistQuery()).rows
    assert (row.study_uid, row.instance_count >= stored) == (study_uid(1), True)
    server.close()


def test_an_archive_that_encrypts_starts_with_its_key_alone(run, tmp_path):
    key = {"KLINIKA_ENCRYPTION_KEY": "env:ARCHIVE_KEY", "ARCHIVE_KEY": new_key()}
    first = run(**key)
    server = _signed_in(first)
    server.store_object(an_object())
    (image,) = server.manifest(series_uid(1, 1)).images
    assert image.path == ""
    stored = server.object_bytes(sop_uid(1, 1, 1))
    assert "Иванов".encode() in stored
    token = server.refresh_token
    server.close()
    first.stop()
    (file,) = (path for path in (tmp_path / "data" / "objects").rglob("*") if path.is_file())
    assert "Иванов".encode() not in file.read_bytes()
    for wrong in ({}, {**key, "ARCHIVE_KEY": new_key()}):
        refused = run(**wrong)
        assert refused.process.wait(PATIENCE_S) == 2
        assert "encryption_former_keys" in refused.errors.read_text()
        refused.errors.write_text("")
    server = Server(run(**key).url)
    server.resume(token)
    assert server.object_bytes(sop_uid(1, 1, 1)) == stored
    server.close()


@pytest.mark.logs("object-conflict")
def test_the_log_is_json_without_names_of_patients(run):
    running = run(KLINIKA_LOG_LEVEL="DEBUG")
    server = _signed_in(running)
    server.store_object(an_object(1))
    server.store_object(an_object(1, value=7))
    with pytest.raises(RefusedObjectError):
        server.store_object(an_object(2)[:-100])
    server.worklist(WorklistQuery("Иванов"))
    server.close()
    running.stop()
    text = running.errors.read_text()
    lines = [line for line in text.splitlines() if not line.startswith("There is no account yet")]
    events = {json.loads(line)["event"] for line in lines}
    assert {"server-ready", "object-conflict", "server-stopped"} <= events
    for private in ("Иванов", "P-17", PASSWORD, "\\u0418"):
        assert private not in text


@pytest.mark.logs("http-without-encryption")
def test_a_desktop_joins_a_service_on_its_data_and_does_not_end_it(run, tmp_path):
    running = run(KLINIKA_HTTP_HOST="0.0.0.0")  # noqa: S104 - what is tested
    embedded = EmbeddedServer.start_or_join(tmp_path / "data")
    assert (embedded.pid, embedded.owned) == (running.process.pid, False)
    assert embedded.url == running.url
    assert embedded.url.startswith("http://127.0.0.1:")
    server = Server(embedded.url, embedded.secret)
    server.create_first_administrator("anna", "Анна", PASSWORD)
    server.close()
    embedded.close()
    time.sleep(1)
    assert running.process.poll() is None


@pytest.fixture
def postgresql_address(postgresql_databases) -> Iterator[str]:
    with postgresql_databases.one() as address:
        yield address


def test_it_serves_a_clinic_on_postgresql(postgresql_address, run):
    first = run(KLINIKA_DATABASE_URL=postgresql_address)
    server = _signed_in(first)
    server.store_object(an_object(1))
    draft = server.start_report(study_uid(1), ReportContent("en"))
    signed = server.sign_report(draft.report_id, 1, PASSWORD, PDF, datetime.now(UTC))
    assert signed.state is ReportState.SIGNED
    server.close()
    assert first.stop() == 0
    second = run(KLINIKA_DATABASE_URL=postgresql_address)
    server = Server(second.url)
    server.sign_in("anna", PASSWORD)
    assert server.report_pdf(signed.report_id) == PDF
    server.close()


@pytest.mark.logs("association-rejected")
def test_a_clinics_server_knows_its_callers_on_either_port(run, tmp_path):
    authority = Authority(tmp_path / "certificates", "Clinic")
    ours, scanners = authority.issue("archive"), authority.issue("scanner")
    running = run(
        KLINIKA_DICOM_TLS_PORT="0",
        KLINIKA_DICOM_TLS_CERTIFICATE=str(ours.certificate),
        KLINIKA_DICOM_TLS_KEY=str(ours.key),
        KLINIKA_DICOM_TLS_CA=str(authority.certificate),
    )
    server = _signed_in(running)
    status = server.status()
    shown = Settings(
        dicom_tls_certificate=scanners.certificate,
        dicom_tls_key=scanners.key,
        dicom_tls_ca=authority.certificate,
    )

    def outcomes(calling: str) -> set[EchoOutcome]:
        nodes = (
            RemoteNode("KLINIKA", "127.0.0.1", status.dicom_port),
            RemoteNode("KLINIKA", "127.0.0.1", status.dicom_tls_port, tls=True),
        )
        tls = for_nodes(shown)
        return {send_echo(node, ae_title=calling, tls=tls).outcome for node in nodes}

    assert outcomes("CT") == {EchoOutcome.REJECTED}
    server.add_node(RemoteNode("CT"))
    assert outcomes("CT") == {EchoOutcome.ANSWERED}
    server.close()


EMBEDDED = """
import sys
from pathlib import Path
from app.commands.server_logs import configure_logs
from app.server.process import serve
from app.settings import Settings
configure_logs("INFO")
serve(Settings.load(data_dir=Path(sys.argv[1])), embedded=True, grace_s=0.5)
"""


def test_an_embedded_server_that_no_desktop_joins_ends(run, tmp_path):
    running = run("-c", EMBEDDED, str(tmp_path / "data"))
    note = read_note(tmp_path / "data")
    assert (note.url, note.pid) == (running.url, running.process.pid)
    assert running.process.wait(PATIENCE_S) == 0


def _signed_in(running: Running) -> Server:
    server = Server(running.url)
    server.create_first_administrator("anna", "Анна", PASSWORD, set_up_token(running))
    server.sign_in("anna", PASSWORD)
    return server

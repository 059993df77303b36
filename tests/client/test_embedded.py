"""The server of this computer: started, joined, found dead, and ended after its last desktop."""

import json
import os
import queue
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.client.embedded import EmbeddedServer
from app.client.feed import ChangeFeed
from app.client.note import Note, read_note, write_note
from app.client.server import Server
from app.commands.serve import LOG_FILE
from app.domain.access import Role
from app.domain.changes import Change
from app.domain.errors import UnavailableError
from app.domain.ingest import StoreOutcome
from app.domain.study import WorklistQuery
from tests.clinic import NAMES, PASSWORD
from tests.conftest import PATIENCE_S
from tests.logs import LOG
from tests.server.samples import an_object, study_uid


@pytest.fixture
def start(tmp_path):
    """Starts or joins the server of a data directory; all of them end with the test."""
    running = []

    def started(data_dir: Path = tmp_path) -> EmbeddedServer:
        LOG.follow(data_dir / "logs" / LOG_FILE)
        embedded = EmbeddedServer.start_or_join(data_dir, dicom_port=0)
        running.append(embedded)
        return embedded

    yield started
    for embedded in running:
        embedded.close()
    for embedded in running:  # whoever started it does not wait for one that others still need
        if embedded.owned:
            embedded._process.wait(PATIENCE_S)


def set_up(server: Server) -> None:
    """Make the administrator's account, and sign in."""
    name = NAMES[Role.ADMIN]
    server.create_first_administrator(name, "Анна Петрова", PASSWORD)
    server.sign_in(name, PASSWORD)


def ended(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_the_first_desktop_starts_it_the_second_joins_and_it_ends_after_the_last(start, tmp_path):
    first = start()
    second = start()
    assert (first.owned, second.owned) == (True, False)
    assert (first.url, first.pid, first.secret) == (second.url, second.pid, second.secret)
    assert first.alive()
    note = tmp_path / "server.json"
    assert json.loads(note.read_text())["secret"] == first.secret
    if sys.platform != "win32":
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
    first.close()
    time.sleep(1)
    assert second.alive()
    second.close()
    assert first._process.wait(PATIENCE_S) == 0


def test_two_desktops_at_once_share_one_server(start):
    found = []
    threads = [threading.Thread(target=lambda: found.append(start())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({embedded.pid for embedded in found}) == 1
    assert sorted(embedded.owned for embedded in found) == [False, True]


def test_the_note_of_another_program_on_that_port_is_recognised(start, tmp_path):
    other = start(tmp_path / "other")
    write_note(tmp_path, Note(other.url, other.pid, 104, "old"))
    embedded = start()
    assert embedded.owned
    assert embedded.url != other.url


def test_a_broken_note_is_as_none(tmp_path):
    (tmp_path / "server.json").write_text("{")
    assert read_note(tmp_path) is None
    (tmp_path / "server.json").write_text("[]")
    assert read_note(tmp_path) is None


def test_a_killed_server_is_noticed_and_back_with_everything(start):
    embedded = start()
    server = Server(embedded.url, embedded.secret)
    set_up(server)
    states: queue.Queue[bool] = queue.Queue()
    changes: queue.Queue[tuple[Change, ...]] = queue.Queue()
    feed = ChangeFeed(server, changes.put, states.put)
    feed.start()
    assert states.get(timeout=PATIENCE_S) is True
    assert server.store_object(an_object(1)).outcome is StoreOutcome.STORED
    assert changes.get(timeout=PATIENCE_S)[0].study_uid == study_uid(1)
    url = embedded.url

    os.kill(embedded.pid, signal.SIGKILL)
    assert states.get(timeout=PATIENCE_S) is False
    deadline = time.monotonic() + PATIENCE_S
    while embedded.alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(UnavailableError):
        server.status()
    embedded.restart()
    assert (embedded.url, embedded.owned) == (url, True)
    server.move_to(embedded.url, embedded.secret)

    assert server.worklist(WorklistQuery()).rows[0].study_uid == study_uid(1)
    assert server.store_object(an_object(1)).outcome is StoreOutcome.DUPLICATE
    server.store_object(an_object(2))
    assert states.get(timeout=PATIENCE_S) is True
    assert changes.get(timeout=PATIENCE_S)[0].study_uid == study_uid(2)
    assert server.resume(server.refresh_token).username == "anna"
    feed.close()
    server.close()


def test_a_joined_desktop_starts_it_again_when_it_died(start):
    first, second = start(), start()
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()
    second.restart()
    assert second.owned
    first.restart()
    assert not first.owned
    assert first.pid == second.pid


def test_a_desktop_that_is_killed_leaves_it_running_for_a_while(start, tmp_path):
    code = (
        "import sys; from pathlib import Path; from app.client.embedded import EmbeddedServer\n"
        "embedded = EmbeddedServer.start_or_join(Path(sys.argv[1]), dicom_port=0)\n"
        "print(embedded.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as desktop:
        pid = int(desktop.stdout.readline())
        desktop.kill()
    embedded = start()
    assert (embedded.pid, embedded.owned) == (pid, False)
    embedded.close()
    assert ended(pid)


def test_why_it_did_not_start_is_told(tmp_path):
    (tmp_path / "klinika.toml").write_text("dicom_prot = 104")
    with pytest.raises(UnavailableError, match="did you mean 'dicom_port'"):
        EmbeddedServer.start_or_join(tmp_path)


def test_a_data_directory_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError):
        EmbeddedServer.start_or_join(tmp_path / "file" / "archive")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits: its folders inherit")
@pytest.mark.parametrize("is_there_before", [False, True])
def test_other_users_of_this_computer_can_read_nothing_of_the_archive(
    start, tmp_path, is_there_before
):
    data_dir = tmp_path / "new" / "archive"
    if is_there_before:
        data_dir.mkdir(parents=True, mode=0o755)
    before = os.umask(0o022)
    try:
        embedded = start(data_dir)
        server = Server(embedded.url, embedded.secret)
        set_up(server)
        assert server.store_object(an_object()).outcome is StoreOutcome.STORED
        server.close()
    finally:
        os.umask(before)
    others = stat.S_IRWXG | stat.S_IRWXO
    found = list(data_dir.rglob("*"))
    assert {"index.sqlite", "server.log", "objects"} <= {path.name for path in found}
    assert [path for path in found if path.stat().st_mode & others] == []
    assert is_there_before or not data_dir.stat().st_mode & others


def test_a_server_that_hangs_is_not_waited_for_without_bound(start, monkeypatch):
    monkeypatch.setattr("app.client.embedded.END_S", 0.2)
    monkeypatch.setattr("app.client.embedded.GOODBYE_S", 0.2)
    embedded = start()
    os.kill(embedded.pid, signal.SIGSTOP)
    embedded.close()
    assert not embedded.alive()

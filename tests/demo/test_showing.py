"""`klinika demo` with a screen: the program opens, signed in with a password made for this run."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.client.note import Note, read_note
from app.client.server import Server
from app.demo import samples
from app.domain.study import WorklistQuery
from tests.conftest import REPOSITORY

START_S = 60
END_S = 15
pytestmark = pytest.mark.slow


class Shown:
    """A demo on a screen that nobody sees."""

    def __init__(self, cache: Path, data: Path) -> None:
        before = set(cache.glob("klinika/demo-archive*"))
        environment = {
            **os.environ,
            "DISPLAY": ":demo",
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_CACHE_HOME": str(cache),
            "XDG_STATE_HOME": str(cache / "state"),
            "KLINIKA_DICOM_PORT": "0",
        }
        command = [sys.executable, "-m", "app", "demo", "--data", str(data), "--language", "en"]
        self.process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        password = re.search(r"demo\. Password of this run: (\S+)", line)
        assert password, line
        self.password = password[1]
        (self.folder,) = set(cache.glob("klinika/demo-archive*")) - before
        note = read_note(self.folder / "archive")
        assert note is not None
        self.note: Note = note

    def server(self) -> Server:
        server = Server(self.note.url)
        server.sign_in("demo", self.password)
        return server

    def interrupt(self) -> tuple[int, str]:
        """Ctrl+C; answers exit status and what was written on stderr."""
        self.process.send_signal(signal.SIGINT)
        _out, errors = self.process.communicate(timeout=END_S)
        return self.process.returncode, errors


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Callable[[], Shown]]:
    data = samples.ultrasound(tmp_path / "made", frames=2)
    running: list[Shown] = []

    def start() -> Shown:
        running.append(Shown(tmp_path / "cache", data))
        return running[-1]

    yield start
    for shown in running:
        if shown.process.poll() is None:
            shown.process.kill()
            shown.process.communicate()
            os.kill(shown.note.pid, signal.SIGTERM)


def test_the_demo_opens_with_a_fresh_password_and_the_given_data(
    show: Callable[[], Shown],
) -> None:
    server = show().server()
    deadline = time.monotonic() + START_S
    while not server.worklist(WorklistQuery()).total and time.monotonic() < deadline:
        time.sleep(0.1)
    assert server.worklist(WorklistQuery()).total == 1
    server.close()


def test_two_demos_do_not_meet_and_ctrl_c_ends_one_and_takes_its_archive_away(
    show: Callable[[], Shown],
) -> None:
    first, second = show(), show()
    assert first.folder != second.folder
    assert first.note.pid != second.note.pid
    server = first.server()
    assert server.worklist(WorklistQuery()).total <= 1
    server.close()
    status, errors = second.interrupt()
    assert status == 0
    assert "Error" not in errors
    assert not second.folder.exists()
    assert first.folder.exists()


def test_a_killed_demo_leaves_its_archive_to_the_next_one(show: Callable[[], Shown]) -> None:
    killed = show()
    killed.process.kill()
    killed.process.communicate()
    os.kill(killed.note.pid, signal.SIGKILL)
    show()
    assert not killed.folder.exists()

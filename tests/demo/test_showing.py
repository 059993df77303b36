"""`klinika demo` with a screen: the program opens, signed in with a password made for this run."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.client.note import read_note
from app.client.server import Server
from app.demo import samples
from app.domain.study import WorklistQuery
from tests.conftest import REPOSITORY

START_S = 60


@pytest.mark.slow
def test_the_demo_opens_with_a_fresh_password_and_the_given_data(tmp_path: Path) -> None:
    data = samples.ultrasound(tmp_path, frames=2)
    environment = {
        **os.environ,
        "DISPLAY": ":demo",
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CACHE_HOME": str(tmp_path),
        "KLINIKA_DICOM_PORT": "0",
    }
    command = [sys.executable, "-m", "app", "demo", "--data", str(data)]
    shown = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE)
    archive = tmp_path / "klinika" / "demo-archive"
    try:
        assert shown.stdout is not None
        line = shown.stdout.readline().decode()
        password = re.search(r"demo\. Password of this run: (\S+)", line)
        assert password, line
        note = read_note(archive)
        assert note is not None
        server = Server(note.url)
        server.sign_in("demo", password[1])
        deadline = time.monotonic() + START_S
        while not server.worklist(WorklistQuery()).total and time.monotonic() < deadline:
            time.sleep(0.1)
        assert server.worklist(WorklistQuery()).total == 1
        server.close()
    finally:
        shown.kill()
        shown.communicate()
        note = read_note(archive)
        if note is not None:
            os.kill(note.pid, signal.SIGTERM)

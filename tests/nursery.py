"""A process that has loaded the server, and of which servers for tests are forked.

Each is `klinika serve --embedded` as the desktop starts it, but for what loading costs, and for its
hashes of passwords, which cost a hundredth: how dear real ones are is tested in tests/auth, and
tests/client/test_embedded.py and tests/server/test_process.py start servers as everyone does.
"""

import atexit
import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher

from app.auth import passwords
from app.client.note import read_note

REPOSITORY = Path(__file__).resolve().parent.parent
START_S = 60
END_S = 60
LOADED = ("app.commands.serve", "app.commands.server_logs", "app.server.process")
ERRORS = "server-errors.txt"
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@contextmanager
def a_server(data_dir: Path) -> Iterator[None]:
    """An embedded server on `data_dir`, which has ended when the block has.

    It ends with its last desktop, which is for the caller to be.
    """
    pid = _nursery().start(data_dir)
    try:
        _wait_until_ready(pid, data_dir)
        yield
        _wait_until_ended(pid)
    except BaseException:
        _kill(pid)
        raise


class _Nursery:
    """The process that is forked."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(self, data_dir: Path) -> int:
        """Fork a server; answers its process."""
        (data_dir / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = {**os.environ, "KLINIKA_DICOM_PORT": "0"}
        self._process.stdin.write(json.dumps([str(data_dir.absolute()), environment]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it; the servers stay."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@functools.cache
def _nursery() -> _Nursery:
    nursery = _Nursery()
    atexit.register(nursery.close)
    return nursery


def _wait_until_ready(pid: int, data_dir: Path) -> None:
    deadline = time.monotonic() + START_S
    while (note := read_note(data_dir)) is None or note.pid != pid:
        errors = data_dir / "logs" / ERRORS
        assert _is_there(pid), f"the server did not start: {errors.read_text()}"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _wait_until_ended(pid: int) -> None:
    deadline = time.monotonic() + END_S
    while _is_there(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _kill(pid: int) -> None:
    if _is_there(pid):
        os.kill(pid, signal.SIGKILL)


def main() -> int:
    """Fork a server for each line of stdin, until its end."""
    for name in LOADED:
        importlib.import_module(name)
    passwords._hasher = QUICK_HASHER
    passwords.NOBODYS_HASH = QUICK_HASHER.hash("nobody knows this")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who ended is gone at once
    while line := sys.stdin.readline():
        data_dir, environment = json.loads(line)
        pid = os.fork()
        if pid == 0:
            return _serve(Path(data_dir), environment)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    return 0


def _serve(data_dir: Path, environment: dict[str, str]) -> int:
    from app.__main__ import main as klinika

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open("r+b") as nothing, (data_dir / "logs" / ERRORS).open("wb") as errors:
        for number, file in enumerate((nothing, nothing, errors)):
            os.dup2(file.fileno(), number)
    return klinika(["serve", "--embedded", "--data-dir", str(data_dir)])


if __name__ == "__main__":
    sys.exit(main())

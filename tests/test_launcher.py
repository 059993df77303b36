"""The launcher: what it says when it can't go on, and what it does not do twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

TOOLS = ("sh", "cat", "cksum", "dirname", "grep", "id", "mv", "pwd", "rm", "tr", "cut", "uname")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launcher for Windows is another file")


@pytest.fixture
def a_checkout(tmp_path: Path) -> Path:
    """The launcher and its locks in a folder of their own, with few tools on the PATH."""
    for name in ("klinika", "requirements.lock", "requirements-server.lock"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def run(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(checkout / "bin"), "HOME": str(checkout)}
    return subprocess.run(
        [checkout / "klinika", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_a_fitting_python_it_says_which_one_to_install(a_checkout: Path):
    done = run(a_checkout, "doctor")
    assert done.returncode == 3
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert "KLINIKA_PYTHON=" in done.stderr


def test_a_python_that_is_too_old_or_too_new_is_passed_over(a_checkout: Path):
    python = a_checkout / "bin" / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert run(a_checkout, "serve").returncode == 3


def test_an_environment_that_is_there_is_used_as_it_is(a_checkout: Path):
    """The stamp names the lock it was made from; then nothing is looked for or installed."""
    bin_folder = a_checkout / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    python = bin_folder / "python"
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] || echo "ran $*"\nexec {sys.executable} -c ""\n')
    python.chmod(0o755)
    lock = (a_checkout / "requirements.lock").read_bytes()
    summed = subprocess.run(["cksum"], input=lock, capture_output=True, check=True)
    stamp = a_checkout / ".venv" / "klinika.stamp"
    stamp.write_text(f"desktop {summed.stdout.decode().strip()}\n")
    done = run(a_checkout, "doctor")
    assert done.returncode == 0
    assert done.stdout == "ran -m app doctor\n"

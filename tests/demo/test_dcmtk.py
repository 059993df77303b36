"""DCMTK's programs are told from others of the same name."""

import os
from pathlib import Path

import pytest

from app.demo import samples, sending
from app.demo.dcmtk import dcmtk
from tests.clinic import a_server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


def a_program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def test_a_namesake_earlier_on_the_path_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path / "venv", "storescu", "echo 'usage: storescu addr port path' >&2; exit 2")
    true = a_program(tmp_path / "usr", "storescu", "echo '$dcmtk: storescu v3.6.7 2022-04-22 $'")
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "venv"), str(tmp_path / "usr"))))
    assert dcmtk("storescu") == str(true)


def test_without_dcmtk_our_own_scu_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in ("storescu", "echoscu"):
        a_program(tmp_path / "venv", tool, "echo 'unrecognized arguments' >&2; exit 2")
    monkeypatch.setenv("PATH", str(tmp_path / "venv"))
    assert dcmtk("storescu") is None
    files = list(samples.ultrasound(tmp_path / "made", frames=2).iterdir())
    with a_server(tmp_path / "archive") as running:
        assert "DCMTK is not installed" in sending.echo(running.dicom_port, "KLINIKA")
        assert sending.store(running.dicom_port, "KLINIKA", files) == "1 by our SCU"


def test_a_program_that_does_not_start_is_none_of_dcmtk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = a_program(tmp_path / "bin", "storescu", "")
    broken.write_text(f"#!{tmp_path}/no-such-interpreter\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert dcmtk("storescu") is None

"""The doctor: what is missing on this machine, and how to mend it."""

import json
import os
import socket
from pathlib import Path

import pytest

from app.__main__ import main
from app.commands import doctor
from app.language import Language, set_language
from app.ui.context import DesktopSettings
from tests.demo.test_dcmtk import a_program


@pytest.fixture(autouse=True)
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Settings of a desktop that nobody else sees, in English; English is left behind."""
    settings = DesktopSettings.open(tmp_path / "desktop.ini")
    settings.language = Language.EN
    monkeypatch.setattr(DesktopSettings, "open", lambda: settings)
    yield settings
    set_language(Language.EN)


@pytest.fixture
def diagnosis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("KLINIKA_DATA_DIR", str(tmp_path))

    def examine() -> tuple[int, dict[str, dict[str, str]]]:
        status = main(["doctor", "--json"])
        findings = json.loads(capsys.readouterr().out)
        return status, {finding["subject"]: finding for finding in findings}

    return examine


def test_the_machine_that_runs_the_tests_lacks_nothing(diagnosis):
    status, findings = diagnosis()
    assert status == 0
    assert {"Python", "System libraries", "3D graphics", "Archive folder"} <= set(findings)
    assert findings["3D graphics"]["found"]


def test_a_port_in_use_is_a_warning_that_names_it(diagnosis, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("KLINIKA_DICOM_PORT", str(port))
        status, findings = diagnosis()
    finding = findings["Port for DICOM"]
    assert (status, finding["verdict"]) == (0, "warning")
    assert str(port) in finding["found"]
    assert finding["mend"]


def test_a_wrong_setting_is_missing_and_named(diagnosis, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KLINIKA_DICOM_PROT", "104")
    status, findings = diagnosis()
    assert status == 1
    assert "did you mean 'dicom_port'" in findings["Settings"]["found"]


def test_a_missing_library_is_answered_with_the_line_that_installs_it(
    diagnosis, monkeypatch: pytest.MonkeyPatch
):
    libraries = {"libklinika-nowhere.so.9": "libnowhere9"}
    monkeypatch.setattr(doctor, "LINUX_LIBRARIES", libraries)
    status, findings = diagnosis()
    assert status == 1
    assert findings["System libraries"]["mend"].endswith("libnowhere9")


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_a_storescu_that_is_not_dcmtks_is_missing(
    diagnosis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    a_program(tmp_path / "venv", "storescu", "echo 'usage: storescu addr port path' >&2; exit 2")
    monkeypatch.setenv("PATH", str(tmp_path / "venv"))
    _, findings = diagnosis()
    assert "storescu" in findings["Tools for the tests"]["found"]


def test_the_findings_are_in_the_language_chosen_in_the_program(
    chosen: DesktopSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("KLINIKA_DATA_DIR", str(tmp_path))
    chosen.language = Language.RU
    assert main(["doctor"]) == 0
    assert "Системные библиотеки" in capsys.readouterr().out

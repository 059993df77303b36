"""odil (Debian: odil, python3-odil): echo, store, find and get; it has no command for move."""

import shutil

import pytest
from pydicom import dcmread

from tests.peers.running import run

ODIL = shutil.which("odil")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not ODIL, reason="odil is not installed")]
US = "odil"


@pytest.fixture
def ask(archive):
    def ask(command, *arguments):
        return run(ODIL, command, archive.host, archive.port, "ODIL", archive.ae_title, *arguments)

    return ask


def test_echo(ask):
    ask("echo")


def test_store(ask, archive):
    """A study of its own: odil writes numbers anew, so that its objects are not quite the same."""
    assert "Could not" not in ask("store", *archive.files_of("odil-sent"))
    assert archive.count("odil-sent") == 3


def test_find(ask, archive):
    archive.keep(US)
    said = ask("find", "study", "QueryRetrieveLevel=STUDY", "PatientID=P-odil", "StudyInstanceUID")
    assert archive.study_of(US) in said


def test_get(ask, archive, tmp_path):
    archive.keep(US)
    study = f"StudyInstanceUID={archive.study_of(US)}"
    ask("get", "study", "QueryRetrieveLevel=STUDY", study, "-d", tmp_path)
    got = {str(dcmread(file).SOPInstanceUID) for file in tmp_path.rglob("*") if file.is_file()}
    assert got == archive.objects_of(US)

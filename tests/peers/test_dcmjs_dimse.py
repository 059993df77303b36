"""dcmjs-dimse (npm): echo, store, find, get and move.

`npm install dcmjs-dimse` in a folder, which DCMJS_DIMSE names.
"""

import os
import shutil
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.peers.conftest import RECEIVER
from tests.peers.running import run

FOLDER = Path(os.environ.get("DCMJS_DIMSE", ""), "node_modules")
CLIENT = Path(__file__).with_name("dcmjs_client.cjs")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("node") and (FOLDER / "dcmjs-dimse").is_dir()),
        reason="DCMJS_DIMSE names no folder with dcmjs-dimse, or Node.js is not installed",
    ),
]
US, SENT = "dcmjs", "dcmjs-sent"


@pytest.fixture
def ask(archive):
    def ask(what, *arguments):
        where = (archive.host, archive.port, archive.ae_title, "DCMJS")
        return run("node", CLIENT, what, *where, *arguments, NODE_PATH=str(FOLDER))

    return ask


def test_echo(ask):
    ask("echo")


def test_store(ask, archive):
    """A study of its own: dcmjs writes objects anew, not as they were kept for the others."""
    ask("store", *archive.files_of(SENT))
    assert archive.count(SENT) == 3


def test_find(ask, archive):
    archive.keep(US)
    assert archive.study_of(US) in ask("find", "P-dcmjs")


def test_get(ask, archive, tmp_path):
    archive.keep(US)
    ask("get", archive.study_of(US), tmp_path)
    got = {str(dcmread(file).SOPInstanceUID) for file in tmp_path.iterdir()}
    assert got == archive.objects_of(US)


def test_move(ask, archive, moved):
    archive.keep(US)
    ask("move", archive.study_of(US), RECEIVER)
    assert moved(US) == archive.objects_of(US)

"""CTN, the Central Test Node of 1993 (Debian: ctn): dicom_echo and send_image.

Its query program asks its own database, so that there is nothing to find, get or move with.
"""

import shutil

import pytest

from tests.peers.running import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("dicom_echo"), reason="CTN is not installed"),
]
US = "ctn"


@pytest.fixture
def ask(archive):
    def ask(program, *arguments):
        titles = ("-a", "CTN", "-c", archive.ae_title)
        return run(program, *titles, archive.host, archive.port, *arguments)

    return ask


def test_echo(ask):
    ask("dicom_echo")


def test_store(ask, archive):
    ask("send_image", *archive.files_of(US))
    assert archive.count(US) == 3

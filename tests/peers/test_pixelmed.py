"""PixelMed (Debian: libpixelmed-java, with a JDK): echo, store, find, get and move."""

import shutil
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.peers.conftest import NAME, RECEIVER
from tests.peers.running import run

JAR = Path("/usr/share/java/pixelmed.jar")
CLIENT = Path(__file__).with_name("PixelmedClient.java")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("java") and shutil.which("javac") and JAR.exists()),
        reason="PixelMed or a JDK is not installed",
    ),
]
US = "pixelmed"


@pytest.fixture(scope="module")
def classes(tmp_path_factory) -> str:
    """The client, compiled; the class path it runs with."""
    folder = tmp_path_factory.mktemp("classes")
    run("javac", "-cp", JAR, "-d", folder, CLIENT)
    return f"{folder}:{JAR}"


@pytest.fixture
def ask(archive, classes):
    def ask(what, *arguments):
        where = (archive.host, archive.port, archive.ae_title, "PIXELMED")
        java = ("java", "-Dfile.encoding=UTF-8", "-cp", classes, "PixelmedClient")
        return run(*java, what, *where, *arguments)

    return ask


def test_echo(ask):
    ask("echo")


def test_store(ask, archive):
    assert "completed 3 failed 0" in ask("store", *archive.files_of(US))
    assert archive.count(US) == 3


def test_find(ask, archive):
    archive.keep(US)
    assert ask("find", "P-pixelmed").splitlines()[:2] == [archive.study_of(US), NAME]


def test_get(ask, archive, tmp_path):
    archive.keep(US)
    ask("get", archive.study_of(US), tmp_path)
    got = {str(dcmread(file).SOPInstanceUID) for file in tmp_path.iterdir()}
    assert got == archive.objects_of(US)


def test_move(ask, archive, moved):
    archive.keep(US)
    assert "status 0" in ask("move", archive.study_of(US), RECEIVER)
    assert moved(US) == archive.objects_of(US)

"""DCMTK's programs: echoscu, storescu, findscu, getscu, movescu."""

import pytest
from pydicom import dcmread

from app.demo.dcmtk import dcmtk
from tests.peers.conftest import NAME, RECEIVER
from tests.peers.running import run
from tests.server.foreign_archive import needs_dcmtk

pytestmark = [pytest.mark.slow, needs_dcmtk]
US = "dcmtk"


@pytest.fixture
def ask(archive):
    def ask(program, *arguments, then=()):
        titles = ("-aet", "DCMTK", "-aec", archive.ae_title)
        return run(dcmtk(program), *titles, *arguments, archive.host, archive.port, *then)

    return ask


def test_echo(ask):
    ask("echoscu")


def test_store(ask, archive):
    ask("storescu", then=archive.files_of(US))
    assert archive.count(US) == 3


def test_find(ask, archive, tmp_path):
    archive.keep(US)
    keys = ("QueryRetrieveLevel=STUDY", "PatientID=P-dcmtk", "PatientName", "StudyInstanceUID")
    given = [each for key in keys for each in ("-k", key)]
    ask("findscu", "-S", "-X", "-od", tmp_path, *given)
    (found,) = (dcmread(file) for file in tmp_path.glob("*.dcm"))
    assert (found.StudyInstanceUID, str(found.PatientName)) == (archive.study_of(US), NAME)


def named(archive):
    return ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={archive.study_of(US)}")


def test_get(ask, archive, tmp_path):
    archive.keep(US)
    ask("getscu", "-S", "-od", tmp_path, *named(archive))
    got = {str(dcmread(file).SOPInstanceUID) for file in tmp_path.iterdir()}
    assert got == archive.objects_of(US)


def test_move(ask, archive, moved):
    archive.keep(US)
    ask("movescu", "-S", "-aem", RECEIVER, *named(archive))
    assert moved(US) == archive.objects_of(US)

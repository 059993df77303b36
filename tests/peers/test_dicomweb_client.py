"""dicomweb-client: store, search and retrieve."""

import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom import dcmread

from tests.peers.conftest import NAME

pytestmark = pytest.mark.slow
US = "dicomweb"


@pytest.fixture
def client(archive):
    url, user, password = archive.dicomweb
    with requests.Session() as session:
        session.auth, session.trust_env = (user, password), False
        yield DICOMwebClient(url, session=session)


def test_store(client, archive):
    client.store_instances([dcmread(file) for file in archive.files_of(US)])
    assert archive.count(US) == 3


def test_search(client, archive):
    archive.keep(US)
    (found,) = client.search_for_studies(search_filters={"PatientID": "P-dicomweb"})
    assert found["0020000D"]["Value"] == [archive.study_of(US)]
    assert found["00100010"]["Value"][0]["Alphabetic"] == NAME


def test_retrieve(client, archive):
    archive.keep(US)
    got = client.retrieve_study(archive.study_of(US))
    assert {str(ds.SOPInstanceUID) for ds in got} == archive.objects_of(US)
    told = client.retrieve_study_metadata(archive.study_of(US))
    assert {each["00080018"]["Value"][0] for each in told} == archive.objects_of(US)

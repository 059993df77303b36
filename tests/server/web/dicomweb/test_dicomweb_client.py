"""dicomweb-client, the library that Python programs use, against a running server."""

import logging

import cv2
import numpy as np
import pydicom
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless
from pydicom.valuerep import DA

from app.dicom.transcode import transcode
from app.domain.access import Role
from tests.clinic import NAMES, PASSWORD
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.web.dicomweb.conftest import dataset

STUDY, SERIES = study_uid(801), series_uid(801, 1)
PIXELS = np.arange(2 * 16 * 16, dtype=np.uint16).tobytes()


@pytest.fixture(scope="module")
def client(http):
    """A client with a name and password, which has stored a study of two series."""
    logging.getLogger("dicomweb_client").setLevel(logging.ERROR)
    with requests.Session() as session:
        session.auth = NAMES[Role.DOCTOR], PASSWORD
        session.trust_env = False
        url = str(http.base_url).rstrip("/") + "/dicom-web"
        client = DICOMwebClient(url, session=session, timeout=PATIENCE_S)
        objects = [an_object(801, 1, number, PatientID="P-801") for number in (1, 2)]
        several = an_object(801, 2, 1, PatientID="P-801", NumberOfFrames=2, PixelData=PIXELS)
        objects.append(transcode(several, JPEGLSLossless))
        answer = client.store_instances([dataset(each) for each in objects])
        assert len(answer.ReferencedSOPSequence) == 3
        yield client


def uids(found, keyword="StudyInstanceUID"):
    return sorted(pydicom.Dataset.from_json(each)[keyword].value for each in found)


@pytest.mark.parametrize(
    "filters",
    [
        {"PatientID": "P-801"},
        {"PatientID": "P-801", "StudyDate": "20261124"},
        {"PatientID": "P-801", "StudyDate": str(DA("20261124"))},
        {"PatientID": "P-801", "StudyDate": "2026-11-24"},
        {"PatientID": "P-801", "StudyDate": "2026-11-01-2026-11-30"},
        {"PatientName": "иванов*", "00100020": "P-801"},
        {"StudyInstanceUID": STUDY},
    ],
)
def test_studies_are_found(client, filters):
    assert uids(client.search_for_studies(search_filters=filters)) == [STUDY]


def test_what_is_not_there_is_not_found(client):
    filters = {"PatientID": "P-801", "StudyDate": "2020-01-01"}
    assert client.search_for_studies(search_filters=filters) == []


def test_series_and_instances_are_found(client):
    assert uids(client.search_for_series(STUDY), "SeriesInstanceUID") == [
        SERIES,
        series_uid(801, 2),
    ]
    found = client.search_for_instances(STUDY, SERIES, fields=["Rows"], limit=1)
    more = client.search_for_instances(STUDY, SERIES, limit=1, get_remaining=True)
    assert uids(found, "SOPInstanceUID") == [sop_uid(801, 1, 1)]
    assert uids(more, "SOPInstanceUID") == [sop_uid(801, 1, 1), sop_uid(801, 1, 2)]


def test_objects_come_as_they_were_stored(client):
    assert len(client.retrieve_study(STUDY)) == 3
    assert len(list(client.iter_series(STUDY, SERIES))) == 2
    one = client.retrieve_instance(STUDY, SERIES, sop_uid(801, 1, 1))
    assert (one.PatientName, one.file_meta.TransferSyntaxUID) == (
        "Иванов^Пётр",
        ExplicitVRLittleEndian,
    )
    several = client.retrieve_instance(
        STUDY,
        series_uid(801, 2),
        sop_uid(801, 2, 1),
        media_types=(("application/dicom", JPEGLSLossless),),
    )
    assert several.file_meta.TransferSyntaxUID == JPEGLSLossless


def test_metadata_name_their_values(client):
    assert len(client.retrieve_study_metadata(STUDY)) == 3
    assert len(client.retrieve_series_metadata(STUDY, SERIES)) == 2
    model = client.retrieve_instance_metadata(STUDY, SERIES, sop_uid(801, 1, 1))
    address = model["7FE00010"]["BulkDataURI"]
    assert client.retrieve_bulkdata(address) == [bytes(512)]
    assert client.retrieve_bulkdata(address, media_types=("application/octet-stream",)) == [
        bytes(512)
    ]


def test_frames_come_one_by_one(client):
    found = client.retrieve_instance_frames(STUDY, series_uid(801, 2), sop_uid(801, 2, 1), [2, 1])
    kept = client.retrieve_instance_frames(
        STUDY,
        series_uid(801, 2),
        sop_uid(801, 2, 1),
        [1],
        media_types=(("image/jls", JPEGLSLossless),),
    )
    assert found == [PIXELS[512:], PIXELS[:512]]
    assert kept[0].startswith(b"\xff\xd8")


@pytest.mark.parametrize("media_types", [None, ("image/png",)])
def test_pictures_come_alone_and_in_parts(client, media_types):
    named = STUDY, SERIES, sop_uid(801, 1, 1)
    one = client.retrieve_instance_rendered(*named, media_types=media_types)
    frame = client.retrieve_instance_frames_rendered(*named, [1], media_types=media_types)
    assert one == frame
    picture = cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (16, 16)
    series = client.retrieve_series_rendered(STUDY, SERIES, media_types=media_types)
    assert series.count(one) == 2

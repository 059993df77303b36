"""Metadata and bulk data of WADO-RS on a running server."""

import gzip

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
)

from app.dicom.transcode import transcode
from app.server.web.compression import encoded
from app.server.web.streams import PIECE
from tests.server.samples import an_object, sop_uid
from tests.server.web.dicomweb.conftest import (
    instance_path,
    parts_of,
    series_path,
    study_path,
)

OCTETS = "application/octet-stream"
CURVE = np.arange(2000, dtype=np.uint16)


def with_a_curve(number):
    """An object with a large value inside a sequence."""
    inner, item = Dataset(), Dataset()
    inner.add_new(0x00283006, "OW", CURVE.tobytes())
    item.add_new(0x00283010, "SQ", [Dataset(), inner])
    return an_object(1, 1, number, ReferencedImageSequence=[item])


@pytest.fixture(scope="module", autouse=True)
def study(web):
    """A study of two native objects, one in big endian, one deflated and one in JPEG-LS."""
    web.keep(an_object(1, 1, 1, value=7))
    web.keep(with_a_curve(2))
    web.keep(transcode(with_a_curve(3), ExplicitVRBigEndian))
    web.keep(transcode(with_a_curve(4), DeflatedExplicitVRLittleEndian))
    frames = np.arange(3 * 16 * 16, dtype=np.uint16).tobytes()
    web.keep(transcode(an_object(1, 2, 1, NumberOfFrames=3, PixelData=frames), JPEGLSLossless))


@pytest.mark.parametrize("accept", ["", "*/*", "application/dicom+json", "application/json"])
@pytest.mark.parametrize(
    ("path", "count"), [(study_path(1), 5), (series_path(1), 4), (instance_path(1), 1)]
)
def test_every_object_tells_its_attributes(web, path, count, accept):
    answer = web.get(f"{path}/metadata", accept)
    assert answer.headers["content-type"] == "application/dicom+json"
    models = answer.json()
    assert len(models) == count
    ds = Dataset.from_json(models[0], bulk_data_uri_handler=lambda *_: b"")
    assert (ds.SOPInstanceUID, str(ds.PatientName)) == (sop_uid(1, 1, 1), "Иванов^Пётр")
    assert ds.AvailableTransferSyntaxUID == ExplicitVRLittleEndian
    assert ds.Rows == 16


@pytest.mark.parametrize("encodings", ["identity", "gzip", "zstd"])
def test_metadata_are_the_same_when_they_are_asked_for_again(web, encodings):
    web.keep(an_object(3, 3, 1))
    path = f"{series_path(3, 3)}/metadata"
    first = web.get(path, accept_encoding="identity").json()
    assert web.get(path, accept_encoding="identity").json() == first
    again = web.get(path, accept_encoding=encodings)
    assert again.headers.get("content-encoding", "identity") == encodings
    assert again.headers["vary"] == "Accept-Encoding"
    web.keep(an_object(3, 3, 2))
    assert len(web.get(path).json()) == 2


def test_metadata_that_are_known_are_not_sent_again(web):
    web.keep(an_object(2, 2, 1))
    path = f"{series_path(2, 2)}/metadata"
    tag = web.get(path).headers["etag"]
    again = web.get(path, If_None_Match=tag)
    assert (again.status_code, again.content) == (304, b"")
    web.keep(an_object(2, 2, 2))
    assert web.get(path, If_None_Match=tag).status_code == 200


def test_metadata_as_xml_are_not_there(web):
    answer = web.get(f"{study_path(1)}/metadata", 'multipart/related; type="application/dicom+xml"')
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize(
    ("accepted", "name"), [("gzip", "gzip"), ("gzip, zstd", "zstd"), ("zstd;q=0, gzip", "gzip")]
)
def test_metadata_come_in_fewer_bytes(web, accepted, name):
    answer = web.get(f"{study_path(1)}/metadata", "", Accept_Encoding=accepted)
    assert answer.headers["content-encoding"] == name
    assert answer.json() == web.get(f"{study_path(1)}/metadata", "").json()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5), st.sampled_from(["gzip", "zstd", ""]))
def test_what_is_compressed_comes_back(pieces, name):
    data, said = encoded([*pieces, bytes(PIECE + 1), b"end"], {"accept-encoding": name})
    whole, plain = b"".join(data), b"".join(pieces) + bytes(PIECE + 1) + b"end"
    assert said.get("Content-Encoding", "") == name
    if name == "gzip":
        whole = gzip.decompress(whole)
    elif name == "zstd":
        whole = imagecodecs.zstd_decode(whole, out=len(plain))
    assert whole == plain


def the_curve(model):
    return model["00081140"]["Value"][0]["00283010"]["Value"][1]["00283006"]["BulkDataURI"]


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("accept", ["*/*", f'multipart/related; type="{OCTETS}"', OCTETS])
def test_a_large_value_lies_where_the_metadata_say(web, number, accept):
    (model,) = web.get(f"{instance_path(1, 1, number)}/metadata").json()
    answer = web.http.get(the_curve(model), headers={**web.headers, "Accept": accept})
    found = answer.content if accept == OCTETS else parts_of(answer)[0].content
    assert found == CURVE.tobytes()


def test_a_part_of_a_large_value_is_read(web):
    (model,) = web.get(f"{instance_path(1, 1, 2)}/metadata").json()
    headers = {**web.headers, "Accept": OCTETS, "Range": "bytes=2-5"}
    answer = web.http.get(the_curve(model), headers=headers)
    assert (answer.status_code, answer.content) == (206, CURVE[1:3].tobytes())


def test_native_pixels_lie_where_the_metadata_say(web):
    (model,) = web.get(f"{instance_path(1)}/metadata").json()
    answer = web.http.get(model["7FE00010"]["BulkDataURI"], headers=web.headers)
    assert parts_of(answer)[0].content == np.full((16, 16), 7, np.uint16).tobytes()


def test_compressed_pixels_come_as_their_frames(web):
    model = web.get(f"{series_path(1, 2)}/metadata").json()[0]
    address = model["7FE00010"]["BulkDataURI"]
    decoded = parts_of(web.http.get(address, headers=web.headers))
    frames = np.arange(3 * 16 * 16, dtype=np.uint16).reshape(3, -1)
    assert [part.content for part in decoded] == [frame.tobytes() for frame in frames]
    accept = "multipart/related; type=image/jls"
    kept = parts_of(web.http.get(address, headers={**web.headers, "Accept": accept}))
    assert [part.content[:2] for part in kept] == [b"\xff\xd8"] * 3


@pytest.mark.parametrize(
    "address", ["00101010", "x", "00081140/9/00283006", "00081140/0", "00081140/0/", "7FE00010/0/1"]
)
def test_a_value_that_is_not_there_is_not_found(web, address):
    answer = web.get(f"{instance_path(1, 1, 2)}/bulkdata/{address}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_value_is_no_picture(web):
    answer = web.get(f"{instance_path(1)}/bulkdata/7FE00010", "image/png")
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")

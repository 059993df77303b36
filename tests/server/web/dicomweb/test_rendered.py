"""Rendered frames, thumbnails and WADO-URI on a running server."""

import cv2
import numpy as np
import pytest
from pydicom.uid import ImplicitVRLittleEndian, JPEGLSLossless

from app.dicom.transcode import transcode
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.web.dicomweb.conftest import (
    dataset,
    instance_path,
    parts_of,
    series_path,
    study_path,
)

VALUES = np.repeat(np.arange(16, dtype=np.uint16)[None] * 100, 16, axis=0)


@pytest.fixture(scope="module", autouse=True)
def study(web):
    """A ramp of two frames in JPEG-LS, an object without pixels, and broken pixels."""
    frames = np.stack([VALUES, VALUES[:, ::-1]])
    ramp = an_object(1, NumberOfFrames=2, RescaleIntercept=0, PixelData=frames.tobytes())
    web.keep(transcode(ramp, JPEGLSLossless))
    web.keep(an_object(1, 2, 1, PixelData=None))
    web.keep(an_object(1, 2, 2, PixelData=None))
    broken = transcode(an_object(2), JPEGLSLossless)
    web.keep(broken[:-40] + bytes(32) + broken[-8:])
    web.keep(an_object(3))


def pixels(answer):
    assert answer.status_code == 200, answer.text
    return cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "image/jpeg"),
        ("*/*", "image/jpeg"),
        ("image/png", "image/png"),
        ("image/webp,image/png;q=0.9,image/*;q=0.8", "image/png"),
    ],
)
def test_a_picture_comes_as_the_client_takes_it(web, accept, kind):
    answer = web.get(f"{instance_path(1)}/rendered", accept)
    assert answer.headers["content-type"] == kind
    assert pixels(answer).shape == (16, 16)


def test_window_and_viewport_are_heard(web):
    path = f"{instance_path(1)}/frames/2/rendered?window=750,1500,linear-exact&viewport=8,8,0,0,8,8"
    found = pixels(web.get(path, "image/png"))
    assert found.shape == (8, 8)
    assert (found[0, 0], found[0, -1]) == (255, 136)


@pytest.mark.parametrize(
    "query",
    [
        "window=1",
        "window=1,0",
        "window=1,x",
        "window=1,2,cubic",
        "window=nan,1",
        "viewport=1",
        "viewport=0,1",
        "viewport=9999999,1",
        "viewport=8,8,0,0,99,99",
        "quality=0",
        "quality=101",
        "quality=x",
        "quality=00501",
        "quality=0001" + "0" * 5_000,
        "quality=%C2%B2",
    ],
)
def test_a_parameter_that_makes_no_sense_is_a_bad_request(web, query):
    answer = web.get(f"{instance_path(1)}/rendered?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_picture_that_is_known_is_not_sent_again(web):
    path = f"{instance_path(1)}/rendered"
    tag = web.get(path).headers["etag"]
    assert web.get(path, If_None_Match=tag).status_code == 304
    assert web.get(f"{path}?window=1,2", If_None_Match=tag).status_code == 200


@pytest.mark.parametrize(
    "path",
    [study_path(1), series_path(1), instance_path(1), f"{instance_path(1)}/frames/1"],
)
def test_a_thumbnail_is_small(web, path):
    assert pixels(web.get(f"{path}/thumbnail")).shape == (128, 128)
    assert pixels(web.get(f"{path}/thumbnail?viewport=40,20")).shape == (20, 20)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{instance_path(1)}/frames/3/rendered", 404, "not-found"),
        (f"{instance_path(1)}/frames/x/rendered", 404, "not-found"),
        (f"{instance_path(1)}/frames/1,2/thumbnail", 400, "invalid"),
        (f"{series_path(1, 2)}/rendered", 404, "not-found"),
        (f"{study_path(2)}/rendered", 406, "undecodable"),
        (f"{series_path(1, 2)}/thumbnail", 404, "not-found"),
        (f"{instance_path(1, 2)}/rendered", 404, "not-found"),
        (f"{instance_path(2)}/rendered", 406, "undecodable"),
    ],
)
def test_what_has_no_picture_is_a_problem(web, path, status, code):
    answer = web.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["", study_path(1)])
def test_a_picture_is_no_text(web, path):
    path = path or instance_path(1)
    assert web.get(f"{path}/rendered", "text/plain").status_code == 406


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (study_path(1), ""),
        (study_path(1), "image/jpeg"),
        (series_path(1), "*/*"),
        (instance_path(1), "multipart/related; type=image/jpeg"),
        (f"{instance_path(1)}/frames/1,2", ""),
    ],
)
def test_several_pictures_come_in_parts_that_say_where_each_is(web, path, accept):
    parts = parts_of(web.get(f"{path}/rendered?viewport=8,8", accept))
    places = [part.headers["content-location"].partition("/dicom-web")[2] for part in parts]
    frames = [f"{instance_path(1)}/frames/{number}/rendered" for number in (1, 2)]
    assert places == frames
    for part, place in zip(parts, places, strict=True):
        assert part.headers["content-type"] == "image/jpeg"
        assert part.content == web.get(f"{place}?viewport=8,8").content


def test_the_only_picture_of_a_study_comes_alone_unless_parts_are_wished_for(web):
    answer = web.get(f"{study_path(3)}/rendered", "image/png")
    assert pixels(answer).shape == (16, 16)
    (part,) = parts_of(web.get(f"{study_path(3)}/rendered", 'multipart/related;type="image/png"'))
    assert part.content == answer.content


def test_pictures_that_are_known_are_not_sent_again(web):
    path = f"{study_path(1)}/rendered"
    tag = web.get(path).headers["etag"]
    assert web.get(path, If_None_Match=tag).status_code == 304
    assert web.get(f"{path}?window=1,2", If_None_Match=tag).status_code == 200


def test_what_can_not_be_shown_is_left_out(web):
    web.keep(an_object(4, 1, 1))
    broken = transcode(an_object(4, 1, 2), JPEGLSLossless)
    web.keep(broken[:-40] + bytes(32) + broken[-8:])
    (part,) = parts_of(web.get(f"{study_path(4)}/rendered", "multipart/related; type=image/png"))
    assert instance_path(4, 1, 1) in part.headers["content-location"]


def test_a_part_outside_of_every_picture_is_a_bad_request(web):
    answer = web.get(f"{study_path(1)}/rendered?viewport=8,8,0,0,99,99")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.fixture
def by_uri(web):
    """WADO-URI for an object of the study."""

    def by_uri(series=1, **query):
        named = {
            "requestType": "WADO",
            "studyUID": study_uid(1),
            "seriesUID": series_uid(1, series),
            "objectUID": sop_uid(1, series, 1),
        }
        wanted = {name: value for name, value in (named | query).items() if value}
        return web.http.get("/wado", params=wanted, headers=web.headers)

    return by_uri


def test_an_older_viewer_gets_a_picture_of_an_image(by_uri):
    answer = by_uri(frameNumber="1", rows="32", windowCenter="750", windowWidth="1500")
    assert answer.headers["content-type"] == "image/jpeg"
    assert pixels(answer).shape == (32, 32)
    part = by_uri(contentType="image/png", region="0,0,0.5,0.25", imageQuality="50")
    assert pixels(part).shape == (4, 8)


@pytest.mark.parametrize(
    ("query", "syntax"),
    [
        ({}, "1.2.840.10008.1.2.1"),
        ({"transferSyntax": ImplicitVRLittleEndian}, ImplicitVRLittleEndian),
        ({"transferSyntax": "*"}, JPEGLSLossless),
    ],
)
def test_an_older_viewer_gets_the_object(by_uri, query, syntax):
    answer = by_uri(contentType="application/dicom", **query)
    assert answer.headers["content-type"].startswith("application/dicom;")
    assert dataset(answer.content).file_meta.TransferSyntaxUID == syntax


def test_what_is_no_image_comes_as_it_is(by_uri):
    assert dataset(by_uri(series=2).content).SOPInstanceUID == sop_uid(1, 2, 1)
    assert by_uri(series=2, contentType="image/jpeg").status_code == 406


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"requestType": "WADOO"}, 400),
        ({"objectUID": ""}, 400),
        ({"objectUID": "1.2.3"}, 404),
        ({"anonymize": "yes"}, 400),
        ({"frameNumber": "x"}, 400),
        ({"frameNumber": "9"}, 404),
        ({"windowCenter": "5"}, 400),
        ({"region": "0,0,1"}, 400),
        ({"region": "0,0,1,2"}, 400),
        ({"contentType": "text/html"}, 406),
    ],
)
def test_what_an_older_viewer_asks_wrongly_is_a_problem(by_uri, query, status):
    answer = by_uri(**query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"

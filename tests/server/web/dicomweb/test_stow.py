"""STOW-RS on a running server: what is stored, what is not, and why."""

import gzip
import socket
from http import client
from itertools import chain

import numpy as np
import orjson
import pytest
from pydicom.encaps import generate_frames
from pydicom.uid import ImplicitVRLittleEndian, JPEGLSLossless

from app.dicom.transcode import transcode
from app.domain.access import Role
from app.domain.ingest import StoreOutcome, StoreResult
from app.server.web.dicomweb.multipart import Part, Writer
from app.server.web.dicomweb.store_answer import Outcome, store_answer
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.web.dicomweb.conftest import dataset, instance_path, parts_of, study_path

CT = "1.2.840.10008.5.1.4.1.1.2"
OCTETS = "application/octet-stream"
JSON = "application/dicom+json"
ANY = 'multipart/related; type="application/dicom"; transfer-syntax=*'


@pytest.fixture(scope="module")
def send(http, signed_in):
    """Send parts to /studies and what may come behind it."""

    def send(*parts, media_type="application/dicom", path="/studies", headers=None):
        writer = Writer(media_type)
        said = {**signed_in, "Content-Type": writer.content_type, **(headers or {})}
        body = b"".join(writer.pieces(parts))
        return http.post(f"/dicom-web{path}", content=body, headers=said)

    return send


def a_part(data, content_type="application/dicom", location=""):
    return Part(content_type, [data], location)


def referenced(answer, tag="00081199"):
    """The SOP Instance UIDs of a sequence of the answer, with the reasons where there are some."""
    return [
        (
            item.get("00081155", {}).get("Value", [""])[0],
            item.get("00081197", {}).get("Value", [0])[0],
        )
        for item in answer.json().get(tag, {}).get("Value", [])
    ]


def test_objects_are_stored_and_told_in_their_order(send, web):
    sent = [an_object(1, 1, number) for number in range(1, 21)]
    answer = send(*map(a_part, sent))
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON)
    assert referenced(answer) == [(sop_uid(1, 1, number), 0) for number in range(1, 21)]
    model = answer.json()
    assert model["00081190"]["Value"][0].endswith(f"/dicom-web{study_path(1)}")
    first = model["00081199"]["Value"][0]
    assert first["00081150"] == {"vr": "UI", "Value": [CT]}
    assert first["00081190"]["Value"][0].endswith(f"/dicom-web{instance_path(1)}")
    assert len(parts_of(web.get(study_path(1)))) == 20


def test_the_same_again_is_stored_too(send):
    for _ in range(2):
        answer = send(a_part(an_object(2)))
        assert (answer.status_code, referenced(answer)) == (200, [(sop_uid(2, 1, 1), 0)])


@pytest.mark.logs("object-conflict")
def test_what_is_refused_is_told_beside_what_is_stored(send):
    other = an_object(3, 1, 1, value=9)
    send(a_part(an_object(3, 1, 1)))
    answer = send(
        a_part(an_object(3, 1, 2)),
        a_part(other),
        a_part(b"no object"),
        a_part(an_object(3, 1, 3, StudyInstanceUID=None)),
        a_part(an_object(3, 1, 4)[:-10]),
    )
    assert answer.status_code == 202
    assert referenced(answer) == [(sop_uid(3, 1, 2), 0)]
    assert referenced(answer, "00081198") == [
        (sop_uid(3, 1, 1), 0x0111),
        (sop_uid(3, 1, 3), 0xA900),
    ]
    assert referenced(answer, "0008119A") == [("", 0xC000), ("", 0xC000)]


def test_nothing_stored_is_a_conflict(send):
    answer = send(a_part(b"no object"))
    assert (answer.status_code, referenced(answer, "0008119A")) == (409, [("", 0xC000)])


def test_a_study_takes_only_what_belongs_to_it(send):
    answer = send(a_part(an_object(4)), a_part(an_object(5)), path=study_path(4))
    assert answer.status_code == 202
    assert referenced(answer) == [(sop_uid(4, 1, 1), 0)]
    assert referenced(answer, "00081198") == [(sop_uid(5, 1, 1), 0xA900)]


def test_one_object_may_come_alone(http, signed_in):
    headers = {**signed_in, "Content-Type": "application/dicom"}
    answer = http.post("/dicom-web/studies", content=an_object(6), headers=headers)
    assert (answer.status_code, referenced(answer)) == (200, [(sop_uid(6, 1, 1), 0)])


@pytest.mark.parametrize("content_type", ["application/dicom", "Application/DICOM", ""])
def test_the_type_of_a_part_need_not_be_said(send, content_type):
    answer = send(a_part(an_object(7), content_type))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/pdf"},
        {"Content-Type": 'multipart/related; type="application/dicom+xml"; boundary=x'},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Encoding": "br"},
    ],
)
def test_a_body_of_another_kind_is_not_read(send, headers):
    answer = send(a_part(an_object(8)), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [b"", b"--x--", b"--x\r\n\r\nends early", b"--x\r\n" + b"a" * 20_000],
)
def test_a_broken_body_is_a_bad_request(http, signed_in, body):
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    headers = {**signed_in, "Content-Type": kind}
    answer = http.post("/dicom-web/studies", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_what_came_before_a_broken_end_is_kept(http, signed_in, web):
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    body = b"--x\r\n\r\n" + an_object(9) + b"\r\n--x\r\n\r\nends early"
    headers = {**signed_in, "Content-Type": kind}
    assert http.post("/dicom-web/studies", content=body, headers=headers).status_code == 400
    assert len(parts_of(web.get(study_path(9)))) == 1


def test_a_client_that_goes_away_leaves_the_server_well(http, signed_in):
    connection = http_client(http)
    connection.putrequest("POST", "/dicom-web/studies")
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    for name, value in {**signed_in, "Content-Type": kind, "Content-Length": "9999999"}.items():
        connection.putheader(name, value)
    connection.endheaders(b"--x\r\n\r\n" + bytes(1_000_000))
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert http.get("/health").status_code == 200


def http_client(http):
    return client.HTTPConnection(http.base_url.host, http.base_url.port, timeout=20)


def test_storing_is_told_in_the_audit_trail(send, http, tokens):
    send(a_part(an_object(10)), path=study_path(10))
    headers = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
    told = [
        (entry["actor"], entry["subject"])
        for entry in http.get("/api/audit", headers=headers).json()
        if entry["action"] == "study-stored"
    ]
    assert ("dora", study_uid(10)) in told


def a_model(data):
    """DICOM JSON whose pixel data are fetched apart."""
    ds = dataset(data)
    return ds.to_json_dict(1, lambda element: f"bulk/{element.tag:08x}")


def test_an_object_may_come_as_json_with_its_pixels_apart(send, web):
    sent = an_object(11, value=5)
    answer = send(
        a_part(orjson.dumps([a_model(sent)]), JSON),
        a_part(dataset(sent).PixelData, OCTETS, "bulk/7fe00010"),
        media_type=JSON,
    )
    assert (answer.status_code, referenced(answer)) == (200, [(sop_uid(11, 1, 1), 0)])
    (part,) = parts_of(web.get(instance_path(11), ANY))
    stored = dataset(part.content)
    assert (stored.PatientName, stored.PixelData) == ("Иванов^Пётр", dataset(sent).PixelData)


@pytest.mark.parametrize("said", ["image/jls", f"{OCTETS}; transfer-syntax={JPEGLSLossless}"])
def test_compressed_frames_come_as_parts_of_one_address(send, web, said):
    study = 12 if said == "image/jls" else 13
    values = np.arange(3 * 16 * 16, dtype=np.uint16)
    whole = an_object(study, NumberOfFrames=3, PixelData=values.tobytes())
    sent = transcode(whole, JPEGLSLossless)
    frames = generate_frames(dataset(sent).PixelData, number_of_frames=3)
    answer = send(
        a_part(orjson.dumps([a_model(sent)]), JSON),
        *(a_part(frame, said, "bulk/7fe00010") for frame in frames),
        media_type=JSON,
    )
    assert (answer.status_code, answer.content) == (200, answer.content)
    (part,) = parts_of(web.get(instance_path(study), ANY))
    assert dataset(part.content).file_meta.TransferSyntaxUID == JPEGLSLossless
    decoded = parts_of(web.get(f"{instance_path(study)}/frames/3,1"))
    assert [each.content for each in decoded] == [
        values[512:].tobytes(),
        values[:256].tobytes(),
    ]


def test_what_json_lacks_is_told_for_each_object(send):
    whole = orjson.loads(orjson.dumps(a_model(an_object(14))))
    nameless = {"00100020": {"vr": "LO", "Value": ["1"]}}
    wrong = {**whole, "00080018": {"vr": "UI", "Value": ["1.2.999"]}, "00100010": {"vr": "??"}}
    answer = send(a_part(orjson.dumps([whole, nameless, wrong, 5]), JSON), media_type=JSON)
    assert answer.status_code == 409
    reasons = [
        reason
        for _, reason in chain(*(referenced(answer, tag) for tag in ("00081198", "0008119A")))
    ]
    assert sorted(reasons) == [0xA900, 0xC000, 0xC000, 0xC000]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_json_that_is_none_is_a_bad_request(send, body):
    answer = send(a_part(body, JSON), media_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_large_object_goes_through_the_spool(send, web):
    sent = an_object(15, side=2000, value=3)
    answer = send(a_part(sent), a_part(transcode(an_object(15, 1, 2), ImplicitVRLittleEndian)))
    assert (answer.status_code, len(referenced(answer))) == (200, 2)
    (part,) = parts_of(web.get(instance_path(15), ANY))
    assert dataset(part.content).PixelData == dataset(sent).PixelData


def test_series_of_the_answer_are_those_of_the_objects(send):
    answer = send(a_part(an_object(16, 2, 1)))
    url = answer.json()["00081199"]["Value"][0]["00081190"]["Value"][0]
    assert series_uid(16, 2) in url


def test_a_changed_object_is_stored_with_a_warning():
    result = StoreResult("1.2.3", StoreOutcome.STORED, "1.2", "1.2.1", CT, is_coerced=True)
    status, model = store_answer([Outcome.of(result)], "http://x/studies")
    (item,) = orjson.loads(model)["00081199"]["Value"]
    assert (status, item["00081196"]) == (202, {"vr": "US", "Value": [45056]})


def test_a_body_of_nothing_but_boundaries_is_refused(http, signed_in):
    kind = f'multipart/related; type="{JSON}"; boundary=b'
    body = gzip.compress(b"--b" + b"\r\n\r\n\r\n\r\n--b" * 30_000 + b"--")
    headers = {**signed_in, "Content-Type": kind, "Content-Encoding": "gzip"}
    answer = http.post("/dicom-web/studies", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

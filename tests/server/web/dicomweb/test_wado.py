"""WADO-RS on a running server: objects and frames in every form a client asks for."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
)

from app.dicom.transcode import transcode
from app.domain.access import Role
from tests.server.samples import an_object, sop_uid, study_uid
from tests.server.web.dicomweb.conftest import (
    Dicomweb,
    dataset,
    instance_path,
    parts_of,
    series_path,
    study_path,
)

OCTETS = "application/octet-stream"
ANY_FRAME = f"multipart/related; type={OCTETS}; transfer-syntax=*"
OBJECTS = 'multipart/related; type="application/dicom"; transfer-syntax={}'
DICOM = "application/dicom; transfer-syntax={}"


@pytest.fixture(scope="module")
def study(web) -> dict[str, bytes]:
    """Two series: two CT images, and one of three frames in JPEG-LS; by SOP Instance UID."""
    frames = np.arange(3 * 16 * 16, dtype=np.uint16)
    many = an_object(
        1, 2, 1, NumberOfFrames=3, PixelData=frames.tobytes(), ImagePositionPatient=None
    )
    found = {
        sop_uid(1, 1, 1): an_object(1, 1, 1, value=7),
        sop_uid(1, 1, 2): an_object(1, 1, 2, value=8),
        sop_uid(1, 2, 1): transcode(many, JPEGLSLossless),
    }
    for data in found.values():
        web.keep(data)
    return found


def uids(answer):
    return [str(dataset(part.content).SOPInstanceUID) for part in parts_of(answer)]


def pixels(data):
    return dataset(transcode(data, ExplicitVRLittleEndian)).pixel_array


def body_of(data):
    """A Part 10 file without its meta information, which is written anew."""
    return data[132 + 12 + dataset(data).file_meta.FileMetaInformationGroupLength :]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (study_path(1), [(1, 1, 1), (1, 1, 2), (1, 2, 1)]),
        (series_path(1, 1), [(1, 1, 1), (1, 1, 2)]),
        (instance_path(1, 1, 2), [(1, 1, 2)]),
    ],
)
@pytest.mark.parametrize("accept", ["", "*/*", OBJECTS.format("*")])
def test_a_study_a_series_and_an_instance_come_in_parts(web, study, path, wanted, accept):
    answer = web.get(path, accept)
    assert uids(answer) == [sop_uid(*numbers) for numbers in wanted]
    for part, numbers in zip(parts_of(answer), wanted, strict=True):
        assert part.headers["content-location"].endswith(f"/dicom-web{instance_path(*numbers)}")


def test_what_is_kept_comes_bit_for_bit(web, study):
    for part in parts_of(web.get(study_path(1), OBJECTS.format("*"))):
        sent = study[str(dataset(part.content).SOPInstanceUID)]
        assert body_of(part.content) == body_of(sent)
        syntax = dataset(sent).file_meta.TransferSyntaxUID
        assert part.headers["content-type"] == DICOM.format(syntax)


def test_explicit_little_endian_is_what_a_client_gets_who_names_no_syntax(web, study):
    for part in parts_of(web.get(study_path(1), "multipart/related; type=application/dicom")):
        assert part.headers["content-type"] == DICOM.format(ExplicitVRLittleEndian)
        assert dataset(part.content).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, JPEG2000Lossless])
def test_objects_are_transcoded_to_what_is_asked_for(web, study, syntax):
    (part,) = parts_of(web.get(instance_path(1, 2, 1), OBJECTS.format(syntax)))
    assert part.headers["content-type"] == DICOM.format(syntax)
    assert np.array_equal(pixels(part.content), pixels(study[sop_uid(1, 2, 1)]))


def test_one_object_comes_alone_and_in_ranges(web, study):
    path = instance_path(1, 1, 1)
    whole = web.get(path, DICOM.format("*"))
    assert whole.headers["content-type"] == DICOM.format(ExplicitVRLittleEndian)
    assert whole.headers["accept-ranges"] == "bytes"
    assert body_of(whole.content) == body_of(study[sop_uid(1, 1, 1)])
    some = web.get(path, DICOM.format("*"), Range="bytes=128-131")
    assert (some.status_code, some.content) == (206, b"DICM")
    assert some.headers["content-range"] == f"bytes 128-131/{len(whole.content)}"
    assert web.get(path, DICOM.format("*"), Range="bytes=-2").content == whole.content[-2:]
    late = web.get(path, DICOM.format("*"), Range="bytes=999999-")
    assert (late.status_code, late.json()["code"]) == (416, "range-not-satisfiable")
    assert late.headers["content-range"] == f"bytes */{len(whole.content)}"


def test_an_object_that_is_known_is_not_sent_again(web, study):
    path, accept = instance_path(1, 1, 1), DICOM.format("*")
    tag = web.get(path, accept).headers["etag"]
    again = web.get(path, accept, If_None_Match=f'"x", W/{tag}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = web.get(path, DICOM.format(ImplicitVRLittleEndian))
    assert other.headers["etag"] != tag
    part = web.get(path, accept, Range="bytes=0-1", If_Range='"x"')
    assert part.status_code == 200
    assert web.get(path, accept, Range="bytes=0-1", If_Range=tag).status_code == 206


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (study_path(1), "image/png"),
        (study_path(1), "application/dicom"),
        (instance_path(1), DICOM.format("1.2.840.10008.1.2.4.102")),
        (f"{instance_path(1)}/frames/1", "image/png"),
        (f"{instance_path(1, 2, 1)}/frames/1,2", OCTETS),
    ],
)
def test_what_cannot_be_sent_so_is_a_problem(web, study, path, accept):
    answer = web.get(path, accept)
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize(
    ("path", "accept", "count"),
    [
        (study_path(1), 'application/dicom, multipart/related; type="application/dicom"', 3),
        (study_path(1), "application/*", 3),
        (f"{instance_path(1, 2, 1)}/frames/1,2", f"{OCTETS}, multipart/related; type={OCTETS}", 2),
        (f"{instance_path(1, 2, 1)}/frames/1,2", "image/*", 2),
    ],
)
def test_several_come_in_parts_where_the_client_takes_them_too(web, study, path, accept, count):
    assert len(parts_of(web.get(path, accept))) == count


@pytest.mark.parametrize(
    "path",
    [
        "/studies/1.2.3",
        "/studies/x",
        f"/studies/{study_uid(1)}/series/1.2.3",
        instance_path(1, 1, 9),
        f"{series_path(1, 2)}/instances/{sop_uid(1, 1, 1)}",
        f"{instance_path(1)}/frames/2",
        f"{instance_path(1)}/frames/0",
        f"{instance_path(1)}/frames/1,x",
        f"{instance_path(1)}/frames/1,,1",
        f"{instance_path(1)}/frames/" + "9" * 30,
    ],
)
def test_what_is_not_there_is_not_found(web, study, path):
    answer = web.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("accept", ["", "*/*", f'multipart/related; type="{OCTETS}"', ANY_FRAME])
def test_a_native_frame_comes_as_it_lies_there(web, study, accept):
    (part,) = parts_of(web.get(f"{instance_path(1)}/frames/1", accept))
    assert part.headers["content-type"] == f"{OCTETS}; transfer-syntax={ExplicitVRLittleEndian}"
    assert part.content == np.full((16, 16), 7, np.uint16).tobytes()


def test_frames_come_in_the_order_they_are_asked_for(web, study):
    answer = web.get(f"{instance_path(1, 2, 1)}/frames/3,1")
    frames = np.arange(3 * 16 * 16, dtype=np.uint16).reshape(3, -1)
    assert [part.content for part in parts_of(answer)] == [frames[2].tobytes(), frames[0].tobytes()]


def test_a_frame_that_is_named_twice_is_refused(web, study):
    for path in ("frames/1,2,1", "frames/1,01", "frames/1,1/rendered"):
        answer = web.get(f"{instance_path(1, 2, 1)}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), path


def test_many_large_frames_are_made_while_they_are_sent(http, signed_in):
    large = Dicomweb(http, signed_in)
    frames = np.arange(12, dtype=np.uint16).repeat(512 * 512)
    many = an_object(4, NumberOfFrames=12, PixelData=frames.tobytes(), side=512)
    large.keep(transcode(many, JPEGLSLossless))
    numbers = ",".join(map(str, range(12, 0, -1)))
    answer = large.get(f"{instance_path(4)}/frames/{numbers}")
    assert "content-length" not in answer.headers
    values = [np.frombuffer(part.content, np.uint16) for part in parts_of(answer)]
    assert [int(each[0]) for each in values] == list(range(11, -1, -1))
    few = large.get(f"{instance_path(4)}/frames/1,2")
    assert int(few.headers["content-length"]) == len(few.content)


def test_a_compressed_frame_comes_as_it_is_kept(web, study):
    ds = dataset(study[sop_uid(1, 2, 1)])
    kept = list(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=3))[1]
    for accept, media_type in (
        (ANY_FRAME, OCTETS),
        ("multipart/related; type=image/jls", "image/jls"),
        ("multipart/related; type=image/*; transfer-syntax=*", "image/jls"),
    ):
        (part,) = parts_of(web.get(f"{instance_path(1, 2, 1)}/frames/2", accept))
        assert part.headers["content-type"] == f"{media_type}; transfer-syntax={JPEGLSLossless}"
        assert part.content == kept


def test_a_frame_comes_alone_in_another_syntax_and_in_ranges(web, study):
    path = f"{instance_path(1, 2, 1)}/frames/2"
    whole = web.get(path, "image/jp2")
    assert whole.headers["content-type"] == f"image/jp2; transfer-syntax={JPEG2000Lossless}"
    assert web.get(path, "image/jp2", Range="bytes=0-1").content == b"\xff\x4f"


def test_an_accept_in_the_query_is_heard(web, study):
    answer = web.get(f"{instance_path(1)}/frames/1?accept={OCTETS}", "image/png")
    assert answer.headers["content-type"].startswith(OCTETS)


@pytest.mark.logs("sent-as-kept")
def test_pixels_that_cannot_be_decoded_are_sent_as_they_are_kept_and_said_to_be(web):
    broken = transcode(an_object(2, 1, 1), JPEGLSLossless)
    web.keep(broken[:-40] + bytes(32) + broken[-8:])
    web.keep(an_object(2, 1, 2))
    first, second = parts_of(web.get(study_path(2)))
    assert first.headers["content-type"] == DICOM.format(JPEGLSLossless)
    assert second.headers["content-type"] == DICOM.format(ExplicitVRLittleEndian)
    alone = web.get(instance_path(2), DICOM.format(ExplicitVRLittleEndian))
    assert (alone.status_code, alone.json()["code"]) == (406, "untranscodable")


def test_reading_is_told_once_in_the_audit_trail(web, study, tokens):
    for _ in range(3):
        web.get(study_path(1))
        web.get(f"{instance_path(1)}/frames/1")
    web.get("/studies/1.2.3")
    headers = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
    entries = web.http.get("/api/audit", headers=headers).json()
    told = [
        (entry["actor"], entry["subject"])
        for entry in entries
        if entry["action"] == "study-read" and entry["subject"] in (study_uid(1), "1.2.3")
    ]
    assert told == [("dora", study_uid(1))]


def test_a_head_is_the_answer_without_its_body(web, study):
    answer = web.http.head(f"/dicom-web{study_path(1)}", headers=web.headers)
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_proxy_may_say_where_the_client_found_us(web, study):
    answer = web.get(
        instance_path(1), "", X_Forwarded_Proto="https", X_Forwarded_Host="pacs.example"
    )
    (part,) = parts_of(answer)
    location = f"https://pacs.example/dicom-web{instance_path(1)}"
    assert part.headers["content-location"] == location


def test_a_large_study_is_streamed_whole(http, signed_in):
    large = Dicomweb(http, signed_in)
    for number in range(1, 9):
        large.keep(an_object(3, 1, number, value=number, side=700))
    for syntax in ("*", ImplicitVRLittleEndian):
        parts = parts_of(large.get(study_path(3), OBJECTS.format(syntax)))
        values = [int(dataset(part.content).pixel_array[0, 0]) for part in parts]
        assert values == list(range(1, 9))

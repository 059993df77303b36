"""Wrong group lengths are not kept (PS3.5 7.2); the object is known when it comes again."""

import hashlib
import io
import struct
import zlib

import pydicom
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from app.dicom import part10
from app.dicom.header import read_object
from app.dicom.part10 import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT
from app.dicom.transcode import transcode
from app.domain.ingest import StoreOutcome
from app.server.store import tables
from tests.server.samples import an_object, sop_uid
from tests.server.stored import object_file

IDENTIFYING, PIXELS = 0x0008, 0x7FE0


@pytest.fixture
def store(ingest, doctor, source):
    return lambda data: ingest.store(doctor, source, data)


@pytest.fixture
def kept(database, objects, doctor):
    return lambda: object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes()


def group_length(number: int, says: int, *, explicit: bool = True, order: str = "<") -> bytes:
    head = struct.pack(
        f"{order}HH2sH" if explicit else "<HHI", number, 0, *((b"UL", 4) if explicit else (4,))
    )
    return head + struct.pack(f"{order}I", says)


def start_of(data: bytes) -> int:
    """Where the data set begins."""
    return 144 + int.from_bytes(data[140:144], "little")


def with_length(data: bytes, says: int, **written) -> bytes:
    """`data` that begins with a group length of its first group."""
    start = start_of(data)
    return data[:start] + group_length(IDENTIFYING, says, **written) + data[start:]


def true_length(data: bytes) -> int:
    """Bytes of the elements of the first group in explicit little endian."""
    start, end = start_of(data), data.index(struct.pack("<HH2s", 0x0010, 0x0010, b"PN"))
    return end - start


def test_a_wrong_one_goes_and_the_object_is_known_when_it_comes_again(store, database, kept):
    sent = with_length(an_object(), 99_999)
    result = store(sent)
    assert (result.outcome, result.is_coerced) == (StoreOutcome.STORED, False)
    stored = kept()
    assert stored == kept_as_it_came(an_object())
    with database.read() as connection:
        row = connection.execute(sa.select(tables.instance)).one()
    assert row.sha256 == hashlib.sha256(stored).hexdigest() != row.received_sha256
    assert stored[row.pixel_offset :] == pydicom.dcmread(io.BytesIO(sent)).PixelData
    for again in (sent, an_object()):
        assert store(again).outcome is StoreOutcome.DUPLICATE


def kept_as_it_came(data: bytes) -> bytes:
    parsed = read_object(data)
    return parsed.head + data[parsed.data_start :]


def test_right_ones_stay_as_they_came(store, kept):
    sent = with_length(an_object(), true_length(an_object()))
    store(sent)
    assert kept() == kept_as_it_came(sent)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_they_are_read_in_every_encoding(syntax):
    data = transcode(an_object(), syntax)
    wrong = with_length(
        data, 1, explicit=syntax != IMPLICIT, order=">" if syntax == BIG_ENDIAN else "<"
    )
    assert not read_object(data).has_wrong_group_lengths
    assert read_object(wrong).has_wrong_group_lengths


def test_one_of_the_pixels_goes_too(store, kept):
    data = an_object()
    pixels = data.rindex(struct.pack("<HH2s", PIXELS, 0x0010, b"OW"))
    size = len(data) - pixels
    right, wrong = (
        data[:pixels] + group_length(PIXELS, says) + data[pixels:] for says in (size, size + 2)
    )
    assert not read_object(right).has_wrong_group_lengths
    store(wrong)
    assert kept() == kept_as_it_came(data)


def test_a_deflated_object_is_deflated_again(store, kept):
    plain, deflated = an_object(), transcode(an_object(), DEFLATED)
    data_set = with_length(plain, 1)[start_of(plain) :]
    store(deflated[: start_of(deflated)] + part10.deflated(data_set))
    assert zlib.decompress(kept()[start_of(kept()) :], -15) == plain[start_of(plain) :]


def test_a_preamble_that_is_emptied_is_told(store, kept):
    """As one that makes a program of the file (CVE-2019-11687)."""
    with capture_logs() as lines:
        store(b"MZ" + an_object()[2:])
        store(an_object(2))
    told = [line for line in lines if line["event"] == "preamble-emptied"]
    assert [line["sop_instance_uid"] for line in told] == [sop_uid(1, 1, 1)]
    assert kept()[:128] == bytes(128)

"""Objects that are described by DICOM JSON: what their large values may be."""

import pytest

from app.domain.errors import InvalidError
from app.domain.ingest import RefusalReason, RefusedObjectError
from app.server.store.spool import Spool
from app.server.web.dicomweb.models import MAX_CONTAINERS, MAX_JSON, Described, Models
from app.server.web.dicomweb.received import Received

NAMED = {
    "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"]},
    "00080018": {"vr": "UI", "Value": ["1.2.3"]},
}
LIMIT = 10_000


@pytest.fixture
def bulk(tmp_path):
    """A part of 1,000 bytes, and three frames of as many."""
    spool = Spool(tmp_path)

    def received(media_type):
        incoming = spool.incoming(LIMIT)
        incoming.append(bytes(1_000))
        return Received({"content-type": media_type}, incoming)

    return {
        "value": [received("application/octet-stream")],
        "frames": [received("image/jls") for _ in range(3)],
    }


def referring(count, address="value"):
    return {f"0011{0x1000 + i:04X}": {"vr": "OB", "BulkDataURI": address} for i in range(count)}


def described(bulk, *models, max_size=LIMIT):
    model = {name: each for part in models for name, each in part.items()}
    return Described(NAMED | model, bulk, max_size)


def test_values_have_room_up_to_the_limit(bulk):
    assert described(bulk, referring(10)).content().count(bytes(1_000)) >= 10


def in_items(model):
    return {
        "00081140": {"vr": "SQ", "Value": [model, {"00081140": {"vr": "SQ", "Value": [model]}}]}
    }


@pytest.mark.parametrize(
    "models",
    [
        [referring(11)],
        [referring(6), in_items(referring(3))],
        [referring(8), {"7FE00010": {"vr": "OB", "BulkDataURI": "frames"}}],
    ],
    ids=["values", "items", "frames"],
)
def test_values_are_counted_together_however_often_a_part_is_named(bulk, models):
    with pytest.raises(RefusedObjectError) as refused:
        described(bulk, *models).content()
    assert refused.value.reason is RefusalReason.TOO_LARGE


@pytest.fixture
def read(tmp_path):
    """What `Models` finds in parts of JSON."""
    spool = Spool(tmp_path)

    def read(*parts):
        models = Models()
        for data in parts:
            incoming = spool.incoming(MAX_JSON + 1)
            incoming.append(data)
            models.take(Received({"content-type": "application/dicom+json"}, incoming))
        return models.found

    return read


def test_models_come_in_several_parts(read):
    assert read(b'[{"a":1},{}]', b'{"b":2}', b"5") == [{"a": 1}, {}, {"b": 2}, 5]


@pytest.mark.parametrize(
    "parts",
    [
        [b"{", b"{}"],
        [b"[" + b"{}," * MAX_CONTAINERS + b"{}]"],
        [b"[" + b"[]," * (MAX_CONTAINERS // 2) + b"{}]"] * 2,
        [b'"' + b" " * (MAX_JSON // 2) + b'"'] * 2,
    ],
    ids=["broken", "objects", "lists", "bytes"],
)
def test_more_than_can_be_held_is_not_read(read, parts):
    with pytest.raises(InvalidError):
        read(*parts)


def test_a_value_that_was_not_sent_is_told(bulk):
    with pytest.raises(InvalidError):
        described(bulk, referring(1, "elsewhere")).content()

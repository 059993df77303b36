"""Remote nodes: what a record may say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.nodes import RemoteNode, is_ae_title

CT_ROOM = RemoteNode("CT ROOM/1", "192.168.1.7", 104)


@pytest.mark.parametrize(
    "node",
    [
        RemoteNode("SENDS_ONLY"),
        CT_ROOM,
        replace(CT_ROOM, host="ct-room.clinic.local", host_is_checked=True, tls=True),
        replace(CT_ROOM, host="fe80::1%eth0", character_set="\\ISO 2022 IR 144"),
        replace(CT_ROOM, preferred_transfer_syntax="1.2.840.10008.1.2.4.80"),
    ],
)
def test_a_sound_record_is_kept(node):
    node.check()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ae_title", ""),
        ("ae_title", "A" * 17),
        ("ae_title", " CT"),
        ("ae_title", "CT\\1"),
        ("ae_title", "ТОМОГРАФ"),
        ("ae_title", ".."),
        ("host", "ct room"),
        ("host", "http://ct"),
        ("port", -1),
        ("port", 65536),
        ("preferred_transfer_syntax", "JPEG"),
        ("character_set", "ISO_IR 100\n"),
        ("description", "x" * 201),
    ],
)
def test_a_broken_field_is_named(field, value):
    with pytest.raises(InvalidError, match=field):
        replace(CT_ROOM, **{field: value}).check()


def test_a_host_that_is_checked_must_be_known():
    with pytest.raises(InvalidError, match="host"):
        RemoteNode("CT", host_is_checked=True).check()


@given(st.text(max_size=20))
def test_a_title_is_one_by_the_rules_of_its_value_representation(text):
    is_allowed = (
        0 < len(text) <= 16
        and text == text.strip()
        and all(" " <= letter <= "~" and letter != "\\" for letter in text)
        and any(letter.isalnum() for letter in text)
    )
    assert is_ae_title(text) == is_allowed

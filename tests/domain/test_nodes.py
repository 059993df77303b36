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
        replace(CT_ROOM, dicomweb_url="https://pacs.example:8443/dicom-web", dicomweb_user="us"),
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
        ("dicomweb_url", "ftp://pacs"),
        ("dicomweb_url", "https://"),
        ("dicomweb_url", "https://user:word@pacs"),
        ("dicomweb_url", "https://pacs?x=1"),
        ("dicomweb_url", "https://pacs#x"),
        ("dicomweb_url", "https://pacs:99999"),
        ("dicomweb_url", "https://pacs:0"),
        ("dicomweb_url", "https://pacs/ x"),
        ("dicomweb_url", "https://клиника"),
        ("dicomweb_url", "https://pacs/" + "x" * 500),
        ("dicomweb_user", "x" * 201),
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


@pytest.mark.parametrize(
    ("node", "is_searchable"),
    [
        (RemoteNode("A", "pacs", 104, is_archive=True), True),
        (RemoteNode("A", dicomweb_url="https://pacs", is_archive=True), True),
        (RemoteNode("A", is_archive=True), False),
        (RemoteNode("A", "pacs", 104), False),
    ],
)
def test_an_archive_is_searched_by_dicom_or_dicomweb(node, is_searchable):
    assert node.is_searchable == is_searchable


@pytest.mark.parametrize(
    ("url", "keeps"),
    [
        ("https://pacs/x", True),
        ("http://localhost:8042", True),
        ("http://127.0.0.1:8042", True),
        ("http://[::1]/x", True),
        ("http://pacs", False),
        ("http://127.0.0.1.evil", False),
        ("", False),
    ],
)
def test_secrets_go_encrypted_or_nowhere_else(url, keeps):
    assert RemoteNode("A", dicomweb_url=url).keeps_secrets == keeps


def test_another_path_is_the_same_site_and_another_host_or_scheme_is_not():
    node = RemoteNode("A", dicomweb_url="https://pacs/a")
    assert node.is_same_site(replace(node, dicomweb_url="https://pacs/b"))
    for url in ("http://pacs/a", "https://pacs:8443/a", "https://other/a", ""):
        assert not node.is_same_site(replace(node, dicomweb_url=url))

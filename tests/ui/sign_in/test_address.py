"""Addresses of servers as people type them."""

import pytest

from app.domain.errors import InvalidError
from app.ui.sign_in.address import is_private, normalised


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pacs.clinic.local", "http://pacs.clinic.local:8042"),
        (" 192.168.1.5 ", "http://192.168.1.5:8042"),
        ("pacs:9000", "http://pacs:9000"),
        ("http://pacs/", "http://pacs"),
        ("https://pacs.clinic.de", "https://pacs.clinic.de"),
        ("https://pacs.clinic.de:8443/klinika/", "https://pacs.clinic.de:8443/klinika"),
        ("[fe80::1]", "http://[fe80::1]:8042"),
    ],
)
def test_an_address_is_completed_as_it_was_meant(typed, meant):
    assert normalised(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "ftp://pacs", "two words", "http://", "pacs:port", "http://me:pw@pacs"]
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(InvalidError):
        normalised(typed)


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("https://pacs.clinic.de", True),
        ("http://127.0.0.1:8042", True),
        ("http://localhost:8042", True),
        ("http://[::1]:8042", True),
        ("http://pacs.clinic.local:8042", False),
        ("http://192.168.1.5:8042", False),
    ],
)
def test_only_encryption_and_this_computer_are_private(address, private):
    assert is_private(address) is private

"""Remembered sessions: only in stores that encrypt."""

import pytest
from keyring.errors import KeyringError

from app.ui.sign_in.memory import SessionMemory
from tests.ui.sign_in.store import Store


class LockedStore(Store):
    """A store the person did not unlock."""

    def get_password(self, *_asked):
        raise KeyringError("locked")

    set_password = delete_password = get_password


def test_a_token_is_kept_for_each_server():
    memory = SessionMemory(Store())
    memory.keep("", "local token")
    memory.keep("http://pacs:8042", "clinic token")
    assert memory.available
    assert memory.recall("") == "local token"
    memory.forget("")
    assert memory.recall("") == ""
    assert memory.recall("http://pacs:8042") == "clinic token"


def test_forgetting_what_was_never_kept_is_no_error():
    SessionMemory(Store()).forget("http://pacs:8042")


def test_without_a_store_nothing_is_kept():
    memory = SessionMemory(None)
    memory.keep("", "token")
    assert not memory.available
    assert memory.recall("") == ""


@pytest.mark.logs("password-store-failed")
def test_a_locked_store_remembers_nothing_and_breaks_nothing():
    memory = SessionMemory(LockedStore())
    memory.keep("", "token")
    assert memory.recall("") == ""

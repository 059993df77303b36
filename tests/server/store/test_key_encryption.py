"""Where the key of the data keys comes from, and what is said when it can't be had."""

import base64
import sys

import pytest
from keyring.errors import KeyringError

from app.domain.errors import ConfigurationError, DamagedError
from app.server.store import key_encryption
from app.server.store.key_encryption import LocalKey, keep_in_keyring, key_of, new_key
from tests.ui.sign_in.store import Store

SECRET = bytes(range(32))


def test_a_file_and_a_variable_hold_the_same_key(tmp_path, monkeypatch):
    key = new_key()
    (tmp_path / "key").write_text(key + "\n")
    monkeypatch.setenv("ARCHIVE_KEY", key)
    of_file, of_variable = key_of(f"file:{tmp_path / 'key'}"), key_of("env:ARCHIVE_KEY")
    assert of_file.id == of_variable.id
    assert of_variable.unwrap(of_file.wrap(SECRET, "1"), "1") == SECRET


def test_a_data_key_opens_under_its_own_name_and_key_alone():
    one, other = LocalKey.of(bytes(32)), LocalKey.of(SECRET)
    wrapped = one.wrap(SECRET, "1")
    assert SECRET not in wrapped
    assert one.id != other.id
    for key, name in ((other, "1"), (one, "2")):
        with pytest.raises(DamagedError):
            key.unwrap(wrapped, name)


def test_nothing_shows_the_key_itself():
    assert repr(LocalKey.of(SECRET)) == f"LocalKey(id={LocalKey.of(SECRET).id!r})"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"too short", "must hold 32 bytes in base64"),
        (base64.b64encode(bytes(16)), "must hold 32 bytes in base64"),
        (b"\xff\xfe", "must hold 32 bytes in base64"),
        (None, "No such file"),
    ],
)
def test_a_file_without_a_key_is_told(tmp_path, content, expected):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigurationError, match=expected):
        key_of(f"file:{tmp_path / 'key'}")


@pytest.mark.parametrize("setting", ["/etc/key", "file:", "vault:", "kms:x"])
def test_what_names_no_place_is_told_with_those_there_are(setting):
    with pytest.raises(ConfigurationError, match=r"file:…, env:…, keyring:…, vault:…"):
        key_of(setting)


def test_a_variable_that_is_not_there_is_told(monkeypatch):
    monkeypatch.delenv("ARCHIVE_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="no such variable"):
        key_of("env:ARCHIVE_KEY")


def test_the_keyring_keeps_a_key_and_never_loses_it_to_another(monkeypatch):
    store = Store()
    monkeypatch.setattr(key_encryption, "safe_backend", lambda: store)
    with pytest.raises(ConfigurationError, match="klinika keys new --keyring clinic"):
        key_of("keyring:clinic")
    keep_in_keyring("clinic", new_key())
    kept = key_of("keyring:clinic").id
    with pytest.raises(ConfigurationError, match="already"):
        keep_in_keyring("clinic", new_key())
    assert key_of("keyring:clinic").id == kept


def test_a_machine_without_a_keyring_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)  # as on a server, where it isn't installed
    with pytest.raises(ConfigurationError, match="no password store"):
        key_of("keyring:clinic")


def test_a_locked_keyring_is_told(monkeypatch):
    class Locked(Store):
        def get_password(self, *_asked):
            raise KeyringError("locked")

    monkeypatch.setattr(key_encryption, "safe_backend", Locked)
    with pytest.raises(ConfigurationError, match="locked"):
        key_of("keyring:clinic")

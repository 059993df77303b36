"""Data keys wrapped by Vault, whose double says why it is one."""

import pytest

from app.domain.errors import ConfigurationError, UnavailableError
from app.server.store import vault as module
from app.server.store.key_encryption import key_of
from tests.server.store.vault_double import a_vault

SECRET = bytes(range(32))


@pytest.fixture
def vault(monkeypatch):
    with a_vault() as running:
        monkeypatch.setenv(module.TOKEN, running.token)
        yield running


def test_vault_wraps_and_unwraps(vault):
    key = key_of(f"vault:{vault.address}/transit/klinika")
    wrapped = key.wrap(SECRET, "1")
    assert wrapped.startswith(b"vault:v1:")
    assert key.unwrap(wrapped, "1") == SECRET
    assert key.id == "vault:transit/klinika"
    with pytest.raises(UnavailableError, match="status 400"):
        key.unwrap(wrapped, "2")


@pytest.mark.parametrize("token", [None, "expired"])
def test_a_token_without_the_right_is_told(vault, monkeypatch, token):
    monkeypatch.delenv(module.TOKEN)
    if token:
        monkeypatch.setenv(module.TOKEN, token)
    key = key_of(f"vault:{vault.address}/transit/klinika")
    with pytest.raises(UnavailableError, match="403"):
        key.wrap(SECRET, "1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": null}'])
def test_what_is_no_answer_of_vault_is_told(vault, body):
    vault.body = body
    key = key_of(f"vault:{vault.address}/transit/klinika")
    with pytest.raises(UnavailableError, match="does not answer"):
        key.wrap(SECRET, "1")


def test_a_vault_that_is_not_there_is_told():
    gone = key_of("vault:http://127.0.0.1:1/transit/klinika")
    with pytest.raises(UnavailableError, match="ConnectError"):
        gone.wrap(SECRET, "1")


@pytest.mark.parametrize("address", ["vault.clinic", "https://vault.clinic", "https://h/transit"])
def test_an_address_without_a_key_is_told(address):
    with pytest.raises(ConfigurationError, match="https://host:8200/transit/NAME"):
        key_of(f"vault:{address}")


def test_an_authority_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv(module.AUTHORITY, str(tmp_path / "gone.pem"))
    with pytest.raises(ConfigurationError, match="VAULT_CACERT"):
        key_of("vault:https://vault.clinic:8200/transit/klinika")

"""The system's password store: only what encrypts is used."""

import sys

import pytest
from keyring import backend
from keyring.backends.fail import Keyring as NoKeyring

from app.auth.password_store import SAFE_BACKENDS, safe_backend


def test_without_the_library_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert safe_backend() is None


def test_the_best_that_encrypts_is_used(monkeypatch):
    def a_backend(module, priority):
        return type("Keyring", (), {"__module__": module, "priority": priority})()

    best = a_backend("keyring.backends.kwallet", 5)
    others = [a_backend("keyrings.alt.file", 9), a_backend("keyring.backends.SecretService", 4)]
    monkeypatch.setattr(backend, "get_all_keyring", lambda: [*others, best])
    assert safe_backend() is best
    monkeypatch.setattr(backend, "get_all_keyring", lambda: others[:1])
    assert safe_backend() is None


@pytest.mark.parametrize("backend", [NoKeyring])
def test_a_store_that_keeps_plain_text_is_never_used(backend):
    assert not backend.__module__.startswith(SAFE_BACKENDS)
    assert not any("alt" in name for name in SAFE_BACKENDS)

"""Keys that encrypt the data keys of objects: of a file, the environment, the keyring, or Vault.

Such a key never lies beside what it encrypts. A setting names where it is: `file:PATH`, `env:NAME`,
`keyring:NAME`, or `vault:` with the address of a key of HashiCorp Vault's transit engine. All but
the last hold 32 bytes in base64.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.auth.password_store import Backend, safe_backend
from app.domain.errors import ConfigurationError, DamagedError

KEY_SIZE = 32
NONCE_SIZE = 12
ID_SIZE = 8
SERVICE = "klinika-archive"
"""Under which name the system's keyring has the keys of archives."""


class KeyEncryptionKey(Protocol):
    """What wraps data keys; `id` names it beside each of them, and tells nothing of it."""

    @property
    def id(self) -> str: ...

    def wrap(self, secret: bytes, name: str) -> bytes:
        """`secret`, encrypted for that name. Raises UnavailableError."""
        ...

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """What was wrapped for that name. Raises UnavailableError, or DamagedError: it was not."""
        ...


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A key that this process knows."""

    id: str
    _key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "LocalKey":
        """The key of these 32 bytes."""
        number = HKDF(SHA256(), ID_SIZE, None, b"klinika key-encryption key: id").derive(key)
        return cls(f"local:{number.hex()}", key)

    def wrap(self, secret: bytes, name: str) -> bytes:
        """By AES-256-GCM, behind its nonce."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + AESGCM(self._key).encrypt(nonce, secret, name.encode())

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """What was wrapped for that name. Raises DamagedError."""
        nonce, sealed = wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:]
        try:
            return AESGCM(self._key).decrypt(nonce, sealed, name.encode())
        except InvalidTag:
            raise DamagedError(f"{self.id} does not open a data key of objects") from None


def new_key() -> str:
    """A random key as a file, a variable or the keyring holds it."""
    return base64.b64encode(secrets.token_bytes(KEY_SIZE)).decode()


def key_of(setting: str) -> KeyEncryptionKey:
    """The key that a setting names. Raises ConfigurationError, which says what is wrong."""
    kind, _, place = setting.partition(":")
    if kind == "vault" and place:
        from app.server.store.vault import VaultKey

        return VaultKey.of(place)
    if kind not in SOURCES or not place:
        known = ", ".join(f"{each}:…" for each in (*SOURCES, "vault"))
        raise ConfigurationError(f"encryption key: neither of {known}")
    text = SOURCES[kind](place)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_SIZE:
        raise ConfigurationError(
            f"encryption key {kind}:{place}: it must hold {KEY_SIZE} bytes in base64;"
            " `klinika keys new` makes one"
        )
    return LocalKey.of(key)


def keep_in_keyring(name: str, key: str) -> None:
    """Put a new key into the system's keyring. Raises ConfigurationError, also when it has one."""
    with _keyring(name) as keyring:
        if keyring.get_password(SERVICE, name):
            raise ConfigurationError(f"the keyring has a key {name!r} already")
        keyring.set_password(SERVICE, name, key)


def _of_file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError as error:
        raise ConfigurationError(f"encryption key file:{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        return ""


def _of_environment(name: str) -> str:
    if name not in os.environ:
        raise ConfigurationError(f"encryption key env:{name}: there is no such variable")
    return os.environ[name]


def _of_keyring(name: str) -> str:
    with _keyring(name) as keyring:
        found = keyring.get_password(SERVICE, name)
    if not found:
        raise ConfigurationError(
            f"encryption key keyring:{name}: the keyring has none of this name;"
            f" `klinika keys new --keyring {name}` makes one"
        )
    return found


@contextmanager
def _keyring(name: str) -> Iterator[Backend]:
    keyring = safe_backend()
    if keyring is None:
        raise ConfigurationError(
            f"encryption key keyring:{name}: this machine has no password store that encrypts"
        )
    from keyring.errors import KeyringError

    try:
        yield keyring
    except KeyringError as error:
        raise ConfigurationError(f"encryption key keyring:{name}: {error}") from error


SOURCES = {"file": _of_file, "env": _of_environment, "keyring": _of_keyring}

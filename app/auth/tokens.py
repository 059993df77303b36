"""Tokens: signed access tokens of some minutes, and random refresh tokens kept only as hashes."""

import hashlib
import hmac
import os
import secrets
import tempfile
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.domain.errors import ConfigurationError, UnauthenticatedError

ALGORITHM = "EdDSA"
ISSUER = "klinika"
AUDIENCE = "klinika-api"
MAX_TOKEN = 4096
MOST_KNOWN = 1024
"""Tokens whose signatures need not be checked once more."""
CHAIN = b"klinika refresh tokens"
"""What the key signs to make the secret that refresh tokens follow each other by."""
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says: the account's name and the session it belongs to."""

    username: str
    session_id: str


class Signer:
    """Issues and checks access tokens with one Ed25519 key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public_key = key.public_key()
        self._chain = hashlib.sha256(key.sign(CHAIN)).digest()
        # The same token comes with each of thousands of requests.
        self._known = lru_cache(MOST_KNOWN)(self._decoded)

    def issue(self, claims: Claims, *, now: datetime, life: timedelta) -> str:
        """An access token that is valid from `now` for `life`."""
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": claims.username,
            "sid": claims.session_id,
            "iat": now,
            "exp": now + life,
        }
        return jwt.encode(payload, self._key, algorithm=ALGORITHM)

    def check(self, token: str) -> Claims:
        """What `token` says. Raises UnauthenticatedError unless it is ours and still valid."""
        claims, ends_at = self._known(token)
        if time.time() >= ends_at:
            raise UnauthenticatedError("access token: expired")
        return claims

    def _decoded(self, token: str) -> tuple[Claims, float]:
        """What a token says, and when it ends, in seconds since 1970."""
        if len(token) > MAX_TOKEN:
            raise UnauthenticatedError("access token too long")
        try:
            payload = jwt.decode(
                token,
                self._public_key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": REQUIRED},
            )
        except jwt.InvalidTokenError as error:
            raise UnauthenticatedError(f"access token: {type(error).__name__}") from error
        return Claims(str(payload["sub"]), str(payload["sid"])), float(payload["exp"])

    def following(self, token: "RefreshToken") -> "RefreshToken":
        """The refresh token after `token`: always the same, and known to nobody without the key."""
        digest = hmac.digest(self._chain, token.text.encode(), "sha256")
        return RefreshToken(token.session_id, urlsafe_b64encode(digest).decode().rstrip("="))


def load_key(file: Path) -> Ed25519PrivateKey:
    """The signing key in `file`, which is made with mode 0600 when it is not there.

    Raises ConfigurationError when the file holds no such key.
    """
    if not file.exists():
        _create_key(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except ValueError as error:
        raise ConfigurationError(f"{file} holds no key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{file} holds another kind of key")
    return key


def _create_key(file: Path) -> None:
    """Write a new key whole or not at all; the temporary file has mode 0600 from the start."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(descriptor, "wb") as new:
        new.write(pem)
        new.flush()
        os.fsync(new.fileno())
    Path(name).replace(file)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token: the session it renews and a secret that is used once."""

    session_id: str
    secret: str

    @classmethod
    def new(cls, session_id: str) -> "RefreshToken":
        """A token with a fresh secret for `session_id`."""
        return cls(session_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """The token in `text`. Raises UnauthenticatedError when it is none."""
        session_id, separator, secret = text.partition(".")
        if not separator or not session_id or not secret or len(text) > MAX_TOKEN:
            raise UnauthenticatedError("not a refresh token")
        return cls(session_id, secret)

    @property
    def text(self) -> str:
        """The token as the client keeps it."""
        return f"{self.session_id}.{self.secret}"

    @property
    def hash(self) -> str:
        """What the server keeps; the secret is random, so that a plain SHA-256 is enough."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def has_hash(self, stored: str) -> bool:
        """Whether this is the token whose hash was stored."""
        return hmac.compare_digest(self.hash, stored)


def new_session_id() -> str:
    """A random session id of 32 hexadecimal digits."""
    return secrets.token_hex(16)

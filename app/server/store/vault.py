"""A key that never leaves HashiCorp Vault: its transit engine wraps and unwraps for us.

https://developer.hashicorp.com/vault/api-docs/secret/transit. Vault versions the key by itself:
what it wrapped under an older version opens until its operator forbids it.
"""

import base64
import os
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from app.domain.errors import ConfigurationError, UnavailableError

TIMEOUT_S = 5
TOKEN = "VAULT_TOKEN"  # noqa: S105 - the name of Vault's own variable
AUTHORITY = "VAULT_CACERT"


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The key `name` of the transit engine that is mounted at `mount`, as in Vault's addresses."""

    mount: str
    name: str
    _origin: str
    _token: str | None = field(repr=False)
    _trust: ssl.SSLContext = field(repr=False)

    @classmethod
    def of(cls, address: str) -> "VaultKey":
        """The key at `https://host:8200/MOUNT/NAME`; Vault's own variables say the rest.

        VAULT_TOKEN is the token, unset where Vault's agent adds it; VAULT_CACERT a PEM file with
        the authority of its certificate. Raises ConfigurationError.
        """
        parts = urlsplit(address)
        mount, _, name = parts.path.strip("/").rpartition("/")
        if parts.scheme not in ("http", "https") or not parts.netloc or not mount or not name:
            raise ConfigurationError(
                f"encryption key vault:{address}: it must be https://host:8200/transit/NAME"
            )
        try:
            trust = ssl.create_default_context(cafile=os.environ.get(AUTHORITY))
        except OSError as error:
            raise ConfigurationError(f"{AUTHORITY}: {error.strerror}") from error
        origin = f"{parts.scheme}://{parts.netloc}"
        return cls(mount, name, origin, os.environ.get(TOKEN), trust)

    @property
    def id(self) -> str:
        """Without the host, which may change."""
        return f"vault:{self.mount}/{self.name}"

    def wrap(self, secret: bytes, name: str) -> bytes:
        """By Vault; `name` is authenticated with it. Raises as `_asked`."""
        told = self._asked("encrypt", "ciphertext", plaintext=_text(secret), name=name)
        return told.encode()

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """By Vault. Raises as `_asked`."""
        told = self._asked("decrypt", "plaintext", ciphertext=wrapped.decode(), name=name)
        return base64.b64decode(told)

    def _asked(self, operation: str, wanted: str, *, name: str, **question: str) -> str:
        """What Vault answers. Raises UnavailableError."""
        question["associated_data"] = _text(name.encode())
        try:
            answer = httpx.post(
                f"{self._origin}/v1/{self.mount}/{operation}/{self.name}",
                json=question,
                headers={"X-Vault-Token": self._token} if self._token else None,
                timeout=TIMEOUT_S,
                verify=self._trust,
                trust_env=False,
            )
            told: str = answer.raise_for_status().json()["data"][wanted]
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise UnavailableError(
                f"Vault does not {operation} with {self.id}: status {status}"
                f" (403: {TOKEN} is missing, expired or lacks the right)"
            ) from error
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(f"Vault does not answer: {type(error).__name__}") from error
        return told


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()

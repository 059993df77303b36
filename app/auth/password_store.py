"""The system's password store, where it has one that encrypts."""

from typing import Protocol

SAFE_BACKENDS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.Windows",
    "keyring.backends.macOS",
)
"""The stores that encrypt. Others, keyrings.alt above all, keep plain text on disk."""


class Backend(Protocol):
    """What we use of a keyring backend. Each call may block, and raises KeyringError."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def safe_backend() -> Backend | None:
    """The best store that encrypts; None without one, or without the keyring library."""
    try:
        from keyring import backend
    except ImportError:
        return None
    found = [
        one for one in backend.get_all_keyring() if type(one).__module__.startswith(SAFE_BACKENDS)
    ]
    return max(found, key=lambda one: one.priority, default=None)

"""Sessions that outlive the program, in the system's password store and nowhere else."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from app.auth.password_store import Backend, safe_backend

T = TypeVar("T")
log = structlog.get_logger()
SERVICE = "klinika-session"


class SessionMemory:
    """Keeps one refresh token for each address; every method may block: call it in a task."""

    def __init__(self, backend: Backend | None) -> None:
        self._backend = backend

    @classmethod
    def of_the_system(cls) -> "SessionMemory":
        """The memory of this machine; without a safe store it remembers nothing."""
        return cls(safe_backend())

    @property
    def available(self) -> bool:
        """Whether anything can be remembered."""
        return self._backend is not None

    def recall(self, address: str) -> str:
        """The token kept for `address`, or nothing."""
        return self._ask(lambda store: store.get_password(SERVICE, _entry(address))) or ""

    def keep(self, address: str, refresh_token: str) -> None:
        """Keep the token for `address` in place of the older one."""
        self._ask(lambda store: store.set_password(SERVICE, _entry(address), refresh_token))

    def forget(self, address: str) -> None:
        """Forget the token for `address`."""
        if self.recall(address):
            self._ask(lambda store: store.delete_password(SERVICE, _entry(address)))

    def _ask(self, question: Callable[[Backend], T]) -> T | None:
        if self._backend is None:
            return None
        from keyring.errors import KeyringError

        try:
            return question(self._backend)
        except KeyringError as error:
            log.warning("password-store-failed", reason=type(error).__name__)
            return None


def _entry(address: str) -> str:
    return address or "this-computer"

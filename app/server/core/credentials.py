"""A name and a password with each request (RFC 7617), as clients of DICOMweb send them.

The first request opens a session in which the following ones go on, because a password takes long
to prove on purpose. When the session's access token is over, the password is proved anew.
"""

import hmac
import secrets
import threading
from collections import OrderedDict

from app.domain.access import Actor
from app.domain.errors import UnauthenticatedError
from app.server.core.sessions import Sessions

MOST = 1000
"""Credentials whose sessions are remembered."""
TURNS = 64


class Credentials:
    """Names and passwords, and the sessions they opened; asked from any thread."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._key = secrets.token_bytes(32)
        self._tokens: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()
        # Requests that begin together open one session.
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def known(self, username: str, password: str) -> Actor | None:
        """Who these belong to, or None when they have to be proved."""
        return self._in_session(self._digest(username, password))

    def proved(self, username: str, password: str) -> Actor:
        """Who these belong to, by the password itself.

        Raises WrongPasswordError and TooManyAttemptsError as `Sessions.sign_in` does.
        """
        digest = self._digest(username, password)
        with self._turns[digest[0] % TURNS]:
            actor = self._in_session(digest)
            if actor:
                return actor
            token = self._sessions.sign_in(username, password).access_token
            with self._lock:
                self._tokens[digest] = token
                self._tokens.move_to_end(digest)
                if len(self._tokens) > MOST:
                    self._tokens.popitem(last=False)
            return self._sessions.authenticate(token)

    def _in_session(self, digest: bytes) -> Actor | None:
        with self._lock:
            token = self._tokens.get(digest)
        try:
            return self._sessions.authenticate(token) if token else None
        except UnauthenticatedError:
            return None

    def _digest(self, username: str, password: str) -> bytes:
        """What stands for the pair in memory, and only in this process."""
        return hmac.digest(self._key, f"{username}\0{password}".encode(), "sha256")

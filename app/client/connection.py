"""HTTP to one server: pooled connections, tokens that renew themselves, errors of our own."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any
from weakref import WeakSet

import httpx
import orjson

from app.client.answers import read
from app.client.problems import error_of, to_wait_s
from app.domain.calls import Renewal
from app.domain.errors import UnauthenticatedError, UnavailableError, WrongPasswordError
from app.domain.status import Grant
from app.domain.wire import to_plain

SECRET_HEADER = "X-Klinika-Secret"  # noqa: S105 - the header's name
TIMEOUT = httpx.Timeout(60, connect=5)
LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16)
RENEW_BEFORE_S = 60
TURNS = 5
"""How often a request is sent while the server says that there are too many."""
OPENED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Connection:
    """The way to one server; every method may be called from any thread.

    `secret` proves to an embedded server that this process shares its machine.
    """

    def __init__(self, base_url: str, secret: str = "") -> None:
        self._renewal = threading.Lock()
        self._grant: Grant | None = None
        self._renew_at = 0.0
        self._client = _client(base_url, secret)
        self._streams: WeakSet[Any] = WeakSet()
        self._opening = threading.Lock()
        self.base_url = base_url
        self.shares_machine = bool(secret)

    def move_to(self, base_url: str, secret: str) -> None:
        """Go on with a server that was restarted; the session stays."""
        old, self._client = self._client, _client(base_url, secret)
        self.base_url, self.shares_machine = base_url, bool(secret)
        self._hang_up(old)

    def close(self) -> None:
        """Close every connection; who waits for an answer gets UnavailableError at once."""
        self._hang_up(self._client)

    @property
    def grant(self) -> Grant | None:
        """The running session, or None."""
        return self._grant

    def keep(self, grant: Grant | None) -> None:
        """Use `grant` from now on, or forget the session."""
        if grant:
            self._renew_at = time.monotonic() + max(grant.expires_in_s - RENEW_BEFORE_S, 1)
        self._grant = grant

    def get(self, path: str, *, signed_in: bool = True) -> httpx.Response:
        """The answer to a GET. Raises our errors."""
        return self._authorised("GET", path) if signed_in else self._send("GET", path)

    def post(self, path: str, body: object, *, signed_in: bool = True) -> httpx.Response:
        """The answer to a POST of a domain value as JSON. Raises our errors."""
        return self.send_json("POST", path, body, signed_in=signed_in)

    def send_json(
        self, method: str, path: str, body: object, *, signed_in: bool = True
    ) -> httpx.Response:
        """The answer to a domain value sent as JSON. Raises our errors."""
        send = self._authorised if signed_in else self._send
        headers = {"Content-Type": "application/json"}
        return send(method, path, content=orjson.dumps(to_plain(body)), headers=headers)

    def delete(self, path: str) -> None:
        """Send a DELETE. Raises our errors."""
        self._authorised("DELETE", path)

    def upload(self, path: str, data: bytes | Path, media_type: str) -> httpx.Response:
        """The answer to a POST of bytes or of a file, which is streamed. Raises our errors."""
        headers = {"Content-Type": media_type}
        if isinstance(data, bytes):
            return self._authorised("POST", path, content=data, headers=headers)
        with data.open("rb") as file:
            return self._authorised("POST", path, content=file, headers=headers)

    @contextlib.contextmanager
    def stream(
        self, path: str, *, silence_s: float, headers: dict[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """An answer that does not end; more than `silence_s` without a byte ends it.

        Raises our errors, also while it is read.
        """
        timeout = httpx.Timeout(silence_s, connect=5)
        every = {**(headers or {}), **self._authorisation()}
        client = self._client
        with _unavailable_when_lost(client):
            request = client.build_request(
                "GET", path, headers=every, timeout=timeout, extensions=self._watched(client)
            )
            response = client.send(request, stream=True)
        try:
            with _unavailable_when_broken():
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                yield response
        finally:
            response.close()

    def renew(self, refresh_token: str) -> Grant:
        """Trade `refresh_token` for a new session, which is kept."""
        grant = self.trade(refresh_token)
        self.keep(grant)
        return grant

    def trade(self, refresh_token: str) -> Grant:
        """Trade `refresh_token` for a new session, which is not used yet."""
        body = Renewal(refresh_token)
        return read(Grant, self.post("/api/sessions/refresh", body, signed_in=False))

    def _hang_up(self, client: httpx.Client) -> None:
        with self._opening:
            streams, self._streams = list(self._streams), WeakSet()
        for stream in streams:
            _shut(stream)  # before it is closed: a closed socket wakes nobody
        client.close()
        for stream in streams:  # one that was just opened is not in the client's pool yet
            stream.close()

    def _watched(self, client: httpx.Client) -> dict[str, Any]:
        """httpcore tells of each new connection, so that it can be hung up on."""
        return {"trace": partial(self._remember, client)}

    def _remember(self, client: httpx.Client, event: str, told: dict[str, Any]) -> None:
        if event in OPENED:
            with self._opening:
                self._streams.add(told["return_value"])
            if client.is_closed:
                told["return_value"].close()

    def _authorisation(self) -> dict[str, str]:
        grant = self._grant
        if grant is None:
            raise UnauthenticatedError("not signed in")
        if time.monotonic() >= self._renew_at:
            grant = self._renewed(grant)
        return {"Authorization": f"Bearer {grant.access_token}"}

    def _renewed(self, expired: Grant) -> Grant:
        """The grant after `expired`, which another thread may have fetched already."""
        with self._renewal:
            if self._grant is None:
                raise UnauthenticatedError("signed out")
            if self._grant is not expired:
                return self._grant
            try:
                return self.renew(expired.refresh_token)
            except UnauthenticatedError:
                self.keep(None)
                raise

    def _authorised(
        self,
        method: str,
        path: str,
        *,
        content: bytes | IO[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        every = {**(headers or {}), **self._authorisation()}
        used = self._grant
        try:
            return self._send(method, path, content=content, headers=every)
        except WrongPasswordError:
            raise
        except UnauthenticatedError:
            if used is None or self._grant is None:
                raise
            self._renewed(used)
        if content is not None and not isinstance(content, bytes):
            content.seek(0)
        every.update(self._authorisation())
        return self._send(method, path, content=content, headers=every)

    def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | IO[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        client = self._client
        for turn in range(TURNS):
            with _unavailable_when_lost(client):
                response = client.request(
                    method,
                    path,
                    content=content,
                    headers=headers,
                    extensions=self._watched(client),
                )
            wait_s = to_wait_s(response)
            if not wait_s or turn == TURNS - 1:
                break
            time.sleep(wait_s)  # the server did not look at it
            if content is not None and not isinstance(content, bytes):
                content.seek(0)
        if not response.is_success:
            raise error_of(response)
        return response


def hang_up(response: httpx.Response) -> None:
    """End an answer that another thread reads; that thread wakes at once."""
    stream = response.extensions.get("network_stream")
    if stream:
        _shut(stream)


def _shut(stream: Any) -> None:  # noqa: ANN401 - httpcore's network stream
    connected = stream.get_extra_info("socket")
    if connected:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)


def _client(base_url: str, secret: str) -> httpx.Client:
    # A proxy of the environment must not stand between two processes of one machine.
    local = httpx.URL(base_url).host in LOOPBACK
    headers = {SECRET_HEADER: secret} if secret else {}
    return httpx.Client(
        base_url=base_url, headers=headers, timeout=TIMEOUT, limits=LIMITS, trust_env=not local
    )


@contextlib.contextmanager
def _unavailable_when_lost(client: httpx.Client) -> Iterator[None]:
    try:
        with _unavailable_when_broken():
            yield
    except RuntimeError as error:
        # httpx says so when another thread closed the client, at the end of the program.
        if not client.is_closed:
            raise
        raise UnavailableError("the connection was closed") from error


@contextlib.contextmanager
def _unavailable_when_broken() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise UnavailableError(f"{type(error).__name__} while asking the server") from error

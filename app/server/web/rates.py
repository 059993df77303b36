"""How many requests an address and an account may send: a bucket of tokens for each."""

import hmac
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.web.answers import guarded
from app.server.web.problems import TooManyRequestsError, problem

SECRET_HEADER = "x-klinika-secret"  # noqa: S105 - the header's name
BURST_S = 10
"""Who was silent may send the requests of so many seconds at once."""
MOST = 10_000
"""Buckets that are remembered; who is forgotten begins with a full one."""
TELL_AGAIN_S = 60

log = structlog.get_logger()


@dataclass(slots=True)
class _Bucket:
    """Tokens that were `left` at a time, and when its emptiness was last told."""

    left: float
    at: float
    told_at: float = -math.inf


class Rates:
    """The buckets of a server, asked by any thread; `per_s` of 0 lets all pass."""

    def __init__(self, per_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Take a token of the bucket. Raises TooManyRequestsError when it is empty."""
        if self._per_s:
            with self._lock:
                self._take(key)

    def _take(self, key: str) -> None:
        now, full = self._clock(), float(self._per_s * BURST_S)
        bucket = self._buckets.pop(key, None) or _Bucket(full, now)
        self._buckets[key] = bucket
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        bucket.left = min(full, bucket.left + (now - bucket.at) * self._per_s)
        bucket.at = now
        if bucket.left < 1:
            if now - bucket.told_at >= TELL_AGAIN_S:
                bucket.told_at = now
                log.warning("too-many-requests", of=key)
            raise TooManyRequestsError(math.ceil((1 - bucket.left) / self._per_s))
        bucket.left -= 1


class AddressRates:
    """Lets no address send more requests than its bucket has, whatever they ask for.

    Who knows the `secret` of this computer is not counted.
    """

    def __init__(self, app: ASGIApp, rates: Rates, proxies: Collection[str], secret: str) -> None:
        self._app = app
        self._rates = rates
        self._proxies = proxies
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            try:
                if not knows(self._secret, headers):
                    self._rates.take(network_of(client_address(scope, headers, self._proxies)))
            except TooManyRequestsError as error:
                await guarded(problem(error))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def knows(secret: str, headers: Headers) -> bool:
    """Whether who asks shares this machine."""
    return hmac.compare_digest(headers.get(SECRET_HEADER, "").encode(), secret.encode())


def client_address(scope: Scope, headers: Headers, proxies: Collection[str]) -> str:
    """Who asks: the peer, or who one of our own `proxies` says it asks for."""
    address = str(scope["client"][0]) if scope.get("client") else ""
    named = [each.strip() for each in headers.get("x-forwarded-for", "").split(",")]
    while address in proxies and named and named[-1]:
        address = named.pop()
    return address


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)

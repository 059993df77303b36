"""What a route is: method, path, who may call it, and the function that answers."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import Any, TypeVar, get_type_hints

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError, NotFoundError
from app.domain.wire import from_plain
from app.server.core.access_log import Named
from app.server.core.audit import Action
from app.server.web.bodies import UnsupportedMediaTypeError
from app.server.web.parts import Parts

T = TypeVar("T")

JSON = "application/json"
SMALL_BODY = 64 * 1024
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
"""What a reverse proxy adds."""
_PORT = re.compile(r":\d+$")
NOBODY = Actor("", frozenset())
SUBJECTS = ("study", "uid", "id")
"""The parts of a path that name what a call is about."""


class Access(Enum):
    """Routes that need no permission."""

    PUBLIC = auto()
    SIGNED_IN = auto()
    SAME_MACHINE = auto()
    """For a process on this machine that knows the server's secret."""


class Lane(Enum):
    """Which pool of threads answers, so that slow work does not hold up the rest."""

    ORDINARY = auto()
    PASSWORD = auto()
    UPLOAD = auto()
    FAR = auto()
    """Waits for other nodes."""
    PICTURES = auto()
    """Decodes pixels: as many at once as there are decoding workers."""
    STREAMS = auto()
    """Reads what an answer is made of while it is sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with everything its handler may need."""

    parts: Parts
    actor: Actor
    path: Mapping[str, str]
    query: QueryParams
    body: bytes
    headers: Mapping[str, str]
    base_url: str
    """Where the client reaches this server."""
    shares_machine: bool

    def read(self, cls: type[T]) -> T:
        """The JSON body as a domain value. Raises InvalidError."""
        media_type = self.headers.get("content-type", JSON).partition(";")[0].strip().lower()
        if media_type != JSON:
            raise UnsupportedMediaTypeError(f"send {JSON}")
        try:
            plain = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise InvalidError("the body is no JSON") from error
        if rb"\u0000" in self.body and _has_nul(plain):
            raise InvalidError("a NUL")
        return from_plain(cls, plain)

    def number(self, name: str, default: int) -> int:
        """A whole number of the query. Raises InvalidError."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise InvalidError(name)
        return int(text)


def _has_nul(plain: object) -> bool:
    """Whether a text of parsed JSON has a NUL, which no database takes alike."""
    if isinstance(plain, dict):
        return any(map(_has_nul, (*plain, *plain.values())))
    if isinstance(plain, list):
        return any(map(_has_nul, plain))
    return isinstance(plain, str) and "\0" in plain


def base_url(request: Request) -> str:
    """Where the client reaches this server: by what a reverse proxy says, else by the request.

    What they say goes back to who sent them alone. A client that asks without a proxy may forget
    the port in Host (dicomweb-client does): then it is the one that it reached.
    """
    scheme = request.headers.get("x-forwarded-proto") or str(request.scope["scheme"])
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    is_direct = not any(name in request.headers for name in FORWARDED)
    _, port = request.scope.get("server") or ("", None)
    if is_direct and port not in (None, 80) and not _PORT.search(host):
        host = f"{host}:{port}"
    return f"{scheme}://{host}"


Handler = Callable[..., Response]
"""Takes the call, and the body's value where it has a second parameter."""
Streamer = Callable[[Request, Parts, Actor], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table of routes; a `streamer` reads or answers in pieces.

    `audited` is what the audit trail says of who called it, and of the study that what is `named`
    in the path belongs to; use cases that change something write that themselves. `subject` is the
    query parameter that names it where the path does not: it has to be looked up to be answered,
    for the trail holds no word that a caller chose.
    `takes` and `gives` are media types of bodies and answers that are no JSON, `asks` the names of
    query parameters. `status_of` has the HTTP statuses of error codes that differ from the usual
    ones.
    """

    method: str
    path: str
    access: Access | Permission
    handler: Handler | None = None
    streamer: Streamer | None = None
    max_body: int = SMALL_BODY
    lane: Lane = Lane.ORDINARY
    audited: Action | None = None
    named: Named = Named.ITSELF
    subject: str = ""
    takes: str = ""
    gives: str = ""
    asks: tuple[str, ...] = ()
    status_of: Mapping[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What it answers, in a line."""
        return ((self.handler or self.streamer).__doc__ or "").split("\n")[0]

    def subject_of(self, path: Mapping[str, str], query: Mapping[str, str]) -> str:
        """What a call is about: empty when it names nothing alone."""
        if self.subject:
            return query.get(self.subject, "")
        return next((path[name] for name in SUBJECTS if name in path), "")

    def answer(self, call: Call) -> Response:
        """What the handler answers to `call`."""
        if self.handler is None:
            raise NotFoundError(self.path)
        body = body_type(self.handler)
        return self.handler(call) if body is None else self.handler(call, call.read(body))


@cache
def body_type(handler: Handler) -> Any:  # noqa: ANN401 - an annotation is anything
    """What the JSON body of a handler is read as, None when it takes none."""
    hints = get_type_hints(handler)
    names = list(inspect.signature(handler).parameters)
    return hints[names[1]] if len(names) > 1 else None


@cache
def answer_type(answers: Callable[..., Any]) -> Any:  # noqa: ANN401 - an annotation is anything
    """What a handler or streamer says it answers: a class of `answers`, perhaps of something."""
    return get_type_hints(answers)["return"]

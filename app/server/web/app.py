"""The ASGI application: authenticates, checks permission, answers, translates errors."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute

from app.domain.access import Actor, Permission
from app.domain.errors import (
    Error,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from app.server.core.access_log import Named
from app.server.core.audit import Action
from app.server.web.answers import guarded
from app.server.web.bodies import BODILESS, body_of
from app.server.web.compression import compressed
from app.server.web.feed import Pulse
from app.server.web.parts import Parts
from app.server.web.problems import problem
from app.server.web.rates import AddressRates, Rates, knows
from app.server.web.routes import ROUTES
from app.server.web.routing import NOBODY, Access, Call, Lane, Route, base_url

THREADS = {
    Lane.ORDINARY: 32,
    Lane.PASSWORD: 4,
    Lane.UPLOAD: 32,
    Lane.FAR: 16,
    Lane.PICTURES: 2,
    Lane.STREAMS: 32,
}
NUL = "\0"
"""No text has it, and PostgreSQL takes none that does."""
OTHER_SITES = ("cross-site", "same-site")
"""What browsers say of requests that pages of other servers make (Fetch Metadata)."""
SAFE = ("GET", "HEAD")
"""Methods that change nothing."""
LOOK_FOR_DESKTOPS_S = 0.25

log = structlog.get_logger()


def create_app(
    parts: Parts, *, is_stopping: Callable[[], bool], stop: Callable[[], None]
) -> Starlette:
    """The application over `parts`; streams end when `is_stopping`.

    An embedded server calls `stop` when its last desktop is gone.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.lanes = {lane: CapacityLimiter(count) for lane, count in THREADS.items()}
        app.state.pulse = pulse = Pulse(parts.database, is_stopping)
        tasks = [asyncio.create_task(pulse.run())]
        if parts.is_embedded:
            tasks.append(asyncio.create_task(_stop_after_the_last(parts, stop)))
        yield
        for task in tasks:
            task.cancel()

    of_addresses = Rates(parts.requests_per_s)
    by_address = Middleware(
        AddressRates, rates=of_addresses, proxies=parts.proxies, secret=parts.secret
    )
    of_accounts = Rates(parts.requests_per_s)
    application = Starlette(
        routes=[_starlette_route(route, parts, of_accounts) for route in ROUTES],
        middleware=[by_address],
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_problem},
    )
    application.router.redirect_slashes = False  # to http, where a proxy has TLS
    return application


async def _stop_after_the_last(parts: Parts, stop: Callable[[], None]) -> None:
    while not parts.presence.is_over:
        await asyncio.sleep(LOOK_FOR_DESKTOPS_S)
    log.info("last-desktop-gone")
    stop()


async def _http_problem(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        answer = problem(InvalidError("method"), status=405)
        answer.headers["Allow"] = ", ".join(_methods_of(request))
        return guarded(answer)
    return guarded(problem(NotFoundError("route")))


def _methods_of(request: Request) -> list[str]:
    """What may be done with the path; Starlette knows only of its first route."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, StarletteRoute) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def _starlette_route(route: Route, parts: Parts, rates: Rates) -> StarletteRoute:
    async def endpoint(request: Request) -> Response:
        return guarded(await _translated(lambda: _answer(request, route, parts, rates), route))

    return StarletteRoute(route.path, endpoint, methods=[route.method])


async def _translated(answer: Callable[[], Awaitable[Response]], route: Route) -> Response:
    try:
        return await answer()
    except Error as error:
        return problem(error, route.status_of.get(error.code, 0))
    except ClientDisconnect:
        return Response(status_code=499)
    except Exception:
        log.exception("request-failed", method=route.method, route=route.path)
        return problem(Error())


async def _answer(request: Request, route: Route, parts: Parts, rates: Rates) -> Response:
    if any(NUL in value for value in request.path_params.values()):
        raise NotFoundError("a NUL")
    if any(NUL in each for pair in request.query_params.multi_items() for each in pair):
        raise InvalidError("a NUL")
    if request.method in BODILESS and route.handler and _is_for_accounts(route):
        call, lane = _call(request, parts, NOBODY, b""), _lane(request, route)
        answer = await to_thread.run_sync(_at_once, route, call, rates, limiter=lane)
        if answer:
            return answer
    actor = await _admit(request, route, parts)
    if actor.name and not knows(parts.secret, request.headers):
        rates.take(actor.name)
    answer = await _answered(request, route, parts, actor)
    subject = route.subject_of(request.path_params, request.query_params)
    access = _to_be_noted(route, answer, actor, subject)
    if access and not parts.accesses.is_noted(*access):
        await to_thread.run_sync(parts.accesses.note, *access)
    return answer


def _at_once(route: Route, call: Call, rates: Rates) -> Response | None:
    """All there is to do for a call without a body, without a change of threads on the way.

    None where a password has to be proved first.
    """
    parts = call.parts
    actor = _recognised(parts, route.method, call.headers)
    if actor is None:
        return None
    _require(route, actor)
    if not call.shares_machine:
        rates.take(actor.name)
    answer = _made(route, replace(call, actor=actor))
    access = _to_be_noted(route, answer, actor, route.subject_of(call.path, call.query))
    if access:
        parts.accesses.note(*access)
    return answer


def _to_be_noted(
    route: Route, answer: Response, actor: Actor, subject: str
) -> tuple[Actor, Action, str, Named] | None:
    if not route.audited or answer.status_code >= 400:
        return None
    return actor, route.audited, subject, route.named


async def _answered(request: Request, route: Route, parts: Parts, actor: Actor) -> Response:
    if route.streamer:
        return await route.streamer(request, parts, actor)
    call = _call(request, parts, actor, await body_of(request, route.max_body))
    return await to_thread.run_sync(_made, route, call, limiter=_lane(request, route))


def _call(request: Request, parts: Parts, actor: Actor, body: bytes) -> Call:
    return Call(
        parts=parts,
        actor=actor,
        path=request.path_params,
        query=request.query_params,
        body=body,
        headers=request.headers,
        base_url=base_url(request),
        shares_machine=knows(parts.secret, request.headers),
    )


def _lane(request: Request, route: Route) -> CapacityLimiter:
    lane: CapacityLimiter = request.app.state.lanes[route.lane]
    return lane


def _made(route: Route, call: Call) -> Response:
    """What the route answers; on one machine nothing is gained by compressing it."""
    answer = route.answer(call)
    return answer if call.shares_machine else compressed(answer, call.headers)


async def _admit(request: Request, route: Route, parts: Parts) -> Actor:
    """Who asks. Raises UnauthenticatedError, or ForbiddenError without the route's permission."""
    if route.access is Access.PUBLIC:
        return NOBODY
    if route.access is Access.SAME_MACHINE:
        if not knows(parts.secret, request.headers):
            raise ForbiddenError("only for desktops on this machine")
        return NOBODY
    actor = await _authenticated(request, parts)
    _require(route, actor)
    return actor


def _is_for_accounts(route: Route) -> bool:
    return route.access is Access.SIGNED_IN or isinstance(route.access, Permission)


def _require(route: Route, actor: Actor) -> None:
    if isinstance(route.access, Permission):
        actor.require(route.access)


async def _authenticated(request: Request, parts: Parts) -> Actor:
    """Who asks, after the proof of a password where that is needed."""
    known = await to_thread.run_sync(_recognised, parts, request.method, request.headers)
    if known:
        return known
    lane: CapacityLimiter = request.app.state.lanes[Lane.PASSWORD]
    pair = _name_and_password(_sent(request.headers)[1])
    return await to_thread.run_sync(parts.credentials.proved, *pair, limiter=lane)


def _recognised(parts: Parts, method: str, headers: Mapping[str, str]) -> Actor | None:
    """Who asks by an access token or by a password that was proved before, None by a new one.

    A browser adds the password that it keeps to what any page sends: other sites may only read,
    where nothing lets them see the answer.
    """
    if method not in SAFE and headers.get("sec-fetch-site", "") in OTHER_SITES:
        raise ForbiddenError("sent by a page of another site")
    scheme, given = _sent(headers)
    if scheme == "bearer" and given:
        return parts.sessions.authenticate(given)
    if scheme == "basic":
        return parts.credentials.known(*_name_and_password(given))
    raise UnauthenticatedError("no access token")


def _sent(headers: Mapping[str, str]) -> tuple[str, str]:
    """The scheme of the credentials that came, in lower case, and they themselves."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return scheme.lower(), given


def _name_and_password(given: str) -> tuple[str, str]:
    """What RFC 7617 writes in base64 and UTF-8. Raises UnauthenticatedError."""
    try:
        username, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError as error:
        raise UnauthenticatedError("not a name and a password") from error
    if NUL in username:
        raise UnauthenticatedError("a NUL")
    return username, password

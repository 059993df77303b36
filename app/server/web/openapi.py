"""The interface of the desktop as OpenAPI 3.1, from the table of routes and their handlers' types.

DICOMweb and WADO-URI tell of themselves as WADL, and in the conformance statement.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, get_args, get_origin

import app
from app.domain.access import Permission
from app.domain.schema import Schema, Schemas
from app.server.web.answers import Json, NoContent
from app.server.web.problems import STATUSES
from app.server.web.rates import SECRET_HEADER
from app.server.web.routing import Access, Call, Handler, Route, answer_type, body_type

JSON = "application/json"
PROBLEM = "application/problem+json"
SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.PUBLIC: [],
    Access.SAME_MACHINE: [{"secret": []}],
    Access.SIGNED_IN: [{"token": []}, {"password": []}],
}
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "password": {"type": "http", "scheme": "basic"},
    "secret": {"type": "apiKey", "in": "header", "name": SECRET_HEADER},
}
_PARAMETER = re.compile(r"{(\w+)(?::path)?}")


def openapi_of(routes: Callable[[], Iterable[Route]]) -> Handler:
    """The handler that describes `routes`, itself among them."""

    @cache
    def described() -> Schema:
        return document(routes())

    def openapi(_call: Call) -> Json[dict[str, Any]]:
        """This interface as OpenAPI 3.1."""
        return Json(described())

    return openapi


def is_described(route: Route) -> bool:
    """Whether the route is one of those that desktops use."""
    return route.path == "/health" or route.path.startswith("/api/")


def document(routes: Iterable[Route]) -> Schema:
    """The whole description."""
    schemas = Schemas()
    paths: dict[str, Schema] = {}
    for route in filter(is_described, routes):
        path = paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        path[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Klinika Pro", "version": app.__version__},
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(schemas.named.items())), "Problem": _problem()},
            "responses": {
                "Problem": {
                    "description": "Why it was not done (RFC 9457).",
                    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": SCHEMES,
        },
    }


def _operation(route: Route, schemas: Schemas) -> Schema:
    access = route.access
    found: Schema = {
        "summary": route.summary,
        "security": SECURITY[access if isinstance(access, Access) else Access.SIGNED_IN],
        "parameters": [
            *(_parameter(name, "path") for name in _PARAMETER.findall(route.path)),
            *(_parameter(name, "query") for name in route.asks),
        ],
        "responses": {
            **_answers(route, schemas),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if isinstance(access, Permission):
        found["x-permission"] = access
    body = _body(route, schemas)
    if body:
        found["requestBody"] = {"required": True, "content": body}
    return found


def _parameter(name: str, place: str) -> Schema:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": {"type": "string"},
    }


def _body(route: Route, schemas: Schemas) -> Schema:
    if route.takes:
        return {route.takes: {}}
    takes = body_type(route.handler) if route.handler else None
    return {JSON: {"schema": schemas.of(takes)}} if takes else {}


def _answers(route: Route, schemas: Schemas) -> Schema:
    """What it answers when all is well."""
    gives = answer_type(route.handler or route.streamer)
    kind = get_origin(gives) or gives
    if kind is NoContent:
        return {str(NoContent.STATUS): {"description": "Done."}}
    if issubclass(kind, Json):
        content = {JSON: {"schema": _schema(get_args(gives)[0], schemas)}}
        return {str(kind.STATUS): {"description": route.summary, "content": content}}
    return {"200": {"description": route.summary, "content": {route.gives: {}}}}


def _schema(annotation: Any, schemas: Schemas) -> Schema:  # noqa: ANN401 - an annotation is anything
    return {"type": "object"} if annotation == dict[str, Any] else schemas.of(annotation)


def _problem() -> Schema:
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": sorted(STATUSES)},
            "detail": {"type": "string"},
            "reason": {"type": "string"},
            "retry_after_s": {"type": "integer"},
        },
        "required": ["type", "title", "status", "code", "detail"],
    }

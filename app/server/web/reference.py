"""The reference of the HTTP interface, made from the table of routes and the table of errors.

`python -m app.server.web.reference > docs/API.md` writes it anew.
"""

import sys
from typing import Any, get_args, get_origin

from app.domain.access import Permission
from app.server.web.problems import STATUSES
from app.server.web.routes import ROUTES
from app.server.web.routing import Access, Route, answer_type, body_type

NEEDS = {
    Access.PUBLIC: "nothing",
    Access.SIGNED_IN: "a session",
    Access.SAME_MACHINE: "the secret of this computer",
}

HEAD = """# HTTP interface

What the desktop asks a server; made from the tables that run it, and a test fails when it is stale.

Values are JSON: objects of the fields of `app/domain`, dates and times in ISO 8601, enumerations by
their value; `/api/openapi.json` has their schemas (OpenAPI 3.1). A session's access token goes into
`Authorization: Bearer …`; clients of DICOMweb may send a name and password with each request
instead (`Basic`, over TLS). Desktops on the server's computer send the secret of its `server.json`
in `X-Klinika-Secret`: manifests then carry paths.
Bodies of requests may be compressed by gzip. `/api/changes/stream` is server-sent events; it
resumes after `Last-Event-ID` or `?since=`, and says something at least every 10 seconds.
"""
ERRORS = """## Errors

Answered as `application/problem+json` (RFC 9457) with a stable `code`; `refused-object` adds a
`reason` (413 when it is too large), `too-many-attempts` and `too-many-requests` add
`retry_after_s`.
"""


def reference() -> str:
    """The whole reference as Markdown."""
    routes = [
        f"| {route.method} | `{route.path}` | {_needs(route)} | {_takes(route)} | {_gives(route)} "
        f"| {route.summary} |"
        for route in ROUTES
    ]
    errors = [f"| `{code}` | {status} |" for code, status in STATUSES.items()]
    return "\n".join(
        (
            HEAD,
            "## Routes",
            "",
            "| method | path | needs | takes | gives | answer |",
            "|---|---|---|---|---|---|",
            *routes,
            "",
            ERRORS,
            "| code | status |",
            "|---|---|",
            *errors,
            "",
        )
    )


def _needs(route: Route) -> str:
    access = route.access
    return f"`{access}`" if isinstance(access, Permission) else NEEDS[access]


def _takes(route: Route) -> str:
    body = body_type(route.handler) if route.handler else None
    return _name(body) if body else route.takes


def _gives(route: Route) -> str:
    found = get_args(answer_type(route.handler or route.streamer))
    return _name(found[0]) if found else route.gives


def _name(annotation: Any) -> str:  # noqa: ANN401 - an annotation is anything
    """A class by its name, several of it with brackets behind."""
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        return f"{_name(arguments[0])}[]"
    return "object" if arguments else str(annotation.__name__)


if __name__ == "__main__":
    sys.stdout.write(reference())

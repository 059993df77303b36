"""Remote nodes over HTTP."""

from starlette.responses import Response

from app.domain.errors import InvalidError
from app.domain.nodes import RemoteNode
from app.server.web.answers import json_answer, no_content
from app.server.web.routing import Call


def list_nodes(call: Call) -> Response:
    """Every remote node."""
    return json_answer(call.parts.nodes.all(call.actor))


def add(call: Call) -> Response:
    """Record a remote node."""
    node = call.read(RemoteNode)
    call.parts.nodes.add(call.actor, node)
    return json_answer(node, 201)


def save(call: Call) -> Response:
    """Record a remote node, or replace the one of that AE title."""
    node = call.read(RemoteNode)
    if node.ae_title != call.path["ae_title"]:
        raise InvalidError("the path names another AE title")
    call.parts.nodes.save(call.actor, node)
    return json_answer(node)


def delete(call: Call) -> Response:
    """Forget a remote node."""
    call.parts.nodes.delete(call.actor, call.path["ae_title"])
    return no_content()


def echo(call: Call) -> Response:
    """Send C-ECHO to a remote node: how it ended and after how long."""
    return json_answer(call.parts.nodes.echo(call.actor, call.path["ae_title"]))

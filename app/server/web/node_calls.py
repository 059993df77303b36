"""Remote nodes over HTTP."""

from app.domain.calls import NodeSecret
from app.domain.errors import InvalidError
from app.domain.nodes import EchoResult, RemoteNode
from app.server.web.answers import Created, Json, NoContent, json_answer, no_content
from app.server.web.routing import Call


def list_nodes(call: Call) -> Json[tuple[RemoteNode, ...]]:
    """Every remote node."""
    return json_answer(call.parts.nodes.all(call.actor))


def add(call: Call, node: RemoteNode) -> Created[RemoteNode]:
    """Record a remote node."""
    call.parts.nodes.add(call.actor, node)
    return Created(node)


def save(call: Call, node: RemoteNode) -> Json[RemoteNode]:
    """Record a remote node, or replace the one of that AE title."""
    if node.ae_title != call.path["ae_title"]:
        raise InvalidError("the path names another AE title")
    call.parts.nodes.save(call.actor, node)
    return json_answer(node)


def keep_secret(call: Call, told: NodeSecret) -> NoContent:
    """Keep the password or token for a node's DICOMweb; it is never answered back."""
    call.parts.nodes.keep_secret(call.actor, call.path["ae_title"], told.secret)
    return no_content()


def delete(call: Call) -> NoContent:
    """Forget a remote node."""
    call.parts.nodes.delete(call.actor, call.path["ae_title"])
    return no_content()


def echo(call: Call) -> Json[EchoResult]:
    """Send C-ECHO to a remote node: how it ended and after how long."""
    return json_answer(call.parts.nodes.echo(call.actor, call.path["ae_title"]))

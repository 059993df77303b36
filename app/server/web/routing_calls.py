"""Routing rules, and sending by hand, over HTTP."""

from starlette.responses import Response

from app.domain.calls import ForwardedStudy
from app.domain.errors import InvalidError
from app.domain.routing import RoutingRule
from app.server.web.answers import json_answer, no_content
from app.server.web.report_calls import id_of
from app.server.web.routing import Call
from app.server.web.study_calls import uid_of


def list_rules(call: Call) -> Response:
    """Every routing rule."""
    return json_answer(call.parts.routing.rules(call.actor))


def add(call: Call) -> Response:
    """Keep a new routing rule; its id is made here."""
    return json_answer(call.parts.routing.add(call.actor, call.read(RoutingRule)), 201)


def save(call: Call) -> Response:
    """Replace a routing rule."""
    rule = call.read(RoutingRule)
    if rule.rule_id != id_of(call):
        raise InvalidError("the path names another rule")
    return json_answer(call.parts.routing.save(call.actor, rule))


def delete(call: Call) -> Response:
    """Forget a routing rule."""
    call.parts.routing.delete(call.actor, id_of(call))
    return no_content()


def dry_run(call: Call) -> Response:
    """What a routing rule would send of the newest studies; nothing is sent or kept."""
    return json_answer(call.parts.routing.dry_run(call.actor, call.read(RoutingRule)))


def forward(call: Call) -> Response:
    """Queue the sending of a study to a remote node."""
    asked = call.read(ForwardedStudy)
    call.parts.routing.forward(call.actor, uid_of(call), asked.ae_title)
    return no_content()

"""Routing rules, and sending by hand, over HTTP."""

from app.domain.calls import ForwardedStudy
from app.domain.errors import InvalidError
from app.domain.routing import DryRun, RoutingRule
from app.server.web.answers import Created, Json, NoContent, json_answer, no_content
from app.server.web.report_calls import id_of
from app.server.web.routing import Call
from app.server.web.study_calls import uid_of


def list_rules(call: Call) -> Json[tuple[RoutingRule, ...]]:
    """Every routing rule."""
    return json_answer(call.parts.routing.rules(call.actor))


def add(call: Call, rule: RoutingRule) -> Created[RoutingRule]:
    """Keep a new routing rule; its id is made here."""
    return Created(call.parts.routing.add(call.actor, rule))


def save(call: Call, rule: RoutingRule) -> Json[RoutingRule]:
    """Replace a routing rule."""
    if rule.rule_id != id_of(call):
        raise InvalidError("the path names another rule")
    return json_answer(call.parts.routing.save(call.actor, rule))


def delete(call: Call) -> NoContent:
    """Forget a routing rule."""
    call.parts.routing.delete(call.actor, id_of(call))
    return no_content()


def dry_run(call: Call, rule: RoutingRule) -> Json[DryRun]:
    """What a routing rule would send of the newest studies; nothing is sent or kept."""
    return json_answer(call.parts.routing.dry_run(call.actor, rule))


def forward(call: Call, asked: ForwardedStudy) -> NoContent:
    """Queue the sending of a study to a remote node."""
    call.parts.routing.forward(call.actor, uid_of(call), asked.ae_title)
    return no_content()

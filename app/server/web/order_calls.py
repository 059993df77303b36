"""Orders over HTTP."""

from starlette.responses import Response

from app.domain.calls import ChangedOrder, MovedOrder
from app.domain.orders import OrderContent, OrderQuery
from app.server.web.answers import json_answer
from app.server.web.report_calls import id_of
from app.server.web.routing import Call


def create(call: Call) -> Response:
    """Schedule an order."""
    return json_answer(call.parts.orders.create(call.actor, call.read(OrderContent)), 201)


def search(call: Call) -> Response:
    """A page of orders; asked by POST because search text holds names."""
    return json_answer(call.parts.orders.search(call.actor, call.read(OrderQuery)))


def one(call: Call) -> Response:
    """An order with what was performed for it."""
    return json_answer(call.parts.orders.one(call.actor, id_of(call)))


def change(call: Call) -> Response:
    """Change an order before the modality begins."""
    given = call.read(ChangedOrder)
    orders = call.parts.orders
    return json_answer(orders.change(call.actor, id_of(call), given.revision, given.content))


def move(call: Call) -> Response:
    """Say where an order stands: arrived, cancelled, completed and so on."""
    given = call.read(MovedOrder)
    orders = call.parts.orders
    return json_answer(orders.move(call.actor, id_of(call), given.revision, given.status))

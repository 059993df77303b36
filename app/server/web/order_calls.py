"""Orders over HTTP."""

from app.domain.calls import ChangedOrder, MovedOrder
from app.domain.orders import Order, OrderContent, OrderDetails, OrderPage, OrderQuery
from app.server.web.answers import Created, Json, json_answer
from app.server.web.report_calls import id_of
from app.server.web.routing import Call


def create(call: Call, content: OrderContent) -> Created[Order]:
    """Schedule an order."""
    return Created(call.parts.orders.create(call.actor, content))


def search(call: Call, query: OrderQuery) -> Json[OrderPage]:
    """A page of orders; asked by POST because search text holds names."""
    return json_answer(call.parts.orders.search(call.actor, query))


def one(call: Call) -> Json[OrderDetails]:
    """An order with what was performed for it."""
    return json_answer(call.parts.orders.one(call.actor, id_of(call)))


def change(call: Call, given: ChangedOrder) -> Json[Order]:
    """Change an order before the modality begins."""
    orders = call.parts.orders
    return json_answer(orders.change(call.actor, id_of(call), given.revision, given.content))


def move(call: Call, given: MovedOrder) -> Json[Order]:
    """Say where an order stands: arrived, cancelled, completed and so on."""
    orders = call.parts.orders
    return json_answer(orders.move(call.actor, id_of(call), given.revision, given.status))

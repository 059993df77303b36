"""Orders for patients to come."""

from app.client.answers import read
from app.client.calls.base import Calls
from app.domain.calls import ChangedOrder, MovedOrder
from app.domain.orders import (
    Order,
    OrderContent,
    OrderDetails,
    OrderPage,
    OrderQuery,
    OrderStatus,
)


class OrderCalls(Calls):
    """Orders: found, made, changed and moved on."""

    def orders(self, query: OrderQuery) -> OrderPage:
        """The orders that match, by their start."""
        return read(OrderPage, self.connection.post("/api/orders/search", query))

    def order(self, order_id: str) -> OrderDetails:
        """An order with what was performed for it. Raises NotFoundError."""
        return read(OrderDetails, self.connection.get(f"/api/orders/{order_id}"))

    def create_order(self, content: OrderContent) -> Order:
        """Schedule an order. Raises InvalidError naming the field that breaks a rule."""
        return read(Order, self.connection.post("/api/orders", content))

    def change_order(self, order_id: str, revision: int, content: OrderContent) -> Order:
        """Change an order that was read at `revision`.

        Raises ConflictError when someone changed it since, or the modality has begun.
        """
        body = ChangedOrder(revision, content)
        return read(Order, self.connection.send_json("PUT", f"/api/orders/{order_id}", body))

    def move_order(self, order_id: str, revision: int, status: OrderStatus) -> Order:
        """Say where an order stands. Raises ConflictError for a step that is not possible."""
        body = MovedOrder(revision, status)
        path = f"/api/orders/{order_id}/status"
        return read(Order, self.connection.send_json("PUT", path, body))

"""Orders: made, changed and moved by people, asked for by modalities."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.orders import (
    NEXT,
    ON_WORKLIST,
    WAITING,
    Order,
    OrderContent,
    OrderDetails,
    OrderPage,
    OrderQuery,
    OrderStatus,
)
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.order_content import checked, numbered
from app.server.store import changes, performed, prefetching
from app.server.store import orders as rows
from app.server.store.engine import Connection, Database
from app.server.store.orders import Narrowing

__all__ = ["Narrowing", "Orders", "changed", "on_worklist", "who", "with_status"]

MAX_LIMIT = 1000


class Orders:
    """The use cases of orders."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, actor: Actor, content: OrderContent) -> Order:
        """Schedule what `content` says; numbers that it leaves empty are made here.

        Raises InvalidError naming the field that no DICOM element could hold.
        """
        actor.require(Permission.ORDER_WRITE)
        now = self._clock()
        order = Order(
            order_id=uuid.uuid4().hex,
            step_id="",
            study_uid=f"2.25.{uuid.uuid4().int}",
            status=OrderStatus.SCHEDULED,
            revision=1,
            content=checked(content),
            created_by=actor.name,
            updated_at=now,
        )
        with self._database.write() as connection:
            order = _with_numbers(order, rows.insert(connection, order))
            rows.save(connection, order)
            prefetching.owe(connection, order.study_uid, now)
            self._tell(connection, actor, order, Action.ORDER_CREATED, ChangeKind.ORDER_CREATED)
        return order

    def change(self, actor: Actor, order_id: str, revision: int, content: OrderContent) -> Order:
        """Say anew what is to be done, until the modality has begun.

        Raises ConflictError when someone changed it since `revision` or it was begun, InvalidError
        as `create`, and NotFoundError.
        """
        actor.require(Permission.ORDER_WRITE)
        content = checked(content)
        with self._database.write() as connection:
            order = _locked(connection, order_id, revision)
            if order.status not in WAITING:
                raise ConflictError(f"the order is {order.status}")
            before = who(order)
            order = changed(order, self._clock(), content=numbered(content, order))
            rows.save(connection, order)
            if who(order) != before:
                prefetching.owe_anew(connection, order.study_uid, order.updated_at)
            self._tell(connection, actor, order, Action.ORDER_CHANGED, ChangeKind.ORDER_CHANGED)
        return order

    def move(self, actor: Actor, order_id: str, revision: int, status: OrderStatus) -> Order:
        """Say that the patient arrived, that it is cancelled, done without a word, and so on.

        Raises ConflictError for what `NEXT` does not allow or when someone changed it since.
        """
        actor.require(Permission.ORDER_WRITE)
        with self._database.write() as connection:
            order = _locked(connection, order_id, revision)
            if status not in NEXT[order.status]:
                raise ConflictError(f"the order is {order.status}")
            order = with_status(order, status, self._clock())
            rows.save(connection, order)
            self._tell(connection, actor, order, Action.ORDER_MOVED, ChangeKind.ORDER_CHANGED)
        return order

    def search(self, actor: Actor, query: OrderQuery) -> OrderPage:
        """A page of orders. Raises InvalidError for a negative limit or offset."""
        actor.require(Permission.ORDER_READ)
        if query.limit < 0 or query.offset < 0:
            raise InvalidError("limit and offset can't be negative")
        with self._database.read() as connection:
            return OrderPage(*rows.page(connection, query, min(query.limit, MAX_LIMIT)))

    def one(self, actor: Actor, order_id: str) -> OrderDetails:
        """An order with what was performed for it. Raises NotFoundError."""
        actor.require(Permission.ORDER_READ)
        with self._database.read() as connection:
            order = rows.get(connection, order_id)
            if order is None:
                raise NotFoundError("order")
            return OrderDetails(order, performed.of_order(connection, order_id))

    def _tell(
        self, connection: Connection, actor: Actor, order: Order, action: Action, kind: ChangeKind
    ) -> None:
        at = order.updated_at
        audit.record(connection, actor.name, action, at=at, subject=order.order_id)
        changes.append(connection, kind, [order.study_uid], at)


def on_worklist(database: Database, actor: Actor, narrowing: Narrowing) -> Iterator[Order]:
    """What modalities may be told of, by its start; read in pages, as it is asked for."""
    actor.require(Permission.ORDER_READ)
    place = None
    while True:
        with database.read() as connection:
            found = rows.after(connection, place, ON_WORKLIST, narrowing)
        for place, order in found:  # noqa: B007 - the last one's place is where to go on
            yield order
        if len(found) < rows.PAGE:
            return


def with_status(order: Order, status: OrderStatus, at: datetime) -> Order:
    """The order as it stands from that moment on."""
    return changed(order, at, status=status)


def who(order: Order) -> tuple[object, ...]:
    """By what earlier studies are found."""
    patient = order.content.patient
    return patient.patient_id, patient.name, patient.birth_date


def changed(order: Order, at: datetime, **changes: Any) -> Order:  # noqa: ANN401 - fields of Order
    """The order with other fields from that moment on."""
    return replace(order, revision=order.revision + 1, updated_at=at, **changes)


def _locked(connection: Connection, order_id: str, revision: int) -> Order:
    order = rows.get(connection, order_id, lock=True)
    if order is None:
        raise NotFoundError("order")
    if order.revision != revision:
        raise ConflictError("someone changed it since")
    return order


def _with_numbers(order: Order, row: int) -> Order:
    """Short numbers that people can read aloud, each told from the others by its letter."""
    procedure = order.content.procedure
    return replace(
        order,
        step_id=f"S{row:07}",
        content=replace(
            order.content,
            procedure=replace(
                procedure,
                accession_number=procedure.accession_number or f"A{row:07}",
                procedure_id=procedure.procedure_id or f"P{row:07}",
            ),
        ),
    )

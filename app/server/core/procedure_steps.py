"""Performed procedure steps: what modalities say they do, and what becomes of the orders."""

from datetime import datetime

from pydicom import Dataset

from app.dicom import performed as steps
from app.dicom.performed import MissingAttributeError
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, NotFoundError
from app.domain.orders import Order, OrderStatus, PerformedStatus, PerformedStep
from app.server.core import audit, availability
from app.server.core.audit import Action
from app.server.core.orders import with_status
from app.server.store import changes, orders, performed, retrieval, settling
from app.server.store.engine import ClashError, Connection, Database
from app.server.store.retrieval import Scope

__all__ = ["EndedError", "MissingAttributeError", "create", "modify", "read"]


class EndedError(ConflictError):
    """A step that is completed or discontinued may no longer be updated."""


def create(
    database: Database, actor: Actor, sop_instance_uid: str, ds: Dataset, at: datetime
) -> PerformedStep:
    """Keep a step that was begun; the orders it names are started.

    Raises ConflictError when there is a step of that UID, and InvalidError or its
    MissingAttributeError for what it says.
    """
    actor.require(Permission.STUDY_IMPORT)
    kept = steps.created(ds)
    step = steps.told(kept, sop_instance_uid, at)
    try:
        with database.write() as connection:
            row = performed.insert(connection, step, steps.to_bytes(kept))
            performed.link(connection, row, _orders_named(connection, kept))
            _follow(connection, actor, row, at)
    except ClashError as error:
        raise ConflictError("the step is there already") from error
    return step


def modify(
    database: Database, actor: Actor, sop_instance_uid: str, ds: Dataset, at: datetime
) -> PerformedStep:
    """Keep what a step says anew, or how it ended; its orders follow.

    Raises EndedError for one that has ended, NotFoundError, and as `create`.
    """
    actor.require(Permission.STUDY_IMPORT)
    with database.write() as connection:
        stored = performed.get(connection, sop_instance_uid, lock=True)
        if stored is None:
            raise NotFoundError("performed procedure step")
        if stored.step.status is not PerformedStatus.IN_PROGRESS:
            raise EndedError("the step has ended")
        kept = steps.modified(steps.from_bytes(stored.data), ds)
        step = steps.told(kept, sop_instance_uid, at)
        performed.save(connection, stored.row, step, steps.to_bytes(kept))
        if step.status is not stored.step.status:
            availability.owe(connection, step, at)
            _complete_series(connection, kept, step, at)
            _follow(connection, actor, stored.row, at)
    return step


def read(database: Database, actor: Actor, sop_instance_uid: str) -> Dataset:
    """Everything a step says. Raises NotFoundError."""
    actor.require(Permission.ORDER_READ)
    with database.read() as connection:
        stored = performed.get(connection, sop_instance_uid)
    if stored is None:
        raise NotFoundError("performed procedure step")
    return steps.from_bytes(stored.data)


def _complete_series(
    connection: Connection, ds: Dataset, step: PerformedStep, at: datetime
) -> None:
    """Let nobody wait for more of the series whose images the step names and we have, all."""
    if step.status is not PerformedStatus.COMPLETED:
        return
    for series_uid, named in steps.images_by_series(ds).items():
        scope = Scope((), (series_uid,), tuple(named))
        if named and sum(1 for _ in retrieval.objects_of(connection, scope)) == len(named):
            settling.hasten(connection, series_uid, at)


def _orders_named(connection: Connection, ds: Dataset) -> list[int]:
    found: dict[int, None] = {}
    for item in ds.ScheduledStepAttributesSequence:
        row = orders.row_of_step(
            connection,
            str(item.StudyInstanceUID),
            str(item.get("AccessionNumber") or ""),
            str(item.get("ScheduledProcedureStepID") or ""),
        )
        if row is not None:
            found[row] = None
    return list(found)


def _follow(connection: Connection, actor: Actor, row: int, at: datetime) -> None:
    """Let the orders of the step in `row` stand where all their steps together say."""
    moved: list[Order] = []
    for order_row in performed.orders_of(connection, row):
        order = orders.get_row(connection, order_row)
        status = _status(performed.statuses_of(connection, order_row))
        if order.status is not status:
            order = with_status(order, status, at)
            orders.save(connection, order)
            audit.record(connection, actor.name, Action.ORDER_MOVED, at=at, subject=order.order_id)
            moved.append(order)
    changes.append(connection, ChangeKind.ORDER_CHANGED, [one.study_uid for one in moved], at)


def _status(statuses: frozenset[PerformedStatus]) -> OrderStatus:
    if PerformedStatus.IN_PROGRESS in statuses:
        return OrderStatus.STARTED
    if PerformedStatus.COMPLETED in statuses:
        return OrderStatus.COMPLETED
    return OrderStatus.DISCONTINUED

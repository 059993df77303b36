"""Rows of performed procedure steps, and which orders they are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.orders import PerformedStatus, PerformedStep
from app.server.store.tables import imaging_order, performed_order
from app.server.store.tables import performed_step as table


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A performed step, its row, and its attributes as a data set (explicit VR, UTF-8)."""

    row: int
    step: PerformedStep
    data: bytes


def insert(connection: Connection, step: PerformedStep, data: bytes) -> int:
    """Add a step and answer its row. Raises ClashError when its UID is taken."""
    values = _values(step, data) | {"sop_instance_uid": step.sop_instance_uid}
    row: int = connection.execute(table.insert().values(values).returning(table.c.id)).scalar_one()
    return row


def save(connection: Connection, row: int, step: PerformedStep, data: bytes) -> None:
    """Replace what may change of a step."""
    connection.execute(table.update().where(table.c.id == row).values(_values(step, data)))


def get(connection: Connection, sop_instance_uid: str, *, lock: bool = False) -> StoredStep | None:
    """The step of that UID; `lock` keeps it as it is until the transaction ends."""
    query = sa.select(table).where(table.c.sop_instance_uid == sop_instance_uid)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return StoredStep(row.id, _step(row), row.data) if row else None


def link(connection: Connection, row: int, orders: Sequence[int]) -> None:
    """Say that the step of `row` is of these rows of orders."""
    if orders:
        connection.execute(
            performed_order.insert(),
            [{"performed_step_id": row, "order_id": order} for order in orders],
        )


def orders_of(connection: Connection, row: int) -> tuple[int, ...]:
    """The rows of the orders that the step of `row` is of, in their order."""
    query = (
        sa.select(performed_order.c.order_id)
        .where(performed_order.c.performed_step_id == row)
        .order_by(performed_order.c.order_id)
    )
    return tuple(connection.scalars(query))


def statuses_of(connection: Connection, order: int) -> frozenset[PerformedStatus]:
    """Where the steps of the order in row `order` stand."""
    query = (
        sa.select(table.c.status)
        .join(performed_order, performed_order.c.performed_step_id == table.c.id)
        .where(performed_order.c.order_id == order)
    )
    return frozenset(PerformedStatus(status) for status in connection.scalars(query))


def of_order(connection: Connection, order_id: str) -> tuple[PerformedStep, ...]:
    """What was performed for an order, oldest first."""
    query = (
        sa.select(table)
        .join(performed_order, performed_order.c.performed_step_id == table.c.id)
        .join(imaging_order, imaging_order.c.id == performed_order.c.order_id)
        .where(imaging_order.c.order_id == order_id)
        .order_by(table.c.id)
    )
    return tuple(_step(row) for row in connection.execute(query))


def _values(step: PerformedStep, data: bytes) -> dict[str, Any]:
    return {
        "status": step.status.value,
        "station_ae_title": step.station_ae_title,
        "modality": step.modality,
        "study_uids": "\\".join(step.study_uids),
        "started_at": step.started_at,
        "ended_at": step.ended_at,
        "data": data,
        "updated_at": step.updated_at,
    }


def _step(row: sa.Row[Any]) -> PerformedStep:
    return PerformedStep(
        sop_instance_uid=row.sop_instance_uid,
        status=PerformedStatus(row.status),
        station_ae_title=row.station_ae_title,
        modality=row.modality,
        study_uids=tuple(row.study_uids.split("\\")) if row.study_uids else (),
        started_at=row.started_at,
        ended_at=row.ended_at,
        updated_at=row.updated_at,
    )

"""Rows of orders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.orders import Order, OrderContent, OrderQuery, OrderStatus
from app.domain.wire import from_plain, to_plain
from app.server.store.search import query_words, words
from app.server.store.tables import imaging_order as table

PAGE = 200


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the database itself leaves out before DICOM's matching; None leaves out nothing.

    `station_ae_title` keeps orders without a station too.
    """

    starts_from: datetime | None = None
    starts_until: datetime | None = None
    modality: str | None = None
    station_ae_title: str | None = None
    patient_id: str | None = None
    accession_number: str | None = None
    study_uid: str | None = None


def insert(connection: Connection, order: Order) -> int:
    """Add an order and answer the number of its row."""
    values = _values(order) | {
        "order_id": order.order_id,
        "study_uid": order.study_uid,
        "origin": order.origin,
        "said": "",
        "created_by": order.created_by,
    }
    row: int = connection.execute(table.insert().values(values).returning(table.c.id)).scalar_one()
    return row


def save(connection: Connection, order: Order) -> None:
    """Replace what may change of an order."""
    connection.execute(
        table.update().where(table.c.order_id == order.order_id).values(_values(order))
    )


def get(connection: Connection, order_id: str, *, lock: bool = False) -> Order | None:
    """The order of that id; `lock` keeps it as it is until the transaction ends."""
    query = sa.select(table).where(table.c.order_id == order_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return order_of(row) if row else None


def of_study(connection: Connection, study_uid: str) -> Order | None:
    """The first order of those that a study will be of."""
    query = sa.select(table).where(table.c.study_uid == study_uid).order_by(table.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    return order_of(row) if row else None


def page(connection: Connection, query: OrderQuery, limit: int) -> tuple[tuple[Order, ...], int]:
    """At most `limit` orders that match, by their start, and how many match."""
    found = sa.select(table).where(*_conditions(query))
    total = connection.scalar(sa.select(sa.func.count()).select_from(found.subquery()))
    rows = connection.execute(
        found.order_by(table.c.starts_at, table.c.id).limit(limit).offset(query.offset)
    )
    return tuple(order_of(row) for row in rows), total or 0


def after(
    connection: Connection,
    place: tuple[datetime, int] | None,
    statuses: Collection[OrderStatus],
    narrowing: Narrowing,
) -> list[tuple[tuple[datetime, int], Order]]:
    """The next orders of those that `narrowing` leaves, each with its place; begin with None."""
    query = sa.select(table).where(
        table.c.status.in_([each.value for each in statuses]), *_narrowed(narrowing)
    )
    if place:
        query = query.where(sa.tuple_(table.c.starts_at, table.c.id) > sa.tuple_(*place))
    rows = connection.execute(query.order_by(table.c.starts_at, table.c.id).limit(PAGE))
    return [((row.starts_at, row.id), order_of(row)) for row in rows]


def row_of_step(
    connection: Connection, study_uid: str, accession_number: str, step_id: str
) -> int | None:
    """The row of the order that a performed step names.

    By its study, and its step ID where the study has several orders; else by accession number and
    step ID: scanners that ask for the worklist by hand make a study of their own.
    """
    of_study = sa.select(table.c.id).where(table.c.study_uid == study_uid)
    by_study = of_study.order_by(table.c.step_id != step_id, table.c.id).limit(1)
    row: int | None = connection.scalar(by_study)
    if row is None and accession_number and step_id:
        by_numbers = sa.select(table.c.id).where(
            table.c.step_id == step_id, table.c.accession_number == accession_number
        )
        row = connection.scalar(by_numbers)
    return row


def get_row(connection: Connection, row: int) -> Order:
    """The order of that row, locked until the transaction ends."""
    query = sa.select(table).where(table.c.id == row).with_for_update()
    return order_of(connection.execute(query).one())


def _conditions(query: OrderQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        table.c.fold.contains(f" {word}", autoescape=True) for word in query_words(query.text)
    ]
    if query.first_day:
        found.append(table.c.starts_at >= datetime.combine(query.first_day, time()))
    if query.last_day:
        found.append(table.c.starts_at <= datetime.combine(query.last_day, time.max))
    if query.modality:
        found.append(table.c.modality == query.modality)
    if query.station_ae_title:
        found.append(table.c.station_ae_title == query.station_ae_title)
    if query.statuses:
        found.append(table.c.status.in_([each.value for each in query.statuses]))
    return found


def _narrowed(by: Narrowing) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if by.starts_from:
        found.append(table.c.starts_at >= by.starts_from)
    if by.starts_until:
        found.append(table.c.starts_at <= by.starts_until)
    if by.station_ae_title is not None:
        found.append(table.c.station_ae_title.in_(["", by.station_ae_title]))
    for column, value in (
        (table.c.modality, by.modality),
        (table.c.patient_id, by.patient_id),
        (table.c.accession_number, by.accession_number),
        (table.c.study_uid, by.study_uid),
    ):
        if value is not None:
            found.append(column == value)
    return found


def _values(order: Order) -> dict[str, Any]:
    content = order.content
    searched = [
        content.patient.name,
        content.patient.patient_id,
        content.procedure.accession_number,
        content.procedure.description,
        content.step.description,
        content.step.modality,
    ]
    return {
        "step_id": order.step_id,
        "status": order.status.value,
        "revision": order.revision,
        "starts_at": content.step.starts_at,
        "modality": content.step.modality,
        "station_ae_title": content.step.station_ae_title,
        "patient_id": content.patient.patient_id,
        "accession_number": content.procedure.accession_number,
        "fold": f" {words(searched, content.step.starts_at.date())}",
        "content": orjson.dumps(to_plain(content)),
        "updated_at": order.updated_at,
    }


def order_of(row: sa.Row[Any]) -> Order:
    """The order in a row of the table."""
    return Order(
        order_id=row.order_id,
        step_id=row.step_id,
        study_uid=row.study_uid,
        status=OrderStatus(row.status),
        revision=row.revision,
        content=from_plain(OrderContent, orjson.loads(row.content)),
        created_by=row.created_by,
        updated_at=row.updated_at,
        origin=row.origin,
    )

"""Rows of remote nodes. The secret of a row is no field of its node, so that nobody shows it."""

from dataclasses import asdict, fields

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.nodes import RemoteNode
from app.server.store.tables import remote_node as table

COLUMNS = [table.c[field.name] for field in fields(RemoteNode)]


def every(connection: Connection) -> tuple[RemoteNode, ...]:
    """All nodes, by AE title."""
    rows = connection.execute(sa.select(*COLUMNS).order_by(table.c.ae_title))
    return tuple(RemoteNode(**row) for row in rows.mappings())


def get(connection: Connection, ae_title: str, *, lock: bool = False) -> RemoteNode | None:
    """The node of that AE title; `lock` keeps it as it is until the transaction ends."""
    query = sa.select(*COLUMNS).where(_is(ae_title))
    found = connection.execute(query.with_for_update() if lock else query)
    row = found.mappings().one_or_none()
    return RemoteNode(**row) if row else None


def told_of_images(connection: Connection) -> tuple[str, ...]:
    """The AE titles of the nodes that get Instance Availability Notifications."""
    query = sa.select(table.c.ae_title).where(table.c.is_told_of_images)
    return tuple(connection.scalars(query.order_by(table.c.ae_title)))


def with_worklist(connection: Connection) -> tuple[str, ...]:
    """The AE titles of the nodes whose worklists are kept in step here."""
    query = sa.select(table.c.ae_title).where(table.c.has_worklist)
    return tuple(connection.scalars(query.order_by(table.c.ae_title)))


def asked_for_priors(connection: Connection) -> tuple[str, ...]:
    """The AE titles of the nodes that are asked for earlier studies."""
    query = sa.select(table.c.ae_title).where(table.c.prior_count > 0)
    return tuple(connection.scalars(query.order_by(table.c.ae_title)))


def insert(connection: Connection, node: RemoteNode) -> None:
    """Add a node. Raises ClashError when its AE title is taken."""
    connection.execute(table.insert().values(asdict(node)))


def update(connection: Connection, node: RemoteNode) -> None:
    """Replace the node of the same AE title."""
    connection.execute(table.update().where(table.c.ae_title == node.ae_title).values(asdict(node)))


def delete(connection: Connection, ae_title: str) -> None:
    """Forget a node."""
    connection.execute(table.delete().where(_is(ae_title)))


def secret(connection: Connection, ae_title: str) -> str:
    """What proves to a node's DICOMweb who we are; empty for nothing."""
    found = connection.scalar(sa.select(table.c.dicomweb_secret).where(_is(ae_title)))
    return str(found or "")


def keep_secret(connection: Connection, ae_title: str, text: str) -> None:
    """Keep another secret of a node."""
    connection.execute(table.update().where(_is(ae_title)).values(dicomweb_secret=text))


def _is(ae_title: str) -> sa.ColumnElement[bool]:
    return table.c.ae_title == ae_title

"""Remote nodes: the records that say who may call and where others are reached."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson

from app.dicom import charset
from app.domain.access import Actor, Permission
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.nodes import MAX_SECRET, EchoResult, RemoteNode
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store import nodes as rows
from app.server.store.engine import ClashError, Connection, Database


@dataclass(frozen=True, slots=True)
class Nodes:
    """The use cases of remote nodes; `send_echo` sends a C-ECHO."""

    database: Database
    send_echo: Callable[[RemoteNode], EchoResult]
    clock: Callable[[], datetime]

    def all(self, actor: Actor) -> tuple[RemoteNode, ...]:
        """Every node, by AE title."""
        actor.require(Permission.NODE_READ)
        with self.database.read() as connection:
            return rows.every(connection)

    def one(self, actor: Actor, ae_title: str) -> RemoteNode:
        """The node of that AE title. Raises NotFoundError."""
        actor.require(Permission.NODE_READ)
        with self.database.read() as connection:
            node = rows.get(connection, ae_title)
        if node is None:
            raise NotFoundError("no such node")
        return node

    def destination(self, actor: Actor, ae_title: str) -> RemoteNode:
        """Where objects for `ae_title` go, for who may retrieve them.

        Raises NotFoundError for a node that nobody recorded, or one without an address.
        """
        actor.require(Permission.STUDY_READ)
        node = self.address(ae_title)
        if node is None:
            raise NotFoundError("no such node, or one without an address")
        return node

    def address(self, ae_title: str) -> RemoteNode | None:
        """Where the server reaches `ae_title` for work of its own; None where it can't."""
        with self.database.read() as connection:
            node = rows.get(connection, ae_title)
        return node if node and node.is_reachable else None

    def web_address(self, ae_title: str) -> tuple[RemoteNode, str] | None:
        """Where the server reaches the DICOMweb of `ae_title`, and what proves who we are."""
        with self.database.read() as connection:
            node = rows.get(connection, ae_title)
            secret = rows.secret(connection, ae_title)
        return (node, secret) if node and node.dicomweb_url else None

    def keep_secret(self, actor: Actor, ae_title: str, secret: str) -> None:
        """Keep the password or token for a node's DICOMweb; an empty one forgets it.

        Nothing answers it back. Raises NotFoundError, and InvalidError for one that would go over
        the network unencrypted.
        """
        actor.require(Permission.NODE_WRITE)
        if len(secret) > MAX_SECRET or not (secret.isprintable() and secret.isascii()):
            raise InvalidError("dicomweb_secret")
        with self.database.write() as connection:
            node = rows.get(connection, ae_title, lock=True)
            if node is None:
                raise NotFoundError("no such node")
            if secret and not node.keeps_secrets:
                raise InvalidError("dicomweb_url")
            rows.keep_secret(connection, ae_title, secret)
            audit.record(
                connection,
                actor.name,
                Action.NODE_SECRET_CHANGED,
                at=self.clock(),
                subject=ae_title,
            )

    def add(self, actor: Actor, node: RemoteNode) -> None:
        """Record a node. Raises InvalidError, and ConflictError when its AE title is taken."""
        actor.require(Permission.NODE_WRITE)
        _check(node)
        try:
            with self.database.write() as connection:
                rows.insert(connection, node)
                self._tell(connection, actor, Action.NODE_ADDED, None, node)
        except ClashError as error:
            raise ConflictError("the AE title is taken") from error

    def save(self, actor: Actor, node: RemoteNode) -> None:
        """Record a node, or replace the one of the same AE title. Raises InvalidError.

        One whose DICOMweb moves loses its secret: it was meant for the old place alone.
        """
        actor.require(Permission.NODE_WRITE)
        _check(node)
        with self.database.write() as connection:
            before = rows.get(connection, node.ae_title, lock=True)
            if before == node:
                return
            if before:
                rows.update(connection, node)
                if not node.is_same_site(before):
                    rows.keep_secret(connection, node.ae_title, "")
                self._tell(connection, actor, Action.NODE_CHANGED, before, node)
            else:
                rows.insert(connection, node)
                self._tell(connection, actor, Action.NODE_ADDED, None, node)

    def delete(self, actor: Actor, ae_title: str) -> None:
        """Forget a node; one that is gone already is no error."""
        actor.require(Permission.NODE_WRITE)
        with self.database.write() as connection:
            before = rows.get(connection, ae_title, lock=True)
            if before:
                rows.delete(connection, ae_title)
                self._tell(connection, actor, Action.NODE_DELETED, before, None)

    def echo(self, actor: Actor, ae_title: str) -> EchoResult:
        """Send C-ECHO to a node. Raises NotFoundError, and InvalidError without an address."""
        node = self.one(actor, ae_title)
        if not node.is_reachable:
            raise InvalidError("the node has no address")
        return self.send_echo(node)

    def _tell(
        self,
        connection: Connection,
        actor: Actor,
        action: Action,
        before: RemoteNode | None,
        after: RemoteNode | None,
    ) -> None:
        known = after or before
        audit.record(
            connection,
            actor.name,
            action,
            at=self.clock(),
            subject=known.ae_title if known else "",
            change=audit.Change(_text(before), _text(after)),
        )


def _check(node: RemoteNode) -> None:
    node.check()
    if "?" in charset.declared(node.character_set.encode("ascii", "replace")):
        raise InvalidError("character_set")


def _text(node: RemoteNode | None) -> str:
    return orjson.dumps(node).decode() if node else ""

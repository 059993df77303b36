"""The vocabulary of services: what a handler is given, and what it answers."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.domain.access import Actor
from app.domain.ingest import Source, StoreResult
from app.domain.nodes import Caller
from app.server.core.callers import Callers
from app.server.core.nodes import Nodes
from app.server.dimse.commands import Command, CommandField, Values
from app.server.dimse.status import Status
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.spool import Spool


class Door(Protocol):
    """The one door objects come in by."""

    def store(self, actor: Actor, source: Source, data: bytes | Path) -> StoreResult:
        """Keep one Part 10 object; answer only when it is safe."""


@dataclass(frozen=True, slots=True)
class NodeParts:
    """What the services of the node work with; `tls` is how nodes are met that speak it.

    A peer may be silent between two messages for `idle_s`. Objects of `private_storage_classes` are
    stored and sent like those of the standard.
    """

    callers: Callers
    door: Door
    spool: Spool
    max_object_size: int
    database: Database
    objects: ObjectStore
    nodes: Nodes
    tls: ssl.SSLContext
    idle_s: float
    private_storage_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """An accepted presentation context.

    `is_peer_scp` says that the peer takes requests on it (role selection, PS3.7 D.3.3.4);
    `extended` is the application information agreed on (PS3.7 D.3.3.5).
    """

    id: int
    sop_class_uid: str
    transfer_syntax_uid: str
    is_peer_scp: bool = False
    extended: bytes = b""


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its data set, which is empty when none came."""

    command: Command
    data: bytes
    context: Context
    caller: Caller


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `elements` are further command elements, such as the counts of a C-MOVE."""

    status: int = Status.SUCCESS
    data: bytes = b""
    comment: str = ""
    elements: Values = field(default_factory=dict)


class PeerLeavingError(Exception):
    """The peer asked to release the association instead of answering."""


class Channel(Protocol):
    """What a handler may do on the association beside answering."""

    @property
    def contexts(self) -> tuple[Context, ...]:
        """All accepted presentation contexts."""

    def is_cancelled(self) -> bool:
        """Whether the peer has cancelled the request; a cancelled C-FIND ends by itself."""

    def store(self, context: Context, sop_instance_uid: str, data: bytes | memoryview) -> int:
        """Send one data set to the peer and answer its status. Raises PeerLeavingError."""

    def is_free(self, for_s: float) -> bool:
        """Whether the peer may be told something: it owes no answer, and is silent for so long."""

    def notify(
        self,
        context: Context,
        command_field: int,
        elements: Values,
        data: bytes,
        at_answer: Callable[[int | None], None],
    ) -> None:
        """Send another request and don't wait; `at_answer` is told the status when it comes.

        It is told None when the association ends before.
        """


Handler = Callable[[NodeParts, Request, Channel], Iterator[Answer]]
"""Answers as they come, the final one last; what stands behind it runs when it is sent."""


@dataclass(frozen=True, slots=True)
class Service:
    """One operation of one SOP class.

    `extended` is the application information that is supported, one byte a feature.
    """

    sop_class_uid: str
    field: CommandField
    handler: Handler
    extended: bytes = b""


Services = Mapping[tuple[str, int], Service]

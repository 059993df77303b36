"""Sends series and studies to nodes: what rules or people want, less what a node has already."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from app.domain.archives import ArchiveProblem
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.jobs import Job
from app.domain.routing import RULE_GONE
from app.server.core import commitment_requests, retrieve
from app.server.core.nodes import Nodes
from app.server.core.routing import FORWARD, SETTLE, Routing, Sending
from app.server.dimse import archive
from app.server.dimse.requestor import Peer
from app.server.dimse.sending import Outgoing, Sent, send
from app.server.jobs.commitment_requests import ask_for_commitment
from app.server.jobs.outbox import HopelessError, Outbox, Retry, Stop, StoppedError
from app.server.store.objects import ObjectStore
from app.server.store.retrieval import StoredObject

RETRY = Retry(most=timedelta(minutes=10), give_up_after=timedelta(days=3))
NOTE_EVERY_S = 2.0
"""What was sent since is sent again after a crash, which harms nobody."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """The jobs of routing; `calling` is the AE title we call others by."""

    objects: ObjectStore
    routing: Routing
    nodes: Nodes
    tls: ssl.SSLContext
    calling: str

    def serve(self, outbox: Outbox) -> None:
        """Let `outbox` bring these jobs here."""
        outbox.handle(SETTLE, self.settle)
        outbox.handle(FORWARD, self.forward, RETRY)
        ask_for_commitment(outbox, self.routing, self._peer, self.calling)

    def settle(self, job: Job, _is_stopped: Stop) -> None:
        """Look what the rules say of a series that is complete."""
        self.routing.settled(job.payload["series_uid"])

    def forward(self, job: Job, is_stopped: Stop) -> None:
        """Send what is due. Raises UnavailableError when the node did not take all of it."""
        sending = Sending(**job.payload)
        try:
            due = self.routing.due(sending)
        except NotFoundError as error:
            raise HopelessError(f"{RULE_GONE}: {error.detail}") from error
        refused = self._send(sending.ae_title, due, is_stopped) if due else []
        if is_stopped():
            raise StoppedError
        if refused:
            raise UnavailableError(_reason(sending.ae_title, refused, len(due)))
        commitment_requests.owe(
            self.routing.database, sending.ae_title, sending.study_uid, self.routing.clock()
        )

    def _send(self, ae_title: str, due: list[StoredObject], is_stopped: Stop) -> list[Sent]:
        """What the node did not take; what it took is written down, whatever happens then."""
        refused: list[Sent] = []
        kept: list[str] = []
        noted_at = time.monotonic()
        try:
            for each in self._answers(ae_title, due, is_stopped):
                if each.is_kept:
                    kept.append(each.outgoing.sop_instance_uid)
                else:
                    refused.append(each)
                if time.monotonic() - noted_at > NOTE_EVERY_S:
                    self.routing.sent(ae_title, kept)
                    kept, noted_at = [], time.monotonic()
        finally:
            self.routing.sent(ae_title, kept)
        return refused

    def _answers(self, ae_title: str, due: list[StoredObject], is_stopped: Stop) -> Iterator[Sent]:
        node = self.nodes.address(ae_title)
        if node is None:
            raise UnavailableError(f"{ArchiveProblem.UNREACHABLE}: {ae_title} has no address")
        with archive.told():
            yield from send(
                Peer.of(node, self.tls),
                self.calling,
                [self._outgoing(each) for each in due],
                preferred=node.preferred_transfer_syntax,
                is_stopped=is_stopped,
            )

    def _peer(self, ae_title: str) -> Peer | None:
        node = self.nodes.address(ae_title)
        return Peer.of(node, self.tls) if node else None

    def _outgoing(self, each: StoredObject) -> Outgoing:
        return Outgoing(
            each.sop_class_uid,
            each.sop_instance_uid,
            each.transfer_syntax_uid,
            partial(retrieve.opened, self.objects, each),
        )


def _reason(ae_title: str, refused: list[Sent], count: int) -> str:
    first = refused[0]
    said = f"0x{first.status:04X} {first.reason}" if first.status >= 0 else first.reason
    told = f"{ae_title} did not take {len(refused)} of {count} objects: {said}".rstrip()
    return f"{ArchiveProblem.INCOMPLETE}: {told}"

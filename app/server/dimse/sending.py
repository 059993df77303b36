"""C-STORE towards a peer (PS3.4 B): objects in a syntax it takes, transcoded where it must be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.server.dimse.commands import CommandField
from app.server.dimse.outgoing import Outgoing, UnsendableError, candidates, written
from app.server.dimse.proposals import MAX_CONTEXTS, Proposal
from app.server.dimse.requestor import Look, Peer, Requestor, UnwantedError, associated
from app.server.dimse.status import WARNINGS, Status

__all__ = ["NO_RESPONSE", "Originator", "Outgoing", "Sent", "send"]

NO_RESPONSE = -1
"""Stands for an object that was not sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How a peer answered one object; `status` is the DICOM status, or NO_RESPONSE.

    `reason` is the peer's comment, or why it was not sent.
    """

    outgoing: Outgoing
    status: int
    reason: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the peer has the object now."""
        return self.status == Status.SUCCESS or self.status in WARNINGS


@dataclass(frozen=True, slots=True)
class Originator:
    """Whose C-MOVE makes us send, and in which of its messages."""

    ae_title: str
    message_id: int


def send(
    peer: Peer,
    calling: str,
    objects: Sequence[Outgoing],
    *,
    preferred: str = "",
    originator: Originator | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Sent]:
    """Send `objects` in their order and yield each answer as it comes.

    Each goes in the `preferred` syntax if nothing is lost by it, else as it is, else uncompressed,
    by what the peer accepts. Raises UnavailableError without an association, and when the peer goes
    away. `is_stopped` is asked before each object and while it goes out: what the peer has not
    answered then is not told of, and may have reached it.
    """

    def look() -> None:
        if is_stopped():
            raise UnwantedError

    for group in _groups(objects, preferred):
        if is_stopped():
            return
        with associated(peer, calling, group.proposals) as requestor:
            for each in group.objects:
                if is_stopped():
                    return
                yield _sent(requestor, each, preferred, originator, look)


@dataclass(frozen=True)
class _Group:
    """Objects that one association can carry."""

    objects: tuple[Outgoing, ...]
    preferred: str

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        return _proposals(self.objects, self.preferred)


def _groups(objects: Sequence[Outgoing], preferred: str) -> Iterator[_Group]:
    group: list[Outgoing] = []
    kinds: set[tuple[str, str]] = set()
    for each in objects:
        kind = each.sop_class_uid, each.transfer_syntax_uid
        if kind not in kinds and len(_proposals([*group, each], preferred)) > MAX_CONTEXTS:
            yield _Group(tuple(group), preferred)
            group, kinds = [], set()
        group.append(each)
        kinds.add(kind)
    if group:
        yield _Group(tuple(group), preferred)


def _proposals(objects: Sequence[Outgoing], preferred: str) -> tuple[Proposal, ...]:
    """A context for each SOP class and each syntax in which one of its objects may go."""
    found: dict[tuple[str, str], None] = {}
    for sop_class_uid, source in dict.fromkeys(
        (each.sop_class_uid, each.transfer_syntax_uid) for each in objects
    ):
        for syntax in candidates(source, preferred):
            found[sop_class_uid, syntax] = None
    return tuple(Proposal(sop_class_uid, (syntax,)) for sop_class_uid, syntax in found)


def _sent(
    requestor: Requestor,
    each: Outgoing,
    preferred: str,
    originator: Originator | None,
    look: Look,
) -> Sent:
    try:
        context, data = written(each, requestor.contexts, preferred)
    except UnsendableError as error:
        return Sent(each, NO_RESPONSE, str(error))
    values: dict[int, int | str | bytes] = {
        0x0002: each.sop_class_uid,
        0x0700: 0,
        0x1000: each.sop_instance_uid,
    }
    if originator:
        values |= {0x1030: originator.ae_title, 0x1031: originator.message_id}
    answer = requestor.final(context, CommandField.C_STORE, values, data, look=look).command
    return Sent(each, answer.number(0x0900), answer.text(0x0902))

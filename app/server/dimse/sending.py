"""C-STORE towards a peer (PS3.4 B): objects in a syntax it takes, transcoded where it must be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from app.dicom import part10
from app.dicom.header import read_object
from app.dicom.image_header import LOSSY_SYNTAXES
from app.dicom.transcode import UntranscodableError, can_transcode, transcode
from app.domain.errors import Error
from app.server.dimse.commands import CommandField
from app.server.dimse.requestor import MAX_CONTEXTS, Peer, Proposal, Requestor, associated
from app.server.dimse.service import Context

NO_RESPONSE = -1
"""Stands for an object that was not sent."""
WARNINGS = range(0xB000, 0xC000)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An object to be sent; `read` gives its Part 10 file."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    read: Callable[[], bytes]

    @classmethod
    def of(cls, path: Path) -> Self:
        """The object in a file. Raises RefusedObjectError."""
        parsed = read_object(path)
        return cls(
            parsed.sop_class_uid,
            parsed.sop_instance_uid,
            parsed.transfer_syntax_uid,
            path.read_bytes,
        )


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
        return self.status == 0 or self.status in WARNINGS


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
    away. `is_stopped` is asked before each object.
    """
    for group in _groups(objects, preferred):
        if is_stopped():
            return
        with associated(peer, calling, group.proposals) as requestor:
            for each in group.objects:
                if is_stopped():
                    return
                yield _sent(requestor, each, preferred, originator)


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
        for syntax in _candidates(source, preferred):
            found[sop_class_uid, syntax] = None
    return tuple(Proposal(sop_class_uid, (syntax,)) for sop_class_uid, syntax in found)


def _candidates(source: str, preferred: str) -> tuple[str, ...]:
    """The syntaxes an object may go in, best first; what has lost stays as it is if it can."""
    wishes = [source, part10.EXPLICIT, part10.IMPLICIT]
    if preferred and source not in LOSSY_SYNTAXES:
        wishes.insert(0, preferred)
    return tuple(syntax for syntax in dict.fromkeys(wishes) if can_transcode(source, syntax))


def _sent(
    requestor: Requestor, each: Outgoing, preferred: str, originator: Originator | None
) -> Sent:
    accepted = {
        context.transfer_syntax_uid: context
        for context in requestor.contexts
        if context.sop_class_uid == each.sop_class_uid
    }
    reason = "no transfer syntax was accepted"
    try:
        data = each.read()
    except (Error, OSError) as error:
        return Sent(each, NO_RESPONSE, f"can't be read: {error}")
    for syntax in _candidates(each.transfer_syntax_uid, preferred):
        if syntax not in accepted:
            continue
        try:
            is_as_kept = syntax == each.transfer_syntax_uid
            written = data if is_as_kept else transcode(data, syntax)
        except UntranscodableError as error:
            reason = f"can't be written in {syntax}: {error.detail}"
            continue
        return _stored(requestor, each, accepted[syntax], written, originator)
    return Sent(each, NO_RESPONSE, reason)


def _stored(
    requestor: Requestor,
    each: Outgoing,
    context: Context,
    written: bytes,
    originator: Originator | None,
) -> Sent:
    values: dict[int, int | str | bytes] = {
        0x0002: each.sop_class_uid,
        0x0700: 0,
        0x1000: each.sop_instance_uid,
    }
    if originator:
        values |= {0x1030: originator.ae_title, 0x1031: originator.message_id}
    answer = requestor.final(
        context, CommandField.C_STORE, values, part10.without_meta(written)
    ).command
    return Sent(each, answer.number(0x0900), answer.text(0x0902))

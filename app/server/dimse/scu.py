"""What we ask other nodes for: C-ECHO, C-FIND, C-MOVE, C-GET, worklists (PS3.4)."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydicom import Dataset
from pynetdicom.sop_class import Verification

from app.dicom import part10
from app.domain.errors import UnavailableError
from app.server.dimse import identifier, wire
from app.server.dimse.commands import CommandField, Values
from app.server.dimse.information_model import Root
from app.server.dimse.messages import Message
from app.server.dimse.modality_worklist import MODALITY_WORKLIST
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import (
    Objects,
    Peer,
    Question,
    Requestor,
    UnwantedError,
    associated,
)
from app.server.dimse.service import Answer
from app.server.dimse.status import PENDING, Status

__all__ = [
    "Objects",
    "Peer",
    "Progress",
    "Root",
    "echo",
    "find",
    "finder",
    "get",
    "move",
    "worklist",
]

NATIVE = (part10.EXPLICIT, part10.IMPLICIT)
UNICODE = "ISO_IR 192"
SUB_OPERATIONS_S = 600
"""So long a peer may be silent while it sends objects on: many tell nothing in between."""

CANCEL_S = 10
"""So long a peer may go on after a C-CANCEL before the association is aborted."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a C-MOVE or C-GET is; the last one has the final `status`."""

    status: int
    remaining: int
    completed: int
    failed: int
    warning: int
    reason: str = ""


Stop = Callable[[], bool]


def _never() -> bool:
    return False


def echo(peer: Peer, calling: str) -> int:
    """Send C-ECHO and answer its status. Raises UnavailableError."""
    uid = str(Verification)
    with associated(peer, calling, [Proposal(uid, (part10.IMPLICIT,))]) as requestor:
        answer = requestor.final(requestor.context(uid), CommandField.C_ECHO, {0x0002: uid})
    return answer.command.number(0x0900)


def find(
    peer: Peer,
    calling: str,
    keys: Dataset,
    root: Root = Root.STUDY,
    *,
    is_stopped: Stop = _never,
    within_s: float = math.inf,
) -> Iterator[Dataset]:
    """The matches of `keys`, which name their QueryRetrieveLevel, as they come.

    A query that `is_stopped` is cancelled; one that has not ended `within_s` is given up. Raises
    UnavailableError, also when the peer refuses.
    """
    return _matches(peer, calling, keys, root.find, is_stopped, within_s)


@contextlib.contextmanager
def finder(
    peer: Peer, calling: str, root: Root = Root.STUDY, *, is_stopped: Stop = _never
) -> Iterator[Callable[[Dataset], Iterator[Dataset]]]:
    """Asks one query after the other, over one association, each as `find`."""
    with _asker(peer, calling, root.find, is_stopped) as ask:
        yield ask


def worklist(
    peer: Peer,
    calling: str,
    keys: Dataset,
    *,
    is_stopped: Stop = _never,
    within_s: float = math.inf,
) -> Iterator[Dataset]:
    """The scheduled procedure steps that match `keys` (PS3.4 K), as `find`."""
    return _matches(peer, calling, keys, MODALITY_WORKLIST, is_stopped, within_s)


def move(
    peer: Peer,
    calling: str,
    keys: Dataset,
    destination: str,
    root: Root = Root.STUDY,
    *,
    is_stopped: Stop = _never,
) -> Iterator[Progress]:
    """Let `peer` send what `keys` name to the AE title `destination`."""
    with associated(peer, calling, [Proposal(root.move, NATIVE)]) as requestor:
        values = {0x0600: destination}
        for message in _asked(requestor, peer, root.move, CommandField.C_MOVE, keys, values).until(
            is_stopped
        ):
            yield _progress(message)


def get(
    peer: Peer,
    calling: str,
    keys: Dataset,
    storage: Sequence[Proposal],
    objects: Objects,
    root: Root = Root.STUDY,
    *,
    is_stopped: Stop = _never,
) -> Iterator[Progress]:
    """Fetch what `keys` name over this association, in the contexts of `storage`."""
    with associated(peer, calling, [Proposal(root.get, NATIVE), *storage]) as requestor:
        requestor.take_objects(objects)
        asked = _asked(requestor, peer, root.get, CommandField.C_GET, keys, {})
        for message in asked.until(is_stopped):
            if message.command.is_response:
                yield _progress(message)
            else:
                requestor.answer(message, Answer(_taken(message, objects)))


class StatusError(UnavailableError):
    """A peer's final answer says neither success nor that it stopped as asked, but `status`."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class _Asked:
    """A request for many answers, which can be cancelled."""

    def __init__(self, question: Question, peer: Peer) -> None:
        self._question = question
        self._peer = peer

    def until(self, is_stopped: Stop) -> Iterator[Message]:
        """The messages; a C-CANCEL goes out as soon as `is_stopped`, also to a silent peer.

        Raises StatusError when the final answer says neither success nor cancelled, and
        UnwantedError when none comes soon after the C-CANCEL.
        """
        until = math.inf

        def look() -> None:
            nonlocal until
            if until == math.inf and is_stopped():
                self._question.cancel()
                until = time.monotonic() + CANCEL_S
            if time.monotonic() > until:
                raise UnwantedError

        for message in self._question.answers(look):
            yield message
            status = message.command.number(0x0900)
            if message.command.is_response and status not in (*PENDING, *_GOOD_ENDS):
                comment = message.command.text(0x0902)
                reason = f"{self._peer.ae_title} answers 0x{status:04X} {comment}".rstrip()
                raise StatusError(status, reason)


_GOOD_ENDS = (Status.SUCCESS, Status.CANCEL, Status.SUBOPERATIONS_FAILED)


def _asked(
    requestor: Requestor,
    peer: Peer,
    uid: str,
    field: CommandField,
    keys: Dataset,
    values: Values,
    timeout_s: float = SUB_OPERATIONS_S,
) -> _Asked:
    context = requestor.context(uid)
    character_set = str(keys.get("SpecificCharacterSet", "")) or peer.character_set or UNICODE
    data = identifier.encode(keys, context.transfer_syntax_uid, character_set)
    question = requestor.ask(
        context, field, {0x0002: uid, 0x0700: 0, **values}, data, timeout_s=timeout_s
    )
    return _Asked(question, peer)


def _matches(
    peer: Peer,
    calling: str,
    keys: Dataset,
    uid: str,
    is_stopped: Stop,
    within_s: float = math.inf,
) -> Iterator[Dataset]:
    with _asker(peer, calling, uid, is_stopped, within_s) as ask:
        yield from ask(keys)


@contextlib.contextmanager
def _asker(
    peer: Peer, calling: str, uid: str, is_stopped: Stop, within_s: float = math.inf
) -> Iterator[Callable[[Dataset], Iterator[Dataset]]]:
    with associated(peer, calling, [Proposal(uid, NATIVE)], within_s=within_s) as requestor:

        def ask(keys: Dataset) -> Iterator[Dataset]:
            patience_s = wire.NETWORK_TIMEOUT_S
            asked = _asked(requestor, peer, uid, CommandField.C_FIND, keys, {}, patience_s)
            for message in asked.until(is_stopped):
                if message.data:
                    syntax = message.context.transfer_syntax_uid
                    yield identifier.decode(message.data, syntax, peer.character_set)
                elif message.command.number(0x0900) == Status.CANCEL and not is_stopped():
                    raise StatusError(Status.CANCEL, f"{peer.ae_title} broke its answer off")

        yield ask


def _progress(message: Message) -> Progress:
    command = message.command
    return Progress(
        status=command.number(0x0900),
        remaining=command.number(0x1020),
        completed=command.number(0x1021),
        failed=command.number(0x1022),
        warning=command.number(0x1023),
        reason=command.text(0x0902),
    )


def _taken(message: Message, objects: Objects) -> int:
    incoming = message.incoming
    if incoming is None:
        return Status.UNRECOGNIZED_OPERATION
    try:
        if incoming.has_failed or incoming.is_too_large:
            return Status.OUT_OF_RESOURCES
        return objects.take(incoming.content())
    finally:
        incoming.close()

"""Storage Commitment Push Model as SCP (PS3.4 J.3).

The report goes on the association of the request when the peer keeps it and says nothing else, and
on one that we open when it does not or does not answer.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from pydicom import Dataset
from pydicom.uid import UID

from app.domain.commitment import Commitment, Finding, Reference
from app.domain.errors import ConflictError, Error, InvalidError, UnavailableError
from app.server.core import commitment as commitments
from app.server.dimse import identifier
from app.server.dimse.commands import CommandField, Values
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Peer, associated
from app.server.dimse.service import (
    Answer,
    Channel,
    NodeParts,
    Request,
    Service,
)
from app.server.dimse.status import Status

STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
WELL_KNOWN_INSTANCE = "1.2.840.10008.1.20.1.1"
REQUEST_COMMITMENT = 1
ALL_COMMITTED, SOME_FAILED = 1, 2
ACTION_TYPE, EVENT_TYPE = 0x1008, 0x1002
SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
PATIENCE_S = 1.0
"""So long a peer may take to leave: most do, and don't expect a report while they do."""


def _action(parts: NodeParts, request: Request, channel: Channel) -> Iterator[Answer]:
    refusal, commitment = _understood(parts, request)
    if commitment is None:
        yield refusal
        return
    is_told = False
    try:
        yield Answer()
        if channel.is_free(PATIENCE_S):
            is_told = _is_told(parts, request, channel, commitment)
    finally:
        if not is_told:
            _note(parts, commitment, None)


SERVICES = (Service(STORAGE_COMMITMENT, CommandField.N_ACTION, _action),)


def report(peer: Peer, commitment: Commitment, finding: Finding) -> None:
    """Tell `peer` on an association of ours. Raises UnavailableError that says what went wrong."""
    proposal = Proposal(STORAGE_COMMITMENT, SYNTAXES, takes_requests=True)
    with associated(peer, commitment.called_ae_title, [proposal]) as requestor:
        context = requestor.context(STORAGE_COMMITMENT)
        data = _report(commitment, finding, context.transfer_syntax_uid)
        answer = requestor.final(context, CommandField.N_EVENT_REPORT, _event(finding), data)
        status = answer.command.number(0x0900)
    if status != Status.SUCCESS:
        raise UnavailableError(f"{peer.ae_title} answered the report with 0x{status:04X}")


def _understood(parts: NodeParts, request: Request) -> tuple[Answer, Commitment | None]:
    """The request when it is kept, else why not."""
    if request.command.sop_instance_uid != WELL_KNOWN_INSTANCE:
        return Answer(Status.NO_SUCH_INSTANCE), None
    if request.command.number(ACTION_TYPE) != REQUEST_COMMITMENT:
        return Answer(Status.NO_SUCH_ACTION), None
    try:
        ds = identifier.decode(request.data, request.context.transfer_syntax_uid)
        asked = Commitment(
            number=0,
            transaction_uid=_uid(ds, "TransactionUID"),
            ae_title=request.caller.ae_title,
            called_ae_title=request.caller.called_ae_title,
            references=tuple(
                Reference(
                    _uid(item, "ReferencedSOPClassUID"), _uid(item, "ReferencedSOPInstanceUID")
                )
                for item in ds.get("ReferencedSOPSequence") or ()
            ),
            requested_at=datetime.now(UTC),
        )
        kept = commitments.request(parts.database, request.caller.actor, asked)
    except InvalidError as error:
        return Answer(Status.INVALID_ARGUMENT_VALUE, comment=error.detail), None
    except ConflictError:
        return Answer(Status.DUPLICATE_TRANSACTION_UID), None
    return Answer(), kept


def _is_told(parts: NodeParts, request: Request, channel: Channel, commitment: Commitment) -> bool:
    """Send the report, and go on serving: whether the peer takes it shows later, or never."""
    try:
        finding = commitments.examine(parts.database, parts.objects, commitment.references)
    except Error:  # the request was answered; the job tries again
        return False
    data = _report(commitment, finding, request.context.transfer_syntax_uid)
    note = partial(_note, parts, commitment)
    channel.notify(request.context, CommandField.N_EVENT_REPORT, _event(finding), data, note)
    return True


def _note(parts: NodeParts, commitment: Commitment, status: int | None) -> None:
    """Write down that the peer has taken the report, or let the job give it."""
    note = commitments.reported if status == Status.SUCCESS else commitments.hand_over
    with contextlib.suppress(Error):  # the job looks again when its lease is over
        note(parts.database, commitment, datetime.now(UTC))


def _event(finding: Finding) -> Values:
    return {
        0x0002: STORAGE_COMMITMENT,
        0x1000: WELL_KNOWN_INSTANCE,
        EVENT_TYPE: SOME_FAILED if finding.failed else ALL_COMMITTED,
    }


def _report(commitment: Commitment, finding: Finding, transfer_syntax_uid: str) -> bytes:
    ds = Dataset()
    ds.TransactionUID = commitment.transaction_uid
    ds.RetrieveAETitle = commitment.called_ae_title
    if finding.committed:
        ds.ReferencedSOPSequence = [_item(each) for each in finding.committed]
    if finding.failed:
        ds.FailedSOPSequence = [_item(each, reason) for each, reason in finding.failed]
    return identifier.encode(ds, transfer_syntax_uid, "")


def _item(reference: Reference, reason: int | None = None) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    if reason is not None:
        item.FailureReason = int(reason)
    return item


def _uid(ds: Dataset, keyword: str) -> str:
    uid = str(ds.get(keyword) or "")
    if not UID(uid).is_valid:
        raise InvalidError(keyword)
    return uid

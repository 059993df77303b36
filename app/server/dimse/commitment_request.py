"""Storage Commitment Push Model as SCU (PS3.4 J.3).

The report comes on the association of the request, or on one that the peer opens.
"""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pydicom import Dataset
from pydicom.uid import UID

from app.domain.commitment import Answered, Reference
from app.domain.errors import InvalidError, UnavailableError
from app.server.core import commitment_requests
from app.server.dimse import identifier
from app.server.dimse.commands import CommandField, Values
from app.server.dimse.commitment import (
    ACTION_TYPE,
    REQUEST_COMMITMENT,
    STORAGE_COMMITMENT,
    SYNTAXES,
    WELL_KNOWN_INSTANCE,
)
from app.server.dimse.messages import Message
from app.server.dimse.proposals import Proposal
from app.server.dimse.requestor import Peer, Requestor, associated
from app.server.dimse.service import Answer, Channel, NodeParts, Request, Service
from app.server.dimse.status import Status

REPORT_S = 5.0
"""So long we stay for the report: who is not that quick opens an association for it."""


def request(
    peer: Peer, calling: str, transaction_uid: str, references: Sequence[Reference]
) -> Iterator[Answered]:
    """Ask `peer` to commit itself to objects; yields what it reports while we are there.

    Raises UnavailableError when it does not take the request.
    """
    ds = Dataset()
    ds.TransactionUID = transaction_uid
    ds.ReferencedSOPSequence = [_item(each) for each in references]
    values: Values = {
        0x0003: STORAGE_COMMITMENT,
        0x1001: WELL_KNOWN_INSTANCE,
        ACTION_TYPE: REQUEST_COMMITMENT,
    }
    with associated(peer, calling, [Proposal(STORAGE_COMMITMENT, SYNTAXES)]) as requestor:
        context = requestor.context(STORAGE_COMMITMENT)
        data = identifier.encode(ds, context.transfer_syntax_uid, "")
        for message in requestor.ask(context, CommandField.N_ACTION, values, data):
            if not message.command.is_response:
                yield from _reported(requestor, message)
            elif (status := message.command.number(0x0900)) != Status.SUCCESS:
                raise UnavailableError(f"{peer.ae_title} answers 0x{status:04X}")
        with contextlib.suppress(UnavailableError):  # it is silent, or gone
            yield from _reported(requestor, requestor.next(REPORT_S))


def _reported(requestor: Requestor, message: Message) -> Iterator[Answered]:
    """What is reported; it is answered when whoever is told has kept it."""
    try:
        if message.command.field != CommandField.N_EVENT_REPORT:
            requestor.answer(message, Answer(Status.UNRECOGNIZED_OPERATION))
            return
        yield _understood(message.data, message.context.transfer_syntax_uid)
        requestor.answer(message, Answer())
    except InvalidError:
        requestor.answer(message, Answer(Status.INVALID_ARGUMENT_VALUE))


def _report(parts: NodeParts, request: Request, _channel: Channel) -> Iterator[Answer]:
    try:
        answered = _understood(request.data, request.context.transfer_syntax_uid)
    except InvalidError as error:
        yield Answer(Status.INVALID_ARGUMENT_VALUE, comment=error.detail)
        return
    is_known = commitment_requests.answered(parts.database, answered, datetime.now(UTC))
    yield Answer() if is_known else Answer(Status.INVALID_ARGUMENT_VALUE, comment="TransactionUID")


SERVICES = (Service(STORAGE_COMMITMENT, CommandField.N_EVENT_REPORT, _report),)


def _understood(data: bytes, transfer_syntax_uid: str) -> Answered:
    """Raises InvalidError for what is no report."""
    ds = identifier.decode(data, transfer_syntax_uid)
    return Answered(
        transaction_uid=str(ds.get("TransactionUID") or ""),
        committed=tuple(map(_instance, ds.get("ReferencedSOPSequence") or ())),
        failed=tuple(
            (_instance(item), int(item.get("FailureReason") or Status.PROCESSING_FAILURE))
            for item in ds.get("FailedSOPSequence") or ()
        ),
    )


def _instance(item: Dataset) -> str:
    return str(item.get("ReferencedSOPInstanceUID") or "")


def _item(reference: Reference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = UID(reference.sop_class_uid)
    item.ReferencedSOPInstanceUID = UID(reference.sop_instance_uid)
    return item

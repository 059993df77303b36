"""What we propose in an association request, and what a peer accepts of it (PS3.8 7.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom import build_context
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
)

from app.dicom import part10
from app.server.dimse import wire
from app.server.dimse.service import Context
from app.server.dimse.wire import HEADER, PduType

APPLICATION_CONTEXT = UID("1.2.840.10008.3.1.1.1")
MAX_CONTEXTS = 128


@dataclass(frozen=True, slots=True)
class Proposal:
    """One presentation context that we offer; `takes_requests` offers to be its SCP."""

    sop_class_uid: str
    transfer_syntaxes: tuple[str, ...]
    takes_requests: bool = False


def request(called: str, calling: str, proposals: Sequence[Proposal]) -> bytes:
    """The A-ASSOCIATE-RQ, for the first MAX_CONTEXTS of `proposals`."""
    primitive = A_ASSOCIATE()
    primitive.application_context_name = APPLICATION_CONTEXT
    primitive.calling_ae_title, primitive.called_ae_title = calling, called
    contexts = []
    for number, proposal in enumerate(proposals[:MAX_CONTEXTS]):
        context = build_context(proposal.sop_class_uid, list(proposal.transfer_syntaxes))
        context.context_id = 2 * number + 1
        contexts.append(context)
    primitive.presentation_context_definition_list = contexts
    length = MaximumLengthNotification()
    length.maximum_length_received = wire.OFFERED_PDU_LENGTH
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID(part10.IMPLEMENTATION_UID)
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = part10.IMPLEMENTATION_NAME
    primitive.user_information = [length, implementation, version, *_roles(proposals)]
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(primitive)
    return bytes(pdu.encode())


def _roles(proposals: Sequence[Proposal]) -> Iterator[SCP_SCU_RoleSelectionNegotiation]:
    """Role selection for what the peer shall send us (PS3.7 D.3.3.4)."""
    for uid in dict.fromkeys(each.sop_class_uid for each in proposals if each.takes_requests):
        role = SCP_SCU_RoleSelectionNegotiation()
        role.sop_class_uid, role.scu_role, role.scp_role = UID(uid), False, True
        yield role


def accepted(body: bytes, proposals: Sequence[Proposal]) -> tuple[dict[int, Context], int]:
    """The contexts that an A-ASSOCIATE-AC accepts, and the longest PDU the peer takes.

    Raises whatever it is broken by.
    """
    pdu = A_ASSOCIATE_AC()
    pdu.decode(HEADER.pack(PduType.ASSOCIATE_AC, len(body)) + body)
    acceptance = pdu.to_primitive()
    contexts = {}
    for result in acceptance.presentation_context_definition_results_list:
        proposal = proposals[(result.context_id - 1) // 2]
        if result.result == 0:
            contexts[result.context_id] = Context(
                result.context_id, proposal.sop_class_uid, str(result.transfer_syntax[0])
            )
    return contexts, acceptance.maximum_length_received or 0

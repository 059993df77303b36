"""Association negotiation (PS3.8 7.1): what a peer proposes and what it gets."""

from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom import (
    ALL_TRANSFER_SYNTAXES,
    AllStoragePresentationContexts,
    build_context,
)
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
)
from pynetdicom.presentation import PresentationContext, negotiate_as_acceptor
from pynetdicom.sop_class import Verification

from app.dicom import part10
from app.server.dimse.wire import (
    HEADER,
    OFFERED_PDU_LENGTH,
    AbortReason,
    PduType,
    ProtocolError,
    reject_pdu,
)

APPLICATION_CONTEXT = UID("1.2.840.10008.3.1.1.1")
IMPLEMENTATION_UID = UID(part10.IMPLEMENTATION_UID)
IMPLEMENTATION_VERSION = part10.IMPLEMENTATION_NAME
PREFERRED_TRANSFER_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
PROTOCOL_VERSION = 1
PIXELS_ELSEWHERE = ("JPIP", "SMPTE ST 2110")
"""Transfer syntaxes whose objects only say where their pixels are: keeping one keeps nothing."""


def _supported() -> list[PresentationContext]:
    others = [
        uid
        for uid in ALL_TRANSFER_SYNTAXES
        if uid not in PREFERRED_TRANSFER_SYNTAXES and not UID(uid).name.startswith(PIXELS_ELSEWHERE)
    ]
    syntaxes = [*PREFERRED_TRANSFER_SYNTAXES, *others]
    storage = [context.abstract_syntax for context in AllStoragePresentationContexts]
    return [
        build_context(Verification, list(PREFERRED_TRANSFER_SYNTAXES)),
        *(build_context(uid, syntaxes) for uid in storage),
    ]


SUPPORTED = _supported()


@dataclass(frozen=True, slots=True)
class Context:
    """An accepted presentation context."""

    sop_class_uid: str
    transfer_syntax_uid: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """The outcome for one A-ASSOCIATE-RQ: the answer, and the contexts when it accepts."""

    answer: bytes
    calling_ae_title: str = ""
    contexts: dict[int, Context] | None = None


def negotiate(body: bytes, ae_title: str, *, is_full: bool) -> Agreement:
    """Answer the association request in `body`.

    Raises ProtocolError when it can't be decoded. `is_full` asks for the transient rejection.
    """
    request = _decode(body)
    if is_full:
        return Agreement(reject_pdu(2, 3, 2))
    if not int.from_bytes(body[0:2], "big") & PROTOCOL_VERSION:
        return Agreement(reject_pdu(1, 2, 2))
    if request.application_context_name != APPLICATION_CONTEXT:
        return Agreement(reject_pdu(1, 1, 2))
    calling = _title(request.calling_ae_title)
    if _title(request.called_ae_title) != ae_title:
        return Agreement(reject_pdu(1, 1, 7), calling)
    results, _roles = negotiate_as_acceptor(request.presentation_context_definition_list, SUPPORTED)
    contexts = {
        result.context_id: Context(str(result.abstract_syntax), str(result.transfer_syntax[0]))
        for result in results
        if result.result == 0
    }
    return Agreement(_acceptance(request, results), calling, contexts)


def _title(said: str) -> str:
    return "".join(character for character in said if character.isprintable()).strip()


def _decode(body: bytes) -> A_ASSOCIATE:
    try:
        pdu = A_ASSOCIATE_RQ()
        pdu.decode(HEADER.pack(PduType.ASSOCIATE_RQ, len(body)) + body)
        return pdu.to_primitive()
    except Exception as error:
        raise ProtocolError(AbortReason.INVALID_PARAMETER) from error


def _acceptance(request: A_ASSOCIATE, results: list[PresentationContext]) -> bytes:
    primitive = A_ASSOCIATE()
    primitive.application_context_name = APPLICATION_CONTEXT
    primitive.calling_ae_title = request.calling_ae_title
    primitive.called_ae_title = request.called_ae_title
    primitive.result = 0
    primitive.result_source = 1
    primitive.presentation_context_definition_results_list = results
    length = MaximumLengthNotification()
    length.maximum_length_received = OFFERED_PDU_LENGTH
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = IMPLEMENTATION_UID
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION
    primitive.user_information = [length, implementation, version]
    pdu = A_ASSOCIATE_AC()
    pdu.from_primitive(primitive)
    return bytes(pdu.encode())

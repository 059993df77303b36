"""Association negotiation (PS3.8 7.1): what a peer proposes and what it gets."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache

from pydicom.uid import UID, UID_dictionary
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
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassExtendedNegotiation,
)
from pynetdicom.presentation import PresentationContext, negotiate_as_acceptor

from app.dicom import part10
from app.domain.errors import Error, TooManyAttemptsError
from app.domain.nodes import Caller
from app.server.core.callers import Callers, Refusal
from app.server.dimse import identity, rejections, services
from app.server.dimse.commitment import STORAGE_COMMITMENT
from app.server.dimse.service import Context
from app.server.dimse.wire import (
    HEADER,
    OFFERED_PDU_LENGTH,
    AbortReason,
    PduType,
    ProtocolError,
)

APPLICATION_CONTEXT = UID("1.2.840.10008.3.1.1.1")
IMPLEMENTATION_UID = UID(part10.IMPLEMENTATION_UID)
IMPLEMENTATION_VERSION = part10.IMPLEMENTATION_NAME
PREFERRED_TRANSFER_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
PROTOCOL_VERSION = 1
PIXELS_ELSEWHERE = ("JPIP", "SMPTE ST 2110")
"""Transfer syntaxes whose objects only say where their pixels are: keeping one keeps nothing."""


def _retired() -> list[str]:
    """Storage SOP classes of PS3.6 that the standard has retired and old machines still send."""
    return [
        uid
        for uid, (name, kind, _info, retired, _keyword) in UID_dictionary.items()
        if kind == "SOP Class" and retired and "Storage" in name and "Commitment" not in name
    ]


@cache
def supported(private_storage_classes: tuple[str, ...] = ()) -> list[PresentationContext]:
    """The contexts that are accepted, those of storage last; some with SOP classes of its own."""
    others = [
        uid
        for uid in ALL_TRANSFER_SYNTAXES
        if uid not in PREFERRED_TRANSFER_SYNTAXES and not UID(uid).name.startswith(PIXELS_ELSEWHERE)
    ]
    syntaxes = [*PREFERRED_TRANSFER_SYNTAXES, *others]
    standard = [str(each.abstract_syntax) for each in AllStoragePresentationContexts]
    private = [uid for uid in private_storage_classes if uid not in SERVICE_CLASSES]
    first, *further = dict.fromkeys([*standard, *_retired(), *private])
    storage = [build_context(first, syntaxes)]
    storage[0].scu_role = storage[0].scp_role = True
    for uid in further:  # copied, for each syntax would be checked anew
        storage.append(copy(storage[0]))
        storage[-1].abstract_syntax = UID(uid)
    services_offered = {
        uid: build_context(uid, list(PREFERRED_TRANSFER_SYNTAXES)) for uid in SERVICE_CLASSES
    }
    reports = services_offered[STORAGE_COMMITMENT]  # of those whom we asked for it
    reports.scu_role = reports.scp_role = True
    return [
        *services_offered.values(),
        *storage,
    ]


SERVICE_CLASSES = tuple(dict.fromkeys(service.sop_class_uid for service in services.TABLE))
SUPPORTED = supported()
EXTENDED = {service.sop_class_uid: service.extended for service in services.TABLE}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The outcome for one A-ASSOCIATE-RQ: the answer, and who calls when it accepts.

    `max_pdu_length` is what the peer takes, in bytes of PDU body; 0 sets no limit. `reason` says
    why it was rejected.
    """

    answer: bytes
    calling_ae_title: str
    reason: str = ""
    caller: Caller | None = None
    contexts: Mapping[int, Context] = field(default_factory=dict)
    max_pdu_length: int = 0


def negotiate(
    body: bytes,
    address: str,
    callers: Callers,
    offered: list[PresentationContext],
    *,
    is_full: bool,
) -> Agreement:
    """Answer the association request in `body`, which came from `address`.

    `offered` is what `supported` says. Raises ProtocolError when it can't be decoded. `is_full`
    asks for the transient rejection.
    """
    request = _decode(body)
    calling = _title(request.calling_ae_title)
    if is_full:
        return _rejected(rejections.LIMIT_EXCEEDED, calling)
    if not int.from_bytes(body[0:2], "big") & PROTOCOL_VERSION:
        return _rejected(rejections.VERSION_NOT_SUPPORTED, calling)
    if request.application_context_name != APPLICATION_CONTEXT:
        return _rejected(rejections.CONTEXT_NOT_SUPPORTED, calling)
    try:
        return _admitted(request, address, callers, offered)
    except TooManyAttemptsError:
        return _rejected(rejections.TOO_MANY_ATTEMPTS, calling)
    except Error:  # the database, mostly: the peer may try again
        return _rejected(rejections.CONGESTION, calling)


def _admitted(
    request: A_ASSOCIATE, address: str, callers: Callers, offered: list[PresentationContext]
) -> Agreement:
    calling, called = _title(request.calling_ae_title), _title(request.called_ae_title)
    proof = identity.named(request.user_information)
    caller = callers.admit(calling, address, called, proof)
    if isinstance(caller, Refusal):
        return _rejected(rejections.OF_REFUSAL[caller], calling)
    is_proved = proof is not None and callers.recognises_identity
    return _accepted(request, caller, offered, is_identity_proved=is_proved)


def _rejected(rejection: rejections.Rejection, calling: str) -> Agreement:
    return Agreement(rejection.pdu, calling, rejection.meaning)


def _accepted(
    request: A_ASSOCIATE,
    caller: Caller,
    offered: list[PresentationContext],
    *,
    is_identity_proved: bool,
) -> Agreement:
    wishes = _Wishes.of(request)
    results, roles = negotiate_as_acceptor(
        request.presentation_context_definition_list, offered, wishes.roles
    )
    extended = wishes.agreed()
    contexts = {
        result.context_id: Context(
            result.context_id,
            str(result.abstract_syntax),
            str(result.transfer_syntax[0]),
            is_peer_scp=bool(result.as_scu),
            extended=extended.get(str(result.abstract_syntax), b""),
        )
        for result in results
        if result.result == 0
    }
    items: list[object] = [*roles, *_items(extended)]
    if is_identity_proved:
        items += identity.acknowledgements(request.user_information)
    return Agreement(
        _acceptance(request, results, items),
        caller.ae_title,
        caller=caller,
        contexts=contexts,
        max_pdu_length=request.maximum_length_received or 0,
    )


@dataclass(slots=True)
class _Wishes:
    """What the peer asks for beside contexts (PS3.7 D.3.3.4, D.3.3.5)."""

    roles: dict[UID, tuple[bool, bool]] = field(default_factory=dict)
    extended: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, request: A_ASSOCIATE) -> "_Wishes":
        wishes = cls()
        for item in request.user_information:
            if isinstance(item, SCP_SCU_RoleSelectionNegotiation):
                wishes.roles[item.sop_class_uid] = (bool(item.scu_role), bool(item.scp_role))
            elif isinstance(item, SOPClassExtendedNegotiation):
                information = item.service_class_application_information or b""
                wishes.extended[str(item.sop_class_uid)] = information
        return wishes

    def agreed(self) -> dict[str, bytes]:
        """Of the features that the peer wants those that we have, byte by byte."""
        return {
            uid: bytes(map(min, wanted, EXTENDED[uid].ljust(len(wanted), b"\0")))
            for uid, wanted in self.extended.items()
            if EXTENDED.get(uid)
        }


def _items(extended: dict[str, bytes]) -> Iterable[SOPClassExtendedNegotiation]:
    for uid, information in extended.items():
        item = SOPClassExtendedNegotiation()
        item.sop_class_uid = UID(uid)
        item.service_class_application_information = information
        yield item


def _title(said: str) -> str:
    return "".join(character for character in said if character.isprintable()).strip()


def _decode(body: bytes) -> A_ASSOCIATE:
    try:
        pdu = A_ASSOCIATE_RQ()
        pdu.decode(HEADER.pack(PduType.ASSOCIATE_RQ, len(body)) + body)
        return pdu.to_primitive()
    except Exception as error:
        raise ProtocolError(AbortReason.INVALID_PARAMETER) from error


def _acceptance(
    request: A_ASSOCIATE, results: list[PresentationContext], items: list[object]
) -> bytes:
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
    primitive.user_information = [length, implementation, version, *items]
    pdu = A_ASSOCIATE_AC()
    pdu.from_primitive(primitive)
    return bytes(pdu.encode())

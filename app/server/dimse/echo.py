"""C-ECHO to a remote node (PS3.4 A): how it ended, after how long, and why."""

import socket
import ssl
import time

from pydicom.uid import UID, ImplicitVRLittleEndian
from pynetdicom import build_context
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    MaximumLengthNotification,
)
from pynetdicom.sop_class import Verification

from app.dicom import part10
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.dimse import commands, wire
from app.server.dimse.commands import CommandField
from app.server.dimse.wire import HEADER, Line, PduType

CONNECT_S = 5
ANSWER_S = 10
APPLICATION_CONTEXT = UID("1.2.840.10008.3.1.1.1")
CONTEXT_ID = 1
MESSAGE_ID = 1
RELEASE_RQ = HEADER.pack(PduType.RELEASE_RQ, 4) + bytes(4)


class _EndedError(Exception):
    """The echo ended otherwise than with its answer."""

    def __init__(self, outcome: EchoOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


def send_echo(node: RemoteNode, *, ae_title: str, tls: ssl.SSLContext) -> EchoResult:
    """Send C-ECHO as `ae_title`; `tls` is how a node is met that speaks TLS."""
    began = time.monotonic()
    outcome, reason = EchoOutcome.ANSWERED, ""
    try:
        _echo(node, ae_title, tls)
    except _EndedError as ended:
        outcome, reason = ended.outcome, str(ended)
    except wire.PeerGoneError as error:
        outcome, reason = EchoOutcome.FAILED, f"no answer: {error}"
    except wire.ProtocolError as error:
        outcome, reason = EchoOutcome.FAILED, f"no DICOM: {error}"
    return EchoResult(outcome, (time.monotonic() - began) * 1000, reason)


def _echo(node: RemoteNode, ae_title: str, tls: ssl.SSLContext) -> None:
    line = Line(_secured(_connected(node), node, tls) if node.tls else _connected(node))
    try:
        line.send(_request(node.ae_title, ae_title), ANSWER_S)
        _take_acceptance(*line.read_pdu(ANSWER_S))
        message = commands.request(
            CommandField.C_ECHO, MESSAGE_ID, {0x0002: str(Verification)}, has_data_set=False
        )
        for pdu in wire.data_pdus(CONTEXT_ID, message, wire.OFFERED_PDU_LENGTH, is_command=True):
            line.send(pdu, ANSWER_S)
        _take_answer(*line.read_pdu(ANSWER_S))
        line.send(RELEASE_RQ, ANSWER_S)
        line.read_pdu(ANSWER_S)
    finally:
        line.close()


def _connected(node: RemoteNode) -> socket.socket:
    try:
        return socket.create_connection((node.host, node.port), CONNECT_S)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _EndedError(EchoOutcome.UNREACHABLE, reason) from error


def _secured(connection: socket.socket, node: RemoteNode, tls: ssl.SSLContext) -> socket.socket:
    try:
        return tls.wrap_socket(connection, server_hostname=node.host)
    except (OSError, ValueError) as error:
        connection.close()
        reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
        raise _EndedError(EchoOutcome.NOT_TRUSTED, str(reason)) from error


def _take_acceptance(kind: int, body: memoryview) -> None:
    if kind == PduType.ASSOCIATE_RJ:
        rejection = A_ASSOCIATE_RJ()
        rejection.decode(HEADER.pack(kind, len(body)) + bytes(body))
        raise _EndedError(EchoOutcome.REJECTED, f"{rejection.result_str}: {rejection.reason_str}")
    if kind != PduType.ASSOCIATE_AC:
        raise _EndedError(EchoOutcome.FAILED, "the association was aborted")
    try:
        acceptance = A_ASSOCIATE_AC()
        acceptance.decode(HEADER.pack(kind, len(body)) + bytes(body))
        results = [item.result for item in acceptance.presentation_context]
    except Exception as error:
        raise _EndedError(EchoOutcome.FAILED, "the acceptance can't be read") from error
    if results != [0]:
        raise _EndedError(EchoOutcome.REJECTED, "it offers no Verification")


def _take_answer(kind: int, body: memoryview) -> None:
    if kind != PduType.DATA:
        raise _EndedError(EchoOutcome.FAILED, "the association was aborted")
    answer = commands.parse(b"".join(part.data for part in wire.fragments(body)))
    status = answer.number(0x0900)
    if status:
        raise _EndedError(EchoOutcome.FAILED, f"status 0x{status:04X}")


def _request(called: str, calling: str) -> bytes:
    primitive = A_ASSOCIATE()
    primitive.application_context_name = APPLICATION_CONTEXT
    primitive.calling_ae_title, primitive.called_ae_title = calling, called
    context = build_context(Verification, ImplicitVRLittleEndian)
    context.context_id = CONTEXT_ID
    primitive.presentation_context_definition_list = [context]
    length = MaximumLengthNotification()
    length.maximum_length_received = wire.OFFERED_PDU_LENGTH
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID(part10.IMPLEMENTATION_UID)
    primitive.user_information = [length, implementation]
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(primitive)
    return bytes(pdu.encode())

"""C-ECHO to a remote node (PS3.4 A): how it ended, after how long, and why."""

import ssl
import time

from app.domain.errors import UnavailableError
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.dimse import scu
from app.server.dimse.requestor import NoAssociationError, Peer
from app.server.dimse.status import Status


def send_echo(node: RemoteNode, *, ae_title: str, tls: ssl.SSLContext) -> EchoResult:
    """Send C-ECHO as `ae_title`; `tls` is how a node is met that speaks TLS."""
    began = time.monotonic()
    outcome, reason = EchoOutcome.ANSWERED, ""
    try:
        status = scu.echo(Peer.of(node, tls), ae_title)
    except NoAssociationError as error:
        outcome, reason = error.outcome, error.detail
    except UnavailableError as error:
        outcome, reason = EchoOutcome.FAILED, error.detail
    else:
        if status != Status.SUCCESS:
            outcome, reason = EchoOutcome.FAILED, f"status 0x{status:04X}"
    return EchoResult(outcome, (time.monotonic() - began) * 1000, reason)

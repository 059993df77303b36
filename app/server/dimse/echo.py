"""C-ECHO to a remote node, with how it ended and after how long."""

import time

from app.domain.errors import UnavailableError
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.dimse import scu


def send_echo(node: RemoteNode, *, ae_title: str) -> EchoResult:
    """Send C-ECHO as `ae_title`."""
    began = time.monotonic()
    try:
        status = scu.echo(scu.Peer(node.host, node.port, node.ae_title), ae_title)
    except UnavailableError as error:
        outcome, reason = EchoOutcome.UNREACHABLE, error.detail
    else:
        outcome, reason = EchoOutcome.ANSWERED, ""
        if status != scu.SUCCESS:
            outcome, reason = EchoOutcome.FAILED, f"status 0x{status & 0xFFFF:04X}"
    return EchoResult(outcome, (time.monotonic() - began) * 1000, reason)

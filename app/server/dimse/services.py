"""Every service of the node but Storage: negotiation offers these, conformance prints them."""

from collections.abc import Iterator

from app.server.dimse import (
    commitment,
    commitment_request,
    find,
    modality_worklist,
    procedure_step,
    retrieve,
)
from app.server.dimse.commands import CommandField
from app.server.dimse.service import Answer, Channel, NodeParts, Request, Service, Services

VERIFICATION = "1.2.840.10008.1.1"


def _echo(_parts: NodeParts, _request: Request, _channel: Channel) -> Iterator[Answer]:
    yield Answer()


TABLE: tuple[Service, ...] = (
    Service(VERIFICATION, CommandField.C_ECHO, _echo),
    *find.SERVICES,
    *retrieve.SERVICES,
    *modality_worklist.SERVICES,
    *procedure_step.SERVICES,
    *commitment.SERVICES,
    *commitment_request.SERVICES,
)
BY_OPERATION: Services = {(service.sop_class_uid, service.field): service for service in TABLE}

"""Modality Performed Procedure Step and its Retrieve as SCP (PS3.4 F.7, F.8)."""

import struct
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.uid import UID

from app.domain.errors import ConflictError, InvalidError
from app.server.core import procedure_steps
from app.server.core.procedure_steps import EndedError, MissingAttributeError
from app.server.dimse import identifier
from app.server.dimse.commands import Command, CommandField
from app.server.dimse.service import Answer, Channel, NodeParts, Request, Service
from app.server.dimse.status import Status

PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
RETRIEVE = "1.2.840.10008.3.1.2.3.4"
UNICODE = "ISO_IR 192"
INSTANCE_UID, ERROR_ID, TAGS = 0x1000, 0x0903, 0x1005
"""Command elements: Affected SOP Instance UID, Error ID, Attribute Identifier List."""
NO_LONGER = "Performed Procedure Step Object may no longer be updated"
NO_LONGER_ID = 0xA710
"""PS3.4 table F.7.2-2."""
TAG = struct.Struct("<HH")


def _create(parts: NodeParts, request: Request, _channel: Channel) -> Iterator[Answer]:
    given = request.command.sop_instance_uid
    uid = given or f"2.25.{uuid.uuid4().int}"
    if not UID(uid).is_valid:
        yield Answer(Status.INVALID_INSTANCE)
        return
    try:
        procedure_steps.create(
            parts.database, request.caller.actor, uid, _said(request), datetime.now(UTC)
        )
    except ConflictError:
        yield Answer(Status.DUPLICATE_INSTANCE)
    except InvalidError as error:
        yield _refusal(error)
    else:
        yield Answer(elements={} if given else {INSTANCE_UID: uid})


def _set(parts: NodeParts, request: Request, _channel: Channel) -> Iterator[Answer]:
    uid = request.command.sop_instance_uid
    try:
        procedure_steps.modify(
            parts.database, request.caller.actor, uid, _said(request), datetime.now(UTC)
        )
    except EndedError:
        yield Answer(
            Status.PROCESSING_FAILURE, comment=NO_LONGER, elements={ERROR_ID: NO_LONGER_ID}
        )
    except InvalidError as error:
        yield _refusal(error)
    else:
        yield Answer()


def _get(parts: NodeParts, request: Request, _channel: Channel) -> Iterator[Answer]:
    ds = procedure_steps.read(
        parts.database, request.caller.actor, request.command.sop_instance_uid
    )
    wanted = _tags(request.command)
    told = Dataset()
    told.update({each.tag: each for each in ds if not wanted or int(each.tag) in wanted})
    charset = request.caller.character_set or UNICODE
    yield Answer(data=identifier.encode(told, request.context.transfer_syntax_uid, charset))


SERVICES = (
    Service(PROCEDURE_STEP, CommandField.N_CREATE, _create),
    Service(PROCEDURE_STEP, CommandField.N_SET, _set),
    Service(RETRIEVE, CommandField.N_GET, _get),
)


def _said(request: Request) -> Dataset:
    syntax = request.context.transfer_syntax_uid
    return identifier.decode(request.data, syntax, request.caller.character_set)


def _refusal(error: InvalidError) -> Answer:
    """The status with the attribute it is about, by keyword and by tag (PS3.7 C.5)."""
    status = Status.INVALID_ATTRIBUTE_VALUE
    if isinstance(error, MissingAttributeError):
        has_attribute = error.has_attribute
        status = Status.MISSING_ATTRIBUTE_VALUE if has_attribute else Status.MISSING_ATTRIBUTE
    tag = tag_for_keyword(error.detail)
    if tag is None:
        return Answer(status, comment=error.detail)
    elements = {TAGS: TAG.pack(tag >> 16, tag & 0xFFFF)}
    return Answer(status, comment=error.detail, elements=elements)


def _tags(command: Command) -> set[int]:
    listed = command.elements.get(TAGS, b"")
    whole = len(listed) - len(listed) % TAG.size
    return {(group << 16) | element for group, element in TAG.iter_unpack(listed[:whole])}

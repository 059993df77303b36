"""Query/Retrieve Information Models - FIND as SCP (PS3.4 C.4.1)."""

from collections.abc import Iterator

from app.domain.errors import ForbiddenError, InvalidError, UnavailableError
from app.domain.query import Match, Query
from app.server.core import query
from app.server.dimse import query_identifier
from app.server.dimse.commands import CommandField
from app.server.dimse.information_model import FIND_FEATURES, Feature, Root
from app.server.dimse.query_answer import AnswerWriter
from app.server.dimse.query_identifier import Identifier
from app.server.dimse.service import Answer, Channel, NodeParts, Request, Service
from app.server.dimse.status import Status


def _find(parts: NodeParts, request: Request, _channel: Channel) -> Iterator[Answer]:
    caller, syntax = request.caller, request.context.transfer_syntax_uid
    if not caller.may_query:
        raise ForbiddenError("may not query")
    try:
        identifier = query_identifier.read(request.data, syntax, caller.character_set)
    except InvalidError as error:
        yield Answer(Status.CANNOT_UNDERSTAND, comment=error.detail)
        return
    try:
        writer, found = _asked(parts, request, identifier)
    except InvalidError as error:
        yield Answer(Status.DATA_SET_MISMATCH, comment=error.detail)
        return
    has_all = not writer.leaves_out
    status = Status.PENDING if has_all else Status.PENDING_OPTIONAL_KEYS_UNSUPPORTED
    try:
        for match in found:
            yield Answer(status, writer.write(match))
    except UnavailableError as error:
        yield Answer(Status.OUT_OF_RESOURCES, comment=error.code)
        return
    yield Answer()


SERVICES = tuple(Service(root.find, CommandField.C_FIND, _find, FIND_FEATURES) for root in Root)


def _asked(
    parts: NodeParts, request: Request, identifier: Identifier
) -> tuple[AnswerWriter, Iterator[Match]]:
    """What writes the answers, and the answers. Raises InvalidError."""
    context, caller = request.context, request.caller
    root = Root.of(context.sop_class_uid)
    level = identifier.level_in(root, is_relational=Feature.RELATIONAL.is_agreed(context))
    asked = Query(
        level,
        identifier.keys,
        is_fuzzy=Feature.FUZZY_NAMES.is_agreed(context),
        is_combined_datetime=Feature.COMBINED_DATETIME.is_agreed(context),
    )
    writer = AnswerWriter(identifier, root, level, caller.called_ae_title)
    return writer, query.matches(parts.database, caller.actor, asked)

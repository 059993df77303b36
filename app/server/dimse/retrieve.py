"""Query/Retrieve Information Models - GET and MOVE as SCP (PS3.4 C.4.2, C.4.3)."""

from collections.abc import Iterator
from functools import partial

from app.domain.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from app.domain.query import UNIQUE_KEYS, Level
from app.server.core import retrieve as core
from app.server.core.retrieve import Scope
from app.server.dimse import query_identifier
from app.server.dimse.commands import CommandField
from app.server.dimse.information_model import RETRIEVE_FEATURES, Feature, Root
from app.server.dimse.outgoing import Outgoing, UnsendableError, written
from app.server.dimse.query_identifier import Identifier
from app.server.dimse.requestor import Peer
from app.server.dimse.sending import NO_RESPONSE, Originator, send
from app.server.dimse.service import Answer, Channel, NodeParts, Request, Service
from app.server.dimse.status import Status
from app.server.dimse.sub_operations import SubOperations

MOVE_DESTINATION = 0x0600


class _RefusedError(Exception):
    """The request is not carried out; `answer` is the one that says so."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.answer = Answer(status, comment=reason)


def _get(parts: NodeParts, request: Request, channel: Channel) -> Iterator[Answer]:
    syntax = request.context.transfer_syntax_uid
    try:
        objects = _objects(parts, request)
    except _RefusedError as refused:
        yield refused.answer
        return
    contexts = [each for each in channel.contexts if each.is_peer_scp]
    operations, reason = SubOperations(len(objects)), ""
    for number, each in enumerate(objects, 1):
        if channel.is_cancelled():
            yield operations.cancelled(syntax)
            return
        try:
            context, data = written(each, contexts, request.caller.preferred_transfer_syntax)
        except UnsendableError as error:
            status, reason = NO_RESPONSE, str(error)
        else:
            status = channel.store(context, each.sop_instance_uid, data)
        operations.add(each.sop_instance_uid, status)
        if number < len(objects):
            yield operations.pending()
    yield operations.final(syntax, reason)


def _move(parts: NodeParts, request: Request, channel: Channel) -> Iterator[Answer]:
    caller, syntax = request.caller, request.context.transfer_syntax_uid
    try:
        objects = _objects(parts, request)
        node = parts.nodes.destination(caller.actor, request.command.text(MOVE_DESTINATION))
    except _RefusedError as refused:
        yield refused.answer
        return
    except NotFoundError as error:
        yield Answer(Status.MOVE_DESTINATION_UNKNOWN, comment=error.detail)
        return
    sending = send(
        Peer.of(node, parts.tls),
        caller.called_ae_title,
        objects,
        preferred=node.preferred_transfer_syntax,
        originator=Originator(caller.ae_title, request.command.message_id),
        is_stopped=channel.is_cancelled,
    )
    operations, left, reason = SubOperations(len(objects)), list(objects), ""
    left.reverse()
    try:
        for sent in sending:
            left.pop()
            operations.add(sent.outgoing.sop_instance_uid, sent.status)
            reason = reason if sent.is_kept else sent.reason
            if left:
                yield operations.pending()
    except UnavailableError as error:
        reason = error.detail
    else:
        if left:
            yield operations.cancelled(syntax)
            return
    for each in reversed(left):
        operations.add(each.sop_instance_uid, NO_RESPONSE)
    yield operations.final(syntax, reason)


SERVICES = tuple(
    Service(uid, field, handler, RETRIEVE_FEATURES)
    for root in Root
    for uid, field, handler in (
        (root.move, CommandField.C_MOVE, _move),
        (root.get, CommandField.C_GET, _get),
    )
)


def _objects(parts: NodeParts, request: Request) -> tuple[Outgoing, ...]:
    """What is asked for. Raises _RefusedError, and ForbiddenError for who may not retrieve."""
    caller, context = request.caller, request.context
    if not caller.may_retrieve:
        raise ForbiddenError("may not retrieve")
    try:
        identifier = query_identifier.read(
            request.data, context.transfer_syntax_uid, caller.character_set
        )
    except InvalidError as error:
        raise _RefusedError(Status.CANNOT_UNDERSTAND, error.detail) from error
    try:
        root = Root.of(context.sop_class_uid)
        is_relational = Feature.RELATIONAL.is_agreed(context)
        level = identifier.level_in(root, is_relational=is_relational)
        found = core.objects_of(parts.database, caller.actor, _scope(identifier, root, level))
    except InvalidError as error:
        raise _RefusedError(Status.DATA_SET_MISMATCH, error.detail) from error
    except UnavailableError as error:
        raise _RefusedError(Status.CANNOT_COUNT_MATCHES, error.code) from error
    return tuple(
        Outgoing(
            each.sop_class_uid,
            each.sop_instance_uid,
            each.transfer_syntax_uid,
            partial(core.opened, parts.objects, each),
        )
        for each in found
    )


def _scope(identifier: Identifier, root: Root, level: Level) -> Scope:
    """What the unique keys name. Raises InvalidError when that of `level` names nothing."""
    named = {
        each: identifier.values(UNIQUE_KEYS[each])
        for each in root.levels
        if each.depth <= level.depth
    }
    if not named[level]:
        raise InvalidError("the unique key of the level is missing")
    patients = named.get(Level.PATIENT, ())
    if len(patients) > 1:
        raise InvalidError("PatientID: one value is needed")
    return Scope(
        study_uids=named.get(Level.STUDY, ()),
        series_uids=named.get(Level.SERIES, ()),
        sop_instance_uids=named.get(Level.IMAGE, ()),
        patient_id="".join(patients),
    )

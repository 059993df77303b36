"""WADO-RS (PS3.18 10.4): objects as Part 10 files, and their frames."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import structlog
from starlette.responses import Response

from app.dicom.framewise import frames
from app.dicom.guard import transcode_guarded
from app.dicom.transcode import UntranscodableError
from app.server.core import retrieve
from app.server.core.retrieve import StoredObject
from app.server.web.dicomweb.accept import NotAcceptableError
from app.server.web.dicomweb.multipart import Part, Writer
from app.server.web.dicomweb.offers import (
    DICOM,
    FrameForm,
    frame_form,
    object_syntax,
    object_wishes,
)
from app.server.web.dicomweb.resources import (
    completeness,
    etag,
    frame_numbers,
    instance_url,
    objects_named,
    wishes_for,
)
from app.server.web.ranges import Content, content_answer
from app.server.web.routing import Call
from app.server.web.streams import AT_ONCE, bytes_of, pieces_answer

log = structlog.get_logger()

Sending = Sequence[tuple[StoredObject, str]]
"""Objects, each with the transfer syntax it goes in."""


def objects(call: Call) -> Response:
    """Part 10 files in a syntax the client takes: in parts, or the only one alone."""
    named = objects_named(call)
    wished = object_wishes(wishes_for(call, len(named)))
    found = retrieve.whole(call.parts.objects, named)
    if not wished[0].is_multipart:
        return single(call, found[0], object_syntax(found[0].transfer_syntax_uid, wished))
    sending = []
    for stored in found:
        try:
            sending.append((stored, object_syntax(stored.transfer_syntax_uid, wished)))
        except NotAcceptableError:
            if len(found) == 1:
                raise
    if not sending:
        raise NotAcceptableError("none of the objects can be sent so")
    writer = Writer(DICOM)
    status, said = completeness(len(sending), len(named))
    return pieces_answer(
        writer.pieces(_parts(call, sending)),
        writer.content_type,
        length=_length(call, writer, sending),
        status=status,
        headers=said,
    )


def single(call: Call, stored: StoredObject, syntax: str) -> Response:
    """One object as a Part 10 file, of which a range may be asked for."""
    store = call.parts.objects
    if syntax == stored.transfer_syntax_uid:
        content = Content.stored(store, stored.key)
    else:
        with retrieve.read(store, stored) as file:
            content = Content.of(transcode_guarded(file, syntax))
    return content_answer(call.headers, content, _typed(syntax), etag([stored], syntax))


def frames_of(call: Call) -> Response:
    """Frames by their numbers, as they are kept or in a syntax the client takes."""
    numbers = frame_numbers(call)
    (stored,) = objects_named(call)
    form = frame_form(stored.transfer_syntax_uid, wishes_for(call, len(numbers)))
    if form.is_multipart:
        return frames_answer(call, stored, numbers, form)
    (frame,) = _frames(call, stored, numbers, form)
    tag = etag([stored], form.content_type, call.path["frames"])
    return content_answer(call.headers, Content.of(frame), form.content_type, tag)


def frames_answer(
    call: Call, stored: StoredObject, numbers: Sequence[int], form: FrameForm
) -> Response:
    """Frames in parts: those behind the first AT_ONCE bytes are made while they are sent."""
    found = _frames(call, stored, numbers, form)
    begun: list[bytes] = []
    size = 0
    for frame in found:
        begun.append(frame)
        size += len(frame)
        if size >= AT_ONCE:
            break
    writer = Writer(form.media_type)
    url = instance_url(call, stored)
    parts: Iterable[Part] = (
        Part(form.content_type, [frame], f"{url}/frames/{number}")
        for number, frame in zip(numbers, itertools.chain(begun, found), strict=True)
    )
    length = None
    if len(begun) == len(numbers):
        parts = list(parts)
        length = writer.length(parts, [size])
    return pieces_answer(writer.pieces(parts), writer.content_type, length=length)


def _frames(
    call: Call, stored: StoredObject, numbers: Sequence[int], form: FrameForm
) -> Iterator[bytes]:
    with retrieve.read(call.parts.objects, stored) as file:
        yield from frames(file, numbers, form.transfer_syntax_uid)


def _typed(syntax: str) -> str:
    return f"{DICOM}; transfer-syntax={syntax}"


def _parts(call: Call, sending: Sending) -> Iterator[Part]:
    for stored, syntax in sending:
        opened = partial(retrieve.opened, call.parts.objects, stored)
        written = syntax
        pieces = bytes_of(opened, 0, stored.size)
        if syntax != stored.transfer_syntax_uid:
            try:
                with opened() as file:
                    whole = Content.of(transcode_guarded(file, syntax))
                pieces = whole.pieces(0, whole.size)
            except UntranscodableError as error:  # the client sees it as it is, and is told so
                log.warning("sent-as-kept", uid=stored.sop_instance_uid, reason=error.detail)
                written = stored.transfer_syntax_uid
        yield Part(_typed(written), pieces, instance_url(call, stored))


def _length(call: Call, writer: Writer, sending: Sending) -> int | None:
    """The bytes of the answer, unknown when an object has to be transcoded."""
    if any(syntax != stored.transfer_syntax_uid for stored, syntax in sending):
        return None
    parts = [Part(_typed(syntax), (), instance_url(call, stored)) for stored, syntax in sending]
    return writer.length(parts, (stored.size for stored, _ in sending))

"""Rendered studies, series, instances and frames, and thumbnails (PS3.18 8.3.5, 10.4.1.1.3)."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from starlette.responses import Response

from app.dicom.header import read_object
from app.domain.errors import Error, InvalidError, NotFoundError
from app.server.core import retrieve
from app.server.core.greys import VoiFunction, VoiWindow
from app.server.core.rendering import (
    MAX_SIDE,
    QUALITY,
    PictureType,
    Rendering,
    Viewport,
    render,
)
from app.server.core.retrieve import StoredObject
from app.server.web.dicomweb.accept import ANYTHING, NotAcceptableError, Wish
from app.server.web.dicomweb.multipart import Part, Writer
from app.server.web.dicomweb.resources import (
    etag,
    frame_numbers,
    instance_url,
    objects_named,
    wishes_of,
)
from app.server.web.ranges import Content, content_answer, is_unchanged, not_modified
from app.server.web.routing import Call, Lane
from app.server.web.streams import pieces_answer

SIDE = 128
"""Pixels of a thumbnail's longer side."""
MAX_TRIES = 16
"""Objects or frames that are looked at for a picture before there is none."""
PICTURES_AT_ONCE = 64 * 1024
"""Bytes of pictures made in one turn: others wait for their pictures meanwhile."""
_QUALITY = re.compile("[0-9]{1,3}")
_NUMBER = re.compile(r"[+-]?\d{0,9}(\.\d{0,9})?")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame to be shown, counted from 1; None for the middle one of an image."""

    stored: StoredObject
    frame: int | None


def rendered(call: Call) -> Response:
    """Pictures (JPEG, PNG) by `window` and `viewport`: of each frame in parts, or the only one."""
    found = objects_named(call)
    wish, kind = _picture_wish(wishes_of(call))
    rendering = rendering_of(call.query, kind)
    in_parts = wish.is_multipart and wish.media_type != ANYTHING
    shots = _shots(call, found, in_parts=in_parts)
    first = list(itertools.islice(shots, 2))
    if not first:
        raise NotFoundError("no image that could be shown")
    if len(first) == 1 and not in_parts:
        return picture_answer(call, first[0].stored, first[0].frame, rendering)
    tag = f"W/{etag(found, call.base_url, call.path.get('frames', ''), repr(rendering))}"
    if is_unchanged(call.headers, tag):
        return not_modified(tag)
    pictures = _pictures(call, itertools.chain(first, shots), rendering)
    begun = itertools.chain([next(pictures)], pictures)
    writer = Writer(rendering.picture_type)
    return pieces_answer(
        writer.pieces(_parts(call, begun, rendering)),
        writer.content_type,
        headers={"ETag": tag},
        lane=Lane.PICTURES,
        at_once=PICTURES_AT_ONCE,
    )


def thumbnail(call: Call) -> Response:
    """A small picture of an image or frame, or of the middle of what is named."""
    found = objects_named(call)
    box = call.query.get("viewport", f"{SIDE},{SIDE}")
    rendering = rendering_of({"viewport": box}, picture_type(wishes_of(call)))
    middle = len(found) // 2
    for stored in (*found[middle:], *found[:middle])[:MAX_TRIES]:
        try:
            return picture_answer(call, stored, _frame(call), rendering)
        except NotFoundError:  # no image, or gone
            continue
    raise NotFoundError("no image that could be shown")


def picture_answer(
    call: Call, stored: StoredObject, frame: int | None, rendering: Rendering
) -> Response:
    """The picture, or that the client has it."""
    tag = etag([stored], repr(frame), repr(rendering))
    if is_unchanged(call.headers, tag):
        return not_modified(tag)
    with retrieve.read(call.parts.objects, stored) as file:
        picture = render(file, frame, rendering)
    return content_answer(call.headers, Content.of(picture), rendering.picture_type, tag)


def picture_type(wished: tuple[Wish, ...]) -> PictureType:
    """The dearest kind of picture we make. Raises NotAcceptableError."""
    return _picture_wish(wished)[1]


def _picture_wish(wished: tuple[Wish, ...]) -> tuple[Wish, PictureType]:
    for wish in wished:
        for kind in PictureType:
            if wish.takes(kind):
                return wish, kind
    raise NotAcceptableError("pictures are JPEG or PNG")


def _shots(call: Call, found: Sequence[StoredObject], *, in_parts: bool) -> Iterator[Shot]:
    """What of the objects is shown: the frames in the path, else those of each image.

    An instance that is not wished for in parts is shown by its middle frame.
    """
    if "frames" in call.path:
        yield from (Shot(found[0], number) for number in frame_numbers(call))
    elif "instance" in call.path and not in_parts:
        yield Shot(found[0], None)
    else:
        for stored in found:
            yield from (Shot(stored, number + 1) for number in range(_frames(call, stored)))


def _frames(call: Call, stored: StoredObject) -> int:
    """How many frames the object has: none when it is no image, or gone."""
    try:
        with retrieve.read(call.parts.objects, stored) as file:
            image = read_object(file).image
    except NotFoundError:
        return 0
    return image.format.frames if image else 0


def _pictures(
    call: Call, shots: Iterable[Shot], rendering: Rendering
) -> Iterator[tuple[Shot, bytes]]:
    """The pictures that can be made; raises why when the first MAX_TRIES, or all, can't be."""
    failures: list[Error] | None = []
    for shot in shots:
        try:
            with retrieve.read(call.parts.objects, shot.stored) as file:
                picture = render(file, shot.frame, rendering)
        except Error as error:
            log.info("not-rendered", uid=shot.stored.sop_instance_uid, reason=error.detail)
            if failures is not None:
                failures.append(error)
                if len(failures) == MAX_TRIES:
                    break
            continue
        failures = None
        yield shot, picture
    if failures:
        raise failures[0]


def _parts(
    call: Call, pictures: Iterable[tuple[Shot, bytes]], rendering: Rendering
) -> Iterator[Part]:
    for shot, picture in pictures:
        where = f"{instance_url(call, shot.stored)}/frames/{shot.frame}/rendered"
        yield Part(rendering.picture_type, [picture], where)


def rendering_of(query: Mapping[str, str], kind: PictureType) -> Rendering:
    """What the parameters of a query ask for. Raises InvalidError."""
    quality = query.get("quality", str(QUALITY))
    if not (_QUALITY.fullmatch(quality) and 1 <= int(quality) <= 100):
        raise InvalidError("quality")
    window, viewport = query.get("window", ""), query.get("viewport", "")
    return Rendering(
        kind,
        _window(window.split(",")) if window else None,
        _viewport(viewport.split(",")) if viewport else None,
        int(quality),
    )


def _window(given: list[str]) -> VoiWindow:
    if len(given) not in (2, 3):
        raise InvalidError("window")
    try:
        function = VoiFunction(given[2].lower()) if given[2:] else VoiFunction.LINEAR
    except ValueError as error:
        raise InvalidError("window") from error
    centre, width = (_number(each, "window") for each in given[:2])
    if width <= 0:
        raise InvalidError("window")
    return VoiWindow(centre, width, function)


def _viewport(given: list[str]) -> Viewport:
    if len(given) not in (2, 6):
        raise InvalidError("viewport")
    width, height, *part = (_number(each or "0", "viewport") for each in given)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InvalidError("viewport")
    left, top, columns, rows = part or (0, 0, 0, 0)
    return Viewport((int(width), int(height)), (left, top, columns, rows))


def _number(text: str, name: str) -> float:
    if not _NUMBER.fullmatch(text) or not any(map(str.isdigit, text)):
        raise InvalidError(name)
    return float(text)


def _frame(call: Call) -> int | None:
    """The frame in the path; its number may be any, for the image says which there are."""
    if "frames" not in call.path:
        return None
    numbers = frame_numbers(call)
    if len(numbers) > 1:
        raise InvalidError("a thumbnail is of one frame")
    return numbers[0]

"""Rendered frames and thumbnails (PS3.18 8.3.5, 10.4.1.1.3)."""

import re
from collections.abc import Mapping

from starlette.responses import Response

from app.domain.errors import InvalidError, NotFoundError
from app.server.core.rendering import (
    MAX_SIDE,
    QUALITY,
    PictureType,
    Rendering,
    Viewport,
    VoiFunction,
    VoiWindow,
    render,
)
from app.server.core.retrieve import StoredObject
from app.server.web.dicomweb.accept import NotAcceptableError, Wish
from app.server.web.dicomweb.resources import etag, objects_named, wishes_of
from app.server.web.ranges import Content, content_answer, is_unchanged, not_modified
from app.server.web.routing import Call

SIDE = 128
"""Pixels of a thumbnail's longer side."""
MAX_TRIES = 16
"""Objects that are looked at for a thumbnail."""
_NUMBER = re.compile(r"[+-]?\d{0,9}(\.\d{0,9})?")


def rendered(call: Call) -> Response:
    """A picture (JPEG, PNG) of an image or of one of its frames, by `window` and `viewport`."""
    (stored,) = objects_named(call)
    rendering = rendering_of(call.query, picture_type(wishes_of(call)))
    return picture_answer(call, stored, _frame(call), rendering)


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
    with call.parts.objects.open(stored.key) as file:
        picture = render(file, frame, rendering)
    return content_answer(call.headers, Content.of(picture), rendering.picture_type, tag)


def picture_type(wished: tuple[Wish, ...]) -> PictureType:
    """The dearest kind of picture we make. Raises NotAcceptableError."""
    for wish in wished:
        for kind in PictureType:
            if wish.takes(kind):
                return kind
    raise NotAcceptableError("pictures are JPEG or PNG")


def rendering_of(query: Mapping[str, str], kind: PictureType) -> Rendering:
    """What the parameters of a query ask for. Raises InvalidError."""
    quality = query.get("quality", str(QUALITY))
    if not (quality.isascii() and quality.isdigit() and 1 <= int(quality[:4]) <= 100):
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
    text = call.path["frames"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidError("one frame is rendered at a time")
    return int(text)

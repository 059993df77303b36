"""The kinds of answers."""

from functools import partial

import orjson
from starlette.responses import Response

from app.server.store.objects import ObjectStore
from app.server.web.streams import bytes_of, pieces_answer


def json_answer(value: object, status: int = 200) -> Response:
    """A domain value as JSON, as `app.domain.wire.to_plain` would write it but faster."""
    data = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Response(data, status, media_type="application/json")


def bytes_answer(data: bytes, media_type: str) -> Response:
    """Bytes as they are."""
    return Response(data, media_type=media_type)


def object_answer(objects: ObjectStore, key: str) -> Response:
    """A stored Part 10 object as it is. Raises NotFoundError when its file is gone."""
    size = objects.size(key)
    pieces = bytes_of(partial(objects.open, key), 0, size)
    return pieces_answer(pieces, "application/dicom", length=size)


def no_content() -> Response:
    """Done, with nothing to say."""
    return Response(status_code=204)


def guarded(response: Response) -> Response:
    """Kept by no cache, and taken by browsers for nothing else than it says."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

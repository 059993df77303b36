"""The kinds of answers."""

from pathlib import Path

import orjson
from starlette.responses import FileResponse, Response

WHOLE = 16 * 1024 * 1024
CHUNK = 1024 * 1024


class BigFileResponse(FileResponse):
    """A file sent in large pieces: each is a hop to a thread."""

    chunk_size = CHUNK


def json_answer(value: object, status: int = 200) -> Response:
    """A domain value as JSON, as `app.domain.wire.to_plain` would write it but faster."""
    data = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Response(data, status, media_type="application/json")


def bytes_answer(data: bytes, media_type: str) -> Response:
    """Bytes as they are."""
    return Response(data, media_type=media_type)


def file_answer(file: Path, media_type: str) -> Response:
    """A file as it is."""
    if file.stat().st_size > WHOLE:
        return BigFileResponse(file, media_type=media_type)
    return Response(file.read_bytes(), media_type=media_type)


def no_content() -> Response:
    """Done, with nothing to say."""
    return Response(status_code=204)

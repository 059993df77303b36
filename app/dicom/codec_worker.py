"""The process behind `app.dicom.guard`: reads requests from stdin, answers on stdout.

It ends when its parent closes the pipe or dies.
"""

import json
import sys
from pathlib import Path
from typing import IO, Any

from app.dicom import spooled
from app.dicom.compression import compressed
from app.dicom.decoding import Array, decode
from app.dicom.header import read_object
from app.dicom.spooled import Written, spool, written
from app.dicom.transcode import UntranscodableError, transcode, transcoded_frame
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.ingest import RefusedObjectError

MEMORY = 900 * 1024 * 1024
PIECE = 1 << 20


def main() -> None:
    """Answer requests until there are no more."""
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(b"ready\n")
    answers.flush()
    while line := requests.readline():
        request = json.loads(line)
        has_path = "path" in request
        source = Path(request["path"]) if has_path else _received(requests, request["size"])
        head, body = _answer(source, request)
        spooled.close(source)
        answers.write(json.dumps(head).encode() + b"\n")
        _send(body, answers)
        answers.flush()


def _answer(source: Path | Written, request: dict[str, Any]) -> tuple[dict[str, Any], Written]:
    try:
        if request["work"] == "decode":
            array = _decoded(source, request["frame"])
            size = array.nbytes
            return {"dtype": array.dtype.str, "shape": array.shape, "size": size}, array.tobytes()
        found = _written(source, request)
    except UndecodableError as error:
        return {"reason": error.reason, "detail": error.detail}, b""
    except (RefusedObjectError, UntranscodableError) as error:
        return {"reason": UndecodableReason.CORRUPT, "detail": error.detail}, b""
    except MemoryError:
        return {"reason": UndecodableReason.TOO_LARGE, "detail": "no memory"}, b""
    if found is None:
        return {"size": None}, b""
    return {"size": spooled.size(found)}, found


def _decoded(source: Path | Written, frame: int) -> Array:
    image = read_object(source).image
    if image is None:
        raise UndecodableError(UndecodableReason.NO_PIXELS)
    return decode(source, image, frame)


def _written(source: Path | Written, request: dict[str, Any]) -> Written | None:
    if request["work"] == "frame":
        return transcoded_frame(source, request["syntax"], request["frame"])
    work = transcode if request["work"] == "transcode" else compressed
    return work(source, request["syntax"])


def _received(requests: IO[bytes], size: int) -> Written:
    with spool() as file:
        while size > 0 and (piece := requests.read(min(PIECE, size))):
            size -= file.write(piece)
        return written(file)


def _send(body: Written, answers: IO[bytes]) -> None:
    if isinstance(body, bytes):
        answers.write(body)
        return
    with body:
        body.seek(0)
        while piece := body.read(PIECE):
            answers.write(piece)


def _limit_memory() -> None:
    """Where the system can limit it; elsewhere the parent's deadline is all there is."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()

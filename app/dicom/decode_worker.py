"""The process behind `app.dicom.guard`: reads requests from stdin, answers pixels on stdout.

It ends when its parent closes the pipe or dies.
"""

import json
import sys
from pathlib import Path
from typing import Any

from app.dicom.decoding import Array, decode
from app.dicom.header import read_object
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.ingest import RefusedObjectError

MEMORY = 900 * 1024 * 1024


def main() -> None:
    """Answer requests until there are no more."""
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(b"ready\n")
    answers.flush()
    while line := requests.readline():
        request = json.loads(line)
        if "size" in request:
            source: Path | bytes = requests.read(request["size"])
        else:
            source = Path(request["path"])
        head, pixels = _answer(source, request["frame"])
        answers.write(json.dumps(head).encode() + b"\n")
        answers.write(pixels)
        answers.flush()


def _answer(source: Path | bytes, frame: int) -> tuple[dict[str, Any], bytes]:
    try:
        array = _decoded(source, frame)
    except UndecodableError as error:
        return {"reason": error.reason, "detail": error.detail}, b""
    except RefusedObjectError as error:
        return {"reason": UndecodableReason.CORRUPT, "detail": error.detail}, b""
    except MemoryError:
        return {"reason": UndecodableReason.TOO_LARGE, "detail": "no memory"}, b""
    return {"dtype": array.dtype.str, "shape": array.shape}, array.tobytes()


def _decoded(source: Path | bytes, frame: int) -> Array:
    image = read_object(source).image
    if image is None:
        raise UndecodableError(UndecodableReason.NO_PIXELS)
    return decode(source, image, frame)


def _limit_memory() -> None:
    """Where the system can limit it; elsewhere the parent's deadline is all there is."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()

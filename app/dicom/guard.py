"""Decoding and encoding in processes that may die: for pixels that nobody vouches for.

Workers are started at need, and again when they died. A codec that hangs is killed with its worker
after a time; one that grows meets the memory limit the worker set itself. Pictures have workers of
their own, since somebody waits for them while whole objects are written in another syntax.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from io import SEEK_END, FileIO, RawIOBase
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.dicom.elements import Buffer
from app.dicom.part10 import Source
from app.dicom.spooled import Written, spool, written
from app.dicom.transcode import UntranscodableError
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import Image

START_TIMEOUT_S = 60.0
TIMEOUT_S = 4.0
WORKERS = 2
OBJECT_TIMEOUT_S = 60.0
MIB_TIMEOUT_S = 2.0
"""Added for each MiB of an object that is written in another syntax."""
OBJECT_WORKERS = min(8, max(2, os.cpu_count() or 1))
OBJECT_PATIENCE_S = 300.0
"""So long an object waits for a free worker."""
MIB = 1 << 20
T = TypeVar("T")


def decode_guarded(
    source: Source, image: Image, frame: int = 0, *, timeout_s: float = TIMEOUT_S
) -> NDArray[np.generic]:
    """What `pixels.decode` gives, decoded in a worker. Raises UndecodableError.

    It is a NoAnswerError when no worker said so: all were busy for so long, or this one ended.
    """
    del image  # the worker reads the header itself: nothing it is told has to be trusted
    request = {"work": "decode", "frame": frame}
    return _PICTURES.ask(request, source, _pixels, timeout_s, timeout_s)


def transcode_guarded(source: Source, transfer_syntax_uid: str) -> Written:
    """What `transcode.transcode` gives, written in a worker; the caller closes it.

    Raises UntranscodableError, also when a worker died over it, and as reading `source` does.
    """
    return _transcoded({"work": "transcode", "syntax": transfer_syntax_uid}, source)


def frame_guarded(source: Source, transfer_syntax_uid: str, number: int) -> bytes:
    """What `transcode.transcoded_frame` gives, written in a worker. Raises the same."""
    request = {"work": "frame", "syntax": transfer_syntax_uid, "frame": number}
    frame = _transcoded(request, source)
    if isinstance(frame, bytes):
        return frame
    with frame:
        return frame.readall()


def compress_guarded(source: Source, transfer_syntax_uid: str) -> Written | None:
    """What `compression.compressed` gives, written in a worker; None also when that died over it.

    The caller closes it. Raises as reading `source` does.
    """
    try:
        return _written_by({"work": "compress", "syntax": transfer_syntax_uid}, source)
    except UndecodableError:
        return None


class NoAnswerError(UndecodableError):
    """No worker told what is wrong with the pixels; it may be the machine."""


class Workers:
    """Some workers, of which each caller gets a free one, a running one if there is."""

    def __init__(self, count: int) -> None:
        self._every = [Worker() for _ in range(count)]
        self._free: queue.LifoQueue[Worker] = queue.LifoQueue()
        for each in self._every:
            self._free.put(each)

    def ask(
        self,
        request: dict[str, Any],
        source: Source,
        take: Callable[[dict[str, Any], IO[bytes]], T],
        timeout_s: float,
        patience_s: float,
    ) -> T:
        """As Worker; NoAnswerError too when none was free for `patience_s`."""
        try:
            worker = self._free.get(timeout=patience_s)
        except queue.Empty as error:
            raise NoAnswerError(UndecodableReason.TOOK_TOO_LONG, "the workers are busy") from error
        try:
            return worker.ask(request, source, take, timeout_s)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End the workers."""
        for each in self._every:
            each.close()


class Worker:
    """A worker process and the right to use it, one request at a time; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(
        self,
        request: dict[str, Any],
        source: Source,
        take: Callable[[dict[str, Any], IO[bytes]], T],
        timeout_s: float,
    ) -> T:
        """What `take` makes of the answer's head and the bytes after it.

        Raises UndecodableError, and as reading `source` and `take` do.
        """
        with self._lock:
            process = self._running()
            try:
                with _Deadline(process, timeout_s) as deadline:
                    _send(_pipe(process.stdin), request, source)
                    return take(_head(_pipe(process.stdout)), _pipe(process.stdout))
            except UndecodableError:
                raise
            except (EOFError, ValueError) as error:
                self._stop()
                late = deadline.has_passed
                reason = UndecodableReason.TOOK_TOO_LONG if late else UndecodableReason.CORRUPT
                raise NoAnswerError(reason, "the worker ended") from error
            except BaseException:
                self._stop()  # it waits for the rest, or has more to say
                raise

    def close(self) -> None:
        """End the worker, whatever it does."""
        process = self._process
        if process is not None:
            process.kill()  # who waits for its answer has the lock
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        process = subprocess.Popen(
            [sys.executable, "-m", "app.dicom.codec_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
        )
        self._process = process
        with _Deadline(process, START_TIMEOUT_S):
            _pipe(process.stdout).readline()
        return process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                _pipe(pipe).close()
            except OSError:
                continue  # bytes the dead worker no longer takes
        self._process.wait()
        self._process = None


class _Deadline:
    """Kills a process that is not done in time."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.has_passed = False
        self._process = process
        self._timer = threading.Timer(seconds, self._kill)

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _kill(self) -> None:
        self.has_passed = True
        self._process.kill()


def _send(requests: IO[bytes], request: dict[str, Any], source: Source) -> None:
    path = _path_of(source)
    if path:
        _write(requests, _line(request | {"path": str(path.resolve())}))
        return
    assert not isinstance(source, Path)  # noqa: S101 - it is its own path
    size = _size(source)
    _write(requests, _line(request | {"size": size}))
    if not isinstance(source, RawIOBase):
        _write(requests, source)
        return
    source.seek(0)
    while size > 0:
        piece = source.read(min(MIB, size))
        if not piece:
            raise EOFError
        size -= len(piece)
        _write(requests, piece)


def _write(requests: IO[bytes], data: Buffer) -> None:
    try:
        requests.write(data)
        requests.flush()
    except OSError as error:  # the worker is gone; reading the source has errors of its own
        raise EOFError from error


def _head(answers: IO[bytes]) -> dict[str, Any]:
    head: dict[str, Any] | None = json.loads(answers.readline() or b"null")
    if head is None:
        raise EOFError
    if "reason" in head:
        raise UndecodableError(UndecodableReason(head["reason"]), head["detail"])
    return head


def _pixels(head: dict[str, Any], answers: IO[bytes]) -> NDArray[np.generic]:
    data = answers.read(head["size"])
    if len(data) < head["size"]:
        raise EOFError
    return np.frombuffer(data, np.dtype(head["dtype"])).reshape(head["shape"])


def _transcoded(request: dict[str, Any], source: Source) -> Written:
    try:
        found = _written_by(request, source)
    except UndecodableError as error:
        raise UntranscodableError(error.detail) from error
    assert found is not None  # noqa: S101 - what can't be written is an error
    return found


def _written_by(request: dict[str, Any], source: Source) -> Written | None:
    timeout_s = OBJECT_TIMEOUT_S + MIB_TIMEOUT_S * _size(source) / MIB
    return _OBJECTS.ask(request, source, _object, timeout_s, OBJECT_PATIENCE_S)


def _object(head: dict[str, Any], answers: IO[bytes]) -> Written | None:
    left = head["size"]
    if left is None:
        return None
    try:
        with spool() as file:
            while left > 0:
                piece = answers.read(min(MIB, left))
                if not piece:
                    raise EOFError
                left -= file.write(piece)
            return written(file)
    except OSError as error:
        raise UntranscodableError(f"the temporary folder: {error.strerror}") from error


def _size(source: Source) -> int:
    if isinstance(source, Path):
        return source.stat().st_size
    return source.seek(0, SEEK_END) if isinstance(source, RawIOBase) else len(source)


def _path_of(source: Source) -> Path | None:
    """Where the worker finds the object by itself, or None."""
    if isinstance(source, FileIO):
        if isinstance(source.name, int):
            return None  # it has no name
        path = Path(os.fsdecode(source.name))
        return path if path.exists() else None  # it may be open under a name it no longer has
    return source if isinstance(source, Path) else None


def _line(request: dict[str, Any]) -> bytes:
    return json.dumps(request).encode() + b"\n"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - every worker is started with both pipes
    return pipe


_PICTURES = Workers(WORKERS)
_OBJECTS = Workers(OBJECT_WORKERS)
for each in (_PICTURES, _OBJECTS):
    atexit.register(each.close)

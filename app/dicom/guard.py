"""Decoding in a process that may die: for pixels that nobody vouches for.

Two workers serve this process, started at need, restarted when they died. A codec that hangs is
killed after `timeout_s`; one that grows meets the memory limit the worker set itself.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from io import FileIO
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from app.dicom.part10 import Source, opened
from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import Image

START_TIMEOUT_S = 60.0
TIMEOUT_S = 4.0
WORKERS = 2


def decode_guarded(
    source: Source, image: Image, frame: int = 0, *, timeout_s: float = TIMEOUT_S
) -> NDArray[np.generic]:
    """What `pixels.decode` gives, decoded in a worker. Raises UndecodableError.

    It is a NoAnswerError when no worker said so: all were busy for so long, or this one ended.
    """
    del image  # the worker reads the header itself: nothing it is told has to be trusted
    return _WORKERS.decode(source, frame, timeout_s)


class NoAnswerError(UndecodableError):
    """No worker told what is wrong with the pixels; it may be the machine."""


class GuardedDecoders:
    """Some workers, of which each caller gets a free one, a running one if there is."""

    def __init__(self, count: int) -> None:
        self._every = [GuardedDecoder() for _ in range(count)]
        self._free: queue.LifoQueue[GuardedDecoder] = queue.LifoQueue()
        for each in self._every:
            self._free.put(each)

    def decode(
        self, source: Source, frame: int = 0, timeout_s: float = TIMEOUT_S
    ) -> NDArray[np.generic]:
        """As GuardedDecoder; NoAnswerError too when none was free for `timeout_s`."""
        try:
            worker = self._free.get(timeout=timeout_s)
        except queue.Empty as error:
            raise NoAnswerError(UndecodableReason.TOOK_TOO_LONG, "the workers are busy") from error
        try:
            return worker.decode(source, frame, timeout_s)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End the workers."""
        for each in self._every:
            each.close()


class GuardedDecoder:
    """A worker process and the right to use it, one frame at a time; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(
        self, source: Source, frame: int = 0, timeout_s: float = TIMEOUT_S
    ) -> NDArray[np.generic]:
        """The pixels of one frame. Raises UndecodableError."""
        with self._lock:
            process = self._running()
            try:
                with _Deadline(process, timeout_s) as deadline:
                    return _ask(process, source, frame)
            except (EOFError, OSError, ValueError) as error:
                self._stop()
                late = deadline.has_passed
                reason = UndecodableReason.TOOK_TOO_LONG if late else UndecodableReason.CORRUPT
                raise NoAnswerError(reason, "the decoding worker ended") from error

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        process = subprocess.Popen(
            [sys.executable, "-m", "app.dicom.decode_worker"],
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


def _ask(process: subprocess.Popen[bytes], source: Source, frame: int) -> NDArray[np.generic]:
    requests, answers = _pipe(process.stdin), _pipe(process.stdout)
    path = _path_of(source)
    if path:
        requests.write(_line(frame=frame, path=str(path.resolve())))
    else:
        with opened(source) as buffer:
            requests.write(_line(frame=frame, size=len(buffer)))
            requests.write(buffer)
    requests.flush()
    answer = json.loads(answers.readline() or b"null")
    if answer is None:
        raise EOFError
    if "reason" in answer:
        raise UndecodableError(UndecodableReason(answer["reason"]), answer["detail"])
    dtype, shape = np.dtype(answer["dtype"]), tuple(answer["shape"])
    size = int(np.prod(shape)) * dtype.itemsize
    data = answers.read(size)
    if len(data) < size:
        raise EOFError
    return np.frombuffer(data, dtype).reshape(shape)


def _path_of(source: Source) -> Path | None:
    """Where the worker finds the object by itself, or None."""
    if isinstance(source, FileIO):
        path = Path(os.fsdecode(source.name))
        return path if path.exists() else None  # it may be open under a name it no longer has
    return source if isinstance(source, Path) else None


def _line(**request: int | str) -> bytes:
    return json.dumps(request).encode() + b"\n"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - every worker is started with both pipes
    return pipe


_WORKERS = GuardedDecoders(WORKERS)
atexit.register(_WORKERS.close)

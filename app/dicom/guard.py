"""Decoding in a process that may die: for pixels that nobody vouches for.

One worker serves this process, started at first use, restarted when it died. A codec that hangs is
killed after `timeout_s`; one that grows meets the memory limit the worker set itself.
"""

import atexit
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.image import Image

START_TIMEOUT_S = 60.0
TIMEOUT_S = 4.0


def decode_guarded(
    source: Path | bytes, image: Image, frame: int = 0, *, timeout_s: float = TIMEOUT_S
) -> NDArray[np.generic]:
    """What `pixels.decode` gives, decoded in the worker. Raises UndecodableError."""
    del image  # the worker reads the header itself: nothing it is told has to be trusted
    return _WORKER.decode(source, frame, timeout_s)


class GuardedDecoder:
    """A worker process and the right to use it, one frame at a time; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(
        self, source: Path | bytes, frame: int = 0, timeout_s: float = TIMEOUT_S
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
                raise UndecodableError(reason, "the decoding worker ended") from error

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


def _ask(process: subprocess.Popen[bytes], source: Path | bytes, frame: int) -> NDArray[np.generic]:
    request: dict[str, Any] = {"frame": frame}
    if isinstance(source, Path):
        request["path"] = str(source.resolve())
    else:
        request["size"] = len(source)
    requests, answers = _pipe(process.stdin), _pipe(process.stdout)
    requests.write(json.dumps(request).encode() + b"\n")
    if isinstance(source, bytes):
        requests.write(source)
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


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - every worker is started with both pipes
    return pipe


_WORKER = GuardedDecoder()
atexit.register(_WORKER.close)

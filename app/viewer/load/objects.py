"""Where an object's bytes come from: its file on this machine, else the server."""

import threading
from collections.abc import Callable
from pathlib import Path

from app.domain.image import ImageSource


class Objects:
    """Hands out objects; a fetched one is kept until all its frames were taken."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def get(self, source: ImageSource) -> Path | bytes:
        """The stored file, or the object's bytes; raises what the fetch raises."""
        if source.path:
            path = Path(source.path)
            if path.is_file():
                return path
        uid = source.image.sop_instance_uid
        with self._lock:
            kept = self._kept.setdefault(uid, _Kept(max(1, source.image.format.frames)))
        with kept.lock:
            if kept.data is None:
                kept.data = self._fetch(uid)
        return kept.data

    def done(self, source: ImageSource) -> None:
        """One frame of the object was taken."""
        uid = source.image.sop_instance_uid
        with self._lock:
            kept = self._kept.get(uid)
            if kept is None:
                return
            kept.left -= 1
            if kept.left <= 0:
                del self._kept[uid]


class _Kept:
    def __init__(self, frames: int) -> None:
        self.lock = threading.Lock()
        self.data: bytes | None = None
        self.left = frames

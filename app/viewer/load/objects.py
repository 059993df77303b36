"""Where an object's bytes come from: its file on this machine, else the server."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.image import ImageSource
from app.viewer.load.memory import Claim

if TYPE_CHECKING:
    from app.dicom.decoding import ObjectPixels


class Objects:
    """Hands out objects; each is fetched and scanned once, and kept until its frames were taken.

    What was fetched counts in `claim`.
    """

    def __init__(self, fetch: Callable[[str], bytes], claim: Claim) -> None:
        self._fetch = fetch
        self._claim = claim
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def get(self, source: ImageSource) -> tuple[ImageSource, Path | bytes]:
        """The stored file, or the object's bytes; raises what the fetch raises, and MemoryError.

        With it comes `source`, or what takes its place: the archive may have compressed the object
        since it told of it. Raises also RefusedObjectError then.
        """
        kept = self._of(source)
        with kept.lock:
            data = self._data(kept, source)
            return kept.source or source, data

    def pixels(self, source: ImageSource) -> "ObjectPixels":
        """The object opened for its pixels; raises also what `app.dicom.decoding` raises."""
        from app.dicom.decoding import opened

        kept = self._of(source)
        with kept.lock:
            if kept.pixels is None:
                data = self._data(kept, source)
                image = (kept.source or source).image
                kept.pixels = kept.stack.enter_context(opened(data, image))
            return kept.pixels

    def done(self, source: ImageSource) -> None:
        """One frame of the object was taken."""
        with self._lock:
            kept = self._kept.get(source.image.sop_instance_uid)
            if kept is None:
                return
            kept.left -= 1
            if kept.left > 0:
                return
            del self._kept[source.image.sop_instance_uid]
        self._drop(kept)

    def close(self) -> None:
        """Let go of what was not taken."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for each in kept:
            self._drop(each)

    def _of(self, source: ImageSource) -> "_Kept":
        image = source.image
        with self._lock:
            return self._kept.setdefault(image.sop_instance_uid, _Kept(max(1, image.format.frames)))

    def _data(self, kept: "_Kept", source: ImageSource) -> Path | bytes:
        if kept.data is None:
            path = Path(source.path) if source.path else None
            if path is not None and path.is_file():
                kept.data = path
            else:
                data = self._fetch(source.image.sop_instance_uid)
                if not self._claim.take(len(data)):
                    raise MemoryError
                kept.data = data
                if len(data) != source.file_size:
                    kept.source = _as_it_is(source, data)
        return kept.data

    def _drop(self, kept: "_Kept") -> None:
        kept.stack.close()
        if isinstance(kept.data, bytes):
            self._claim.give(len(kept.data))


def _as_it_is(source: ImageSource, data: bytes) -> ImageSource:
    """`source` with what `data` say of themselves."""
    from app.dicom.header import read_object

    found = read_object(data)
    return replace(
        source,
        image=found.image or source.image,
        pixel_offset=found.pixel_offset,
        pixel_length=found.pixel_length,
    )


class _Kept:
    def __init__(self, frames: int) -> None:
        self.lock = threading.Lock()
        self.data: Path | bytes | None = None
        self.source: ImageSource | None = None
        self.pixels: ObjectPixels | None = None
        self.stack = ExitStack()
        self.left = frames

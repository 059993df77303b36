"""Fills a series with pixels: the first picture at once, then outwards from what is looked at."""

import bisect
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.dicom.undecodable import UndecodableError
from app.domain.errors import Error
from app.domain.image import PixelFormat, SeriesManifest
from app.viewer.load.memory import MEMORY, Memory
from app.viewer.load.native import is_native, read_frame
from app.viewer.load.objects import Objects
from app.viewer.load.series import (
    Array,
    LoadedSeries,
    Shot,
    VoiTable,
    stored_type,
    voi_table,
)
from app.viewer.model.values import drawable

THREADS = min(4, os.cpu_count() or 1)
FETCHING_THREADS = 4
"""Waiting for a server takes no processor."""
NO_MEMORY = "no-memory"
UNREADABLE = "unreadable"


class SeriesLoader:
    """Loads one series; `series` can be shown while `load` runs in a background thread.

    `fetch_object` gives a whole object by its SOP instance UID when its file is not at hand.
    `progress` is called in the loader's threads after each picture. What an earlier loading of the
    same series, `known`, has is taken over.
    """

    def __init__(
        self,
        manifest: SeriesManifest,
        fetch_object: Callable[[str], bytes],
        *,
        progress: Callable[[LoadedSeries], None],
        cancelled: Callable[[], bool],
        memory: Memory = MEMORY,
        known: LoadedSeries | None = None,
    ) -> None:
        self.series = LoadedSeries(manifest)
        self._progress = progress
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._waiting = list(range(self.series.count))
        self._focus = self.series.first
        self._claim = self.series.claim = memory.claim()
        weakref.finalize(self.series, self._claim.release).atexit = False
        self._objects = Objects(fetch_object, self._claim)
        self._allocate()
        if known is not None:
            self._take(known)

    def want(self, index: int) -> None:
        """Load the pictures around `index` next."""
        self._focus = index

    def load(self) -> LoadedSeries:
        """Load everything, or until cancelled; the first picture comes before any other."""
        try:
            self._load_all()
        finally:
            # Whoever waits for the pixels often holds this loader too: without these no circle
            # keeps them in memory until Python looks for circles, which it does by count, not size.
            del self._progress, self._cancelled
            self._objects.close()
        return self.series

    def _load_all(self) -> None:
        self._one()
        if len(self._waiting) < 2:
            self._work()
            return
        local = all(source.path for source in self.series.manifest.images)
        threads = THREADS if local else FETCHING_THREADS
        with ThreadPoolExecutor(threads, thread_name_prefix="pixels") as pool:
            for done in [pool.submit(self._work) for _ in range(threads)]:
                done.result()

    def _allocate(self) -> None:
        forms = {shot.image.format for shot in self.series.shots}
        kinds = {(form.rows, form.columns, stored_type(form)) for form in forms}
        if len(kinds) != 1 or any(shot.image.has_luts for shot in self.series.shots):
            return
        rows, columns, kind = kinds.pop()
        if kind is None or not self._claim.take(self.series.count * rows * columns * kind.itemsize):
            return
        self.series.slab = np.empty((self.series.count, rows, columns), kind)

    def _take(self, known: LoadedSeries) -> None:
        """Put in the pictures that `known` has, that of its automatic window first."""
        series, taken = self.series, set()
        places = range(known.count) if known.reference is None else (known.reference,)
        for old in dict.fromkeys((*places, *range(known.count))):
            shot, frame = known.shots[old], known.frame(old)
            index = series.index_of(shot.image.sop_instance_uid, shot.frame)
            if index is None or frame is None:
                continue
            if series.slab is None:
                if not self._claim.take(frame.nbytes):
                    break
                frame = frame if known.slab is None else frame.copy()
            elif frame.shape == series.slab.shape[1:] and frame.dtype == series.slab.dtype:
                series.slab[index] = frame
                frame = series.slab[index]
            else:
                continue
            series.put(index, frame, known.table(old))
            taken.add(index)
        self._waiting = [index for index in self._waiting if index not in taken]

    def _work(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        """Load the waiting picture that is nearest to the focus; false when there is none."""
        if self._cancelled():
            return False
        with self._lock:
            if not self._waiting:
                return False
            index = self._waiting.pop(_nearest(self._waiting, self._focus))
        reason = self._load(index)
        if reason:
            with self._lock:
                self.series.fail(index, reason)
        self._progress(self.series)
        return True

    def _load(self, index: int) -> str:
        """Put one picture into the series, or answer why it can't be had."""
        shot = self.series.shots[index]
        try:
            frame, table = self._frame(index), self._table(shot)
            with self._lock:
                self.series.put(index, frame, table)
        except UndecodableError as error:
            return error.reason
        except Error as error:
            return error.code
        except OSError:
            return UNREADABLE
        except MemoryError:
            return NO_MEMORY
        finally:
            self._objects.done(shot.source)
        return ""

    def _frame(self, index: int) -> Array:
        shot, slab = self.series.shots[index], self.series.slab
        if is_native(shot.source):
            source, data = self._objects.get(shot.source)
            if is_native(source):
                out = self._new(shot.image.format) if slab is None else slab[index]
                read_frame(source, data, shot.frame, out)
                return out
        values = self._decoded(shot)
        if slab is not None and values.shape == slab.shape[1:] and values.dtype == slab.dtype:
            slab[index] = values
            return slab[index]
        self._reserve(values.nbytes)
        return drawable(values)

    def _decoded(self, shot: Shot) -> Array:
        pixels = self._objects.pixels(shot.source)
        values = pixels.frame(shot.frame)
        if not shot.source.image.has_luts or values.ndim != 2:
            return values
        return pixels.modality_values(values)

    def _table(self, shot: Shot) -> VoiTable | None:
        if not shot.source.image.has_luts:
            return None
        tables = self._objects.pixels(shot.source).voi_luts()
        return voi_table(tables[0]) if tables else None

    def _new(self, form: PixelFormat) -> Array:
        self._reserve(form.rows * form.columns * form.bits_allocated // 8)
        return np.empty((form.rows, form.columns), stored_type(form))

    def _reserve(self, size: int) -> None:
        if not self._claim.take(size):
            raise MemoryError


def _nearest(waiting: list[int], focus: int) -> int:
    """Position of the number in the sorted list that is nearest to `focus`, the later of two."""
    after = bisect.bisect_left(waiting, focus)
    if after == len(waiting):
        return after - 1
    if after and focus - waiting[after - 1] < waiting[after] - focus:
        return after - 1
    return after

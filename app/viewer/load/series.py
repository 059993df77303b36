"""A series in memory, growing while its pixels arrive; read by the GUI, filled by the loader."""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from app.dicom.luts import Lut
from app.domain.image import Image, ImageSource, PixelFormat, SeriesManifest, Window
from app.viewer.load.memory import Claim
from app.viewer.model.windows import AUTOMATIC, Percent, auto_window

Array = NDArray[np.generic]
LARGE = 4_000_000
"""Pixels from which a picture that is shown small is drawn from its half."""
STACKED = frozenset({"CT", "MR", "PT"})
"""Modalities whose pictures lie behind each other and share one automatic window."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a series: an image, which of its frames, and what its pixels in memory mean.

    `image` is that of the source with the scales of this frame, but for pixels that went through
    tables: those are in modality units already.
    """

    source: ImageSource
    frame: int
    image: Image


def shots_of(source: ImageSource) -> list[Shot]:
    """A picture for each frame."""
    image = source.image
    if image.has_luts:
        image = replace(image, slope=1.0, intercept=0.0, frame_rescales=())
    frames = range(max(1, image.format.frames))
    return [Shot(source, frame, image.of_frame(frame)) for frame in frames]


@dataclass(frozen=True, eq=False, slots=True)
class VoiTable:
    """A VOI look-up table: 8-bit entries, the first for the modality value `first`."""

    first: float
    entries: NDArray[np.uint8]
    explanation: str = ""


def voi_table(table: Lut) -> VoiTable:
    """An object's VOI LUT, brought to 8 bit."""
    entries = table.entries.astype(np.float32) * (255 / ((1 << table.bits) - 1))
    return VoiTable(table.first, entries.clip(0, 255).round().astype(np.uint8), table.explanation)


class LoadedSeries:
    """The pictures of a series in display order: pixels, or why there are none.

    A picture is written once; reading needs no lock.
    """

    def __init__(self, manifest: SeriesManifest) -> None:
        self.manifest = manifest
        self.shots = tuple(shot for source in manifest.images for shot in shots_of(source))
        self.claim: Claim | None = None
        """What the series holds of the memory that all share."""
        self.loaded = 0
        """Pictures that can be shown."""
        self.failed = 0
        """Pictures that can't."""
        self.slab: Array | None = None
        """All pictures of an even grey series, (picture, row, column), as they are stored."""
        self._frames: list[Array | None] = [None] * self.count
        self._failures: dict[int, str] = {}
        self._tables: dict[int, VoiTable] = {}
        self._halves: dict[int, Array] = {}
        self._automatic: dict[tuple[int, Percent], Window] = {}
        self.reference: int | None = None
        """The picture that came first; a stack's automatic window is made of it."""

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self.shots)

    @property
    def complete(self) -> bool:
        """Whether every picture has come or failed."""
        return self.loaded + self.failed == self.count

    @property
    def size(self) -> int:
        """Bytes of pixels held."""
        halves = sum(half.nbytes for half in list(self._halves.values()))
        if self.slab is not None:
            return self.slab.nbytes + halves
        return sum(frame.nbytes for frame in self._frames if frame is not None) + halves

    @cached_property
    def first(self) -> int:
        """The picture a tile opens with: the middle of a stack, else the first."""
        shot = self.shots[0] if self.shots else None
        stacked = shot is not None and shot.image.modality in STACKED and shot.image.planes
        return self.count // 2 if stacked else 0

    @cached_property
    def _places(self) -> dict[tuple[str, int], int]:
        return {
            (shot.image.sop_instance_uid, shot.frame): index
            for index, shot in enumerate(self.shots)
        }

    def index_of(self, sop_instance_uid: str, frame: int) -> int | None:
        """Which picture a frame of an image is, if it is one of this series."""
        return self._places.get((sop_instance_uid, frame))

    def frame(self, index: int) -> Array | None:
        """Pixels of a picture: (row, column) stored values or (row, column, 3) 8-bit RGB."""
        return self._frames[index] if 0 <= index < self.count else None

    def failure(self, index: int) -> str:
        """The stable reason why a picture can't be shown, or nothing."""
        return self._failures.get(index, "")

    def table(self, index: int) -> VoiTable | None:
        """The look-up table a picture is shown by until a window is chosen."""
        return self._tables.get(index)

    def automatic(self, index: int, percent: Percent = AUTOMATIC) -> Window | None:
        """A window by the values: of each picture, or of one for a whole stack."""
        image = self.shots[index].image
        if image.modality in STACKED and self.reference is not None:
            index = self.reference
        frame = self.frame(index)
        if frame is None or frame.ndim != 2:
            return None
        if (index, percent) not in self._automatic:
            image = self.shots[index].image
            made = auto_window(frame, image.slope, image.intercept, percent)
            self._automatic[index, percent] = made
        return self._automatic[index, percent]

    def half(self, index: int) -> Array | None:
        """A large picture at half its size, for views that show it smaller still; made once."""
        frame = self.frame(index)
        if frame is None or frame.shape[0] * frame.shape[1] < LARGE:
            return None
        if index not in self._halves:
            if self.claim is not None and not self.claim.take(frame.nbytes // 4):
                return None
            self._halves[index] = halved(frame)
        return self._halves[index]

    def put(self, index: int, frame: Array, table: VoiTable | None = None) -> None:
        """Keep the pixels of a picture; the loader calls it, under its lock."""
        if table is not None:
            self._tables[index] = table
        self._frames[index] = frame
        self.loaded += 1
        if self.reference is None:
            self.reference = index

    def fail(self, index: int, reason: str) -> None:
        """Keep why a picture has no pixels; the loader calls it, under its lock."""
        self._failures[index] = reason
        self.failed += 1


def stored_type(form: PixelFormat) -> "np.dtype[np.generic] | None":
    """The type of a grey picture's stored values, when it can be kept in a slab as it is."""
    if form.samples_per_pixel != 1 or form.bits_allocated not in (8, 16):
        return None
    if "PALETTE" in form.photometric_interpretation:
        return None
    if form.bits_allocated == 8:
        return np.dtype(np.uint8) if form.pixel_representation == 0 else None
    return np.dtype("<u2" if form.pixel_representation == 0 else "<i2")


def halved(values: Array) -> Array:
    """Means of two by two pixels; an odd last row or column is left out."""
    rows, columns = (size // 2 for size in values.shape[:2])
    even = values[: rows * 2, : columns * 2]
    return np.asarray(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA))

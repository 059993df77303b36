"""Overlay planes in unused bits of the pixels (PS3.3 C.9.2, retired form), taken out of them.

Codecs that keep values alone would lose them, so they become OverlayData of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.dicom.elements import Encoding
from app.dicom.recoding import element, unsigned_short
from app.dicom.values import Values
from app.domain.image import PixelFormat

Array = NDArray[np.generic]
GROUPS = 16
ROWS, COLUMNS, FRAMES, FRAME_ORIGIN = 0x0010, 0x0011, 0x0015, 0x0051
BITS_ALLOCATED, BIT_POSITION, DATA = 0x0100, 0x0102, 0x3000


@dataclass(frozen=True, slots=True)
class OverlayPlane:
    """An overlay that lies in bit `position` of the pixels' words."""

    group: int
    position: int

    def bits(self, words: Array) -> Array:
        """This plane of one frame, 0 or 1."""
        return np.right_shift(words, self.position).astype(np.uint8) & 1

    def elements(
        self, frames: Sequence[Array], form: PixelFormat, encoding: Encoding
    ) -> dict[int, bytes]:
        """The elements that have the plane's `frames` outside the pixels, by tag."""
        bits = np.concatenate([frame.reshape(-1) for frame in frames])
        data = np.packbits(bits, bitorder="little").tobytes()
        data += b"\0" * (len(data) % 2)
        found = {
            self._tag(DATA): element(self._tag(DATA), b"OW", data, encoding),
            **self._short(ROWS, form.rows, encoding),
            **self._short(COLUMNS, form.columns, encoding),
            **self._short(BITS_ALLOCATED, 1, encoding),
            **self._short(BIT_POSITION, 0, encoding),
        }
        if form.frames > 1:
            tag, count = self._tag(FRAMES), str(form.frames).encode("ascii")
            found[tag] = element(tag, b"IS", count, encoding)
            found |= self._short(FRAME_ORIGIN, 1, encoding)
        return found

    def _short(self, number: int, value: int, encoding: Encoding) -> dict[int, bytes]:
        tag = self._tag(number)
        return {tag: unsigned_short(tag, value, encoding)}

    def _tag(self, number: int) -> int:
        return self.group << 16 | number


def planes_in_pixels(values: Values) -> tuple[OverlayPlane, ...]:
    """The overlays of an object that have no data of their own."""
    found = []
    for group in range(0x6000, 0x6000 + 2 * GROUPS, 2):
        position = values.integer(group << 16 | BIT_POSITION)
        if position and group << 16 | DATA not in values.elements:
            found.append(OverlayPlane(group, position))
    return tuple(found)

"""Look-up tables: palettes, Modality LUT, VOI LUT (PS3.3 C.7.6.3.1.5, C.11.1, C.11.2)."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.dicom.values import Values

MAX_ENTRIES = 65536
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Lut:
    """A table: stored value `first` takes `entries[0]`; values outside take the nearest entry.

    `entries` are whole numbers of `bits` bits; `explanation` is the object's name for the table.
    """

    first: int
    bits: int
    entries: NDArray[np.uint16]
    explanation: str = ""

    def apply(self, values: NDArray[np.generic]) -> NDArray[np.uint16]:
        """The table's entry for each of `values`."""
        last = len(self.entries) - 1
        index = np.clip(np.asarray(values, np.int64) - self.first, 0, last)
        return np.asarray(self.entries[index], np.uint16)


def modality_lut(values: Values) -> Lut | None:
    """The object's Modality LUT, or None."""
    item = values.first_item(0x00283000)
    return lut(item, 0x00283002, 0x00283006, is_signed=_is_signed(values)) if item else None


def voi_luts(values: Values) -> tuple[Lut, ...]:
    """The object's VOI LUTs, the default one first; unusable ones are left out.

    Their input is the output of the Modality LUT, which is signed when a negative intercept makes
    it so.
    """
    is_signed = _is_signed(values) or (values.decimal(0x00281052) or 0) < 0
    if 0x00283000 in values.elements:
        is_signed = False
    items = values.items(0x00283010)[:16]
    found = (lut(item, 0x00283002, 0x00283006, is_signed=is_signed) for item in items)
    return tuple(table for table in found if table)


def palette(values: Values) -> tuple[Lut, Lut, Lut] | None:
    """The red, green and blue tables of a palette image, plain or segmented, or None."""
    found = []
    for channel in range(3):
        descriptor = 0x00281101 + channel
        plain = lut(values, descriptor, 0x00281201 + channel, is_signed=_is_signed(values))
        table = plain or _segmented(values, descriptor, 0x00281221 + channel)
        if table is None:
            return None
        found.append(table)
    return found[0], found[1], found[2]


def lut(values: Values, descriptor: int, data: int, *, is_signed: bool) -> Lut | None:
    """The table a descriptor and its data make, or None when they don't fit each other."""
    form = _descriptor(values, descriptor, is_signed=is_signed)
    raw = values.elements.raw(data, MAX_ENTRIES * 2)
    if form is None or not raw:
        return None
    count, first, bits = form
    entries = _entries(raw, count, bits, little=values.elements.encoding.little_endian)
    if entries is None:
        return None
    explanation = values.text(0x00283003)
    real_bits = 8 if bits > 8 and int(np.max(entries)) <= 255 else bits  # 8-bit palettes called 16
    return Lut(first, real_bits, entries, explanation)


def _is_signed(values: Values) -> bool:
    return values.integer(0x00280103) == 1


def _descriptor(values: Values, tag: int, *, is_signed: bool) -> tuple[int, int, int] | None:
    """(entries, first value, bits); 0 entries stand for 65,536."""
    numbers = values.integers(tag)
    if len(numbers) != 3 or not 8 <= numbers[2] <= 16:
        return None
    count, first, bits = numbers
    if is_signed and first >= 0x8000:
        first -= 0x10000
    return count or MAX_ENTRIES, first, bits


def _entries(raw: bytes, count: int, bits: int, *, little: bool) -> NDArray[np.uint16] | None:
    if len(raw) >= count * 2:
        return np.frombuffer(raw, "<u2" if little else ">u2", count).astype(np.uint16)
    if bits == 8 and len(raw) >= count:
        return np.frombuffer(raw, np.uint8, count).astype(np.uint16)
    return None


def _segmented(values: Values, descriptor: int, data: int) -> Lut | None:
    """A segmented table (PS3.3 C.7.9.2), unrolled up to the number of entries it declares."""
    form = _descriptor(values, descriptor, is_signed=_is_signed(values))
    raw = values.elements.raw(data, MAX_ENTRIES * 4)
    if form is None or not raw:
        return None
    count, first, bits = form
    order = "<" if values.elements.encoding.little_endian else ">"
    words = struct.unpack_from(f"{order}{len(raw) // 2}H", raw)
    if bits == 8 and len(raw) >= 2 and words[0] > _INDIRECT:
        words = tuple(raw)
    entries = _unrolled(words, count)
    if len(entries) < count:
        return None
    return Lut(first, bits, np.array(entries[:count], np.uint16))


def _unrolled(words: tuple[int, ...], count: int) -> list[int]:
    entries: list[int] = []
    pending = [(0, len(words), MAX_ENTRIES)]  # position, end, segments left
    steps = 0
    while pending and len(entries) < count and steps < 2 * MAX_ENTRIES:
        position, end, left = pending.pop()
        if left <= 0 or position + 2 > end:
            continue
        steps += 1
        opcode, length = words[position], words[position + 1]
        if opcode == _DISCRETE:
            entries.extend(words[position + 2 : position + 2 + length])
            pending.append((position + 2 + length, end, left - 1))
        elif opcode == _LINEAR and position + 2 < end and entries:
            entries.extend(_line(entries[-1], words[position + 2], length))
            pending.append((position + 3, end, left - 1))
        elif opcode == _INDIRECT and position + 3 < end:
            target = words[position + 2] | words[position + 3] << 16
            pending.append((position + 4, end, left - 1))
            pending.append((target, position, length))
        else:
            break
    return entries


def _line(start: int, end: int, length: int) -> list[int]:
    return [round(start + (end - start) * (step + 1) / length) for step in range(length)]

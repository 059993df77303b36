"""Values of elements as Python values: lenient towards what scanners write, never raising.

A value that can't be read is None, empty, or the given default: a broken attribute must not cost an
object its place in the archive.
"""

import math
import re
import struct
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.dicom.elements import DataSet
from app.dicom.reading import AS_DECLARED, Reading

INT32 = 2**31
MAX_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Values:
    """One data set or item, read by tag; `reading` decodes its texts."""

    elements: DataSet
    reading: Reading = AS_DECLARED

    @classmethod
    def of(cls, elements: DataSet, inherited: Reading = AS_DECLARED) -> "Values":
        """The values of `elements`; an item without its own character set inherits one."""
        return cls(elements, inherited.inside(elements.raw(0x00080005, 1024)))

    def items(self, tag: int) -> list["Values"]:
        """The items of a sequence."""
        return [Values.of(item, self.reading) for item in self.elements.items(tag)]

    def first_item(self, tag: int) -> "Values | None":
        """The first item of a sequence, or None."""
        found = self.elements.items(tag, limit=1)
        return Values.of(found[0], self.reading) if found else None

    def code(self, tag: int) -> str:
        """A string of the default repertoire (CS, UI, DS …): stripped, at most 1,024 bytes."""
        raw = self.elements.raw(tag, 1024)
        if not raw:  # most attributes are absent from most objects
            return ""
        text = raw.decode("latin_1").strip(" \0")
        return text if text.isprintable() else _printable(text)

    def codes(self, tag: int) -> tuple[str, ...]:
        """The components of a multi-valued string of the default repertoire."""
        text = self.code(tag)
        return tuple(part.strip() for part in text.split("\\")) if text else ()

    def name(self, tag: int) -> str:
        """A PN value without the empty components at its end."""
        return self.text(tag, is_name=True).rstrip("^= ")

    def text(self, tag: int, *, is_name: bool = False) -> str:
        """Text in the declared character set, control characters removed."""
        raw = self.elements.raw(tag, MAX_TEXT)
        if not raw:
            return ""
        text = self.reading.decode(raw, is_name=is_name)
        return text.strip() if text.isprintable() else _printable(text)

    def integers(self, tag: int) -> tuple[int, ...]:
        """Binary integers (US, UL) by their length, unsigned, in the byte order of the data set."""
        element = self.elements.elements.get(tag)
        if element is None:
            return ()
        raw = self.elements.raw(tag, 4096)
        code = "I" if element.vr in (b"UL", b"SL", b"AT") or len(raw) == 4 else "H"
        if element.vr in (b"US", b"SS"):
            code = "H"
        return tuple(int(value) for value in self._unpack(raw, code))

    def integer(self, tag: int, default: int = 0) -> int:
        """The first binary integer."""
        found = self.integers(tag)
        return found[0] if found else default

    def doubles(self, tag: int) -> tuple[float, ...]:
        """Binary doubles (FD); only finite ones count."""
        return tuple(v for v in self._unpack(self.elements.raw(tag, 4096), "d") if math.isfinite(v))

    def double(self, tag: int) -> float | None:
        """The first binary double."""
        found = self.doubles(tag)
        return found[0] if found else None

    def decimals(self, tag: int) -> tuple[float, ...]:
        """Decimal strings (DS, IS), all of them finite, else none."""
        if tag not in self.elements.elements:
            return ()
        found = tuple(parse_decimal(part) for part in self.codes(tag))
        return () if None in found else tuple(value for value in found if value is not None)

    def decimal(self, tag: int) -> float | None:
        """The first decimal string."""
        found = self.decimals(tag)
        return found[0] if found else None

    def number(self, tag: int) -> int | None:
        """An integer string that fits 32 bits, else None."""
        value = self.decimal(tag)
        return int(value) if value is not None and -INT32 <= value < INT32 else None

    def date(self, tag: int) -> date | None:
        """A DA value, or None when it is no date."""
        return parse_date(self.code(tag))

    def time(self, tag: int) -> time | None:
        """A TM value, or None when it is no time."""
        return parse_time(self.code(tag))

    def _unpack(self, raw: bytes, code: str) -> tuple[float, ...]:
        count = len(raw) // struct.calcsize(code)
        order = "<" if self.elements.encoding.little_endian else ">"
        return struct.unpack_from(f"{order}{count}{code}", raw)


def parse_decimal(text: str) -> float | None:
    """A DS or IS; a decimal comma is mended; not a number and infinity are None."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def parse_date(text: str) -> date | None:
    """`20260131`, or the older `2026.01.31` and `2026-01-31`."""
    match = re.match(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})", text)
    if not match:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """`HHMMSS.FFFFFF` with its tail left out at will, or the older `HH:MM:SS`."""
    match = re.match(r"(\d{2}):?(\d{2})?:?(\d{2})?(?:\.(\d{1,6}))?", text)
    if not match:
        return None
    hour, minute, second, fraction = match.groups()
    microsecond = int((fraction or "0").ljust(6, "0"))
    try:
        return time(int(hour), int(minute or 0), min(int(second or 0), 59), microsecond)
    except ValueError:
        return None


def parse_datetime(text: str) -> datetime | None:
    """The local part of a DT; its UTC offset is dropped."""
    day = parse_date(text)
    if day is None:
        return None
    return datetime.combine(day, parse_time(re.sub(r"\D", "", text[:14])[8:]) or time())


def join(day: date | None, moment: time | None) -> datetime | None:
    """A date and a time as one moment, or None when one is missing."""
    return datetime.combine(day, moment) if day and moment else None


def seconds_between(start: datetime, end: datetime) -> float:
    """Seconds from `start` to `end`."""
    return (end - start) / timedelta(seconds=1)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()

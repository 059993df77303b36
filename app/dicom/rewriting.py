"""An object written anew up to its pixels, which are neither read nor moved."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.dicom import header, part10
from app.dicom.elements import LONG_VRS, PIXEL_GROUP, VRS, Budget, DataSet, scan
from app.dicom.group_lengths import is_group_length
from app.dicom.header import ParsedObject
from app.dicom.part10 import Body
from app.dicom.reading import Reading
from app.dicom.recoding import recoded
from app.dicom.values import Values


def without_group_lengths(data: bytes | Path, reading: Reading) -> ParsedObject:
    """The object in `data` without group lengths: first `head`, then `data` from `data_start` on.

    Raises RefusedObjectError.
    """
    with part10.opened(data) as buffer:
        body = part10.body(buffer)
        data_set = scan(body.buffer, body.start, len(body.buffer), body.encoding, Budget())
        return rewritten(body, data_set, {}, reading, size=len(buffer))


def rewritten(
    body: Body,
    data_set: DataSet,
    changes: Mapping[int, bytes],
    reading: Reading,
    *,
    size: int,
) -> ParsedObject:
    """The object of `size` bytes with `changes`: all before its pixels anew, the rest in place.

    `changes` are as in `recoded`, which leaves group lengths out.
    """
    rest = _start_of_rest(body, data_set)
    before = {tag: each for tag, each in data_set.elements.items() if each.start < rest}
    new = recoded(replace(data_set, elements=before), body.encoding, changes)
    moved = {
        tag: each._replace(start=each.start - rest + len(new))
        for tag, each in data_set.elements.items()
        if tag not in before
    }
    whole = scan(new, 0, len(new), body.encoding, Budget())
    whole.elements.update(moved)
    written = replace(body, buffer=new, start=0, file_start=0)
    parsed = header.parsed(written, Values.of(whole, reading))
    if body.transfer_syntax_uid == part10.DEFLATED:
        return replace(parsed, head=parsed.head + part10.deflated(new), data_start=size)
    return replace(parsed, head=parsed.head + new, data_start=rest)


def _start_of_rest(body: Body, data_set: DataSet) -> int:
    """Where the elements of pixels begin; the end where all has to be written anew."""
    end = len(body.buffer)
    pixels = [
        each
        for tag, each in data_set.elements.items()
        if tag >> 16 >= PIXEL_GROUP and not is_group_length(tag)
    ]
    others = [each for tag, each in data_set.elements.items() if tag >> 16 < PIXEL_GROUP]
    if not pixels or body.transfer_syntax_uid == part10.DEFLATED:
        return end
    first = min(pixels, key=lambda each: each.start)
    is_known = first.vr in VRS or not first.vr  # else nobody knows how long its header is
    if max(each.start for each in others) > first.start or not is_known:
        return end
    return first.start - (12 if first.vr in LONG_VRS else 8)

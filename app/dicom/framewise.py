"""Frames of a stored object one by one, as readers over the web ask for them (PS3.18 8.7.3)."""

from collections.abc import Iterator, Sequence

from app.dicom import frame_data, part10
from app.dicom.elements import DataSet
from app.dicom.guard import frame_guarded
from app.dicom.image_header import (
    DOUBLE_PIXEL_DATA,
    FLOAT_PIXEL_DATA,
    PIXEL_DATA,
    frame_bytes,
    pixel_format,
)
from app.dicom.transcode import UntranscodableError
from app.dicom.undecodable import UndecodableError
from app.dicom.values import Values
from app.domain.errors import NotFoundError
from app.domain.image import PixelFormat

PIXELS = (PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_PIXEL_DATA)


def frames(
    data: part10.Source, numbers: Sequence[int], transfer_syntax_uid: str
) -> Iterator[bytes]:
    """The frames `numbers`, counted from 1, in a transfer syntax; each is made when it is taken.

    Native ones are little endian, each beginning at a byte of its own; what is kept so, or in the
    wanted syntax, is not looked into. With the first it raises NotFoundError when the object lacks
    one of them, and with each UntranscodableError.
    """
    with part10.opened(data) as buffer:
        kept = part10.body(buffer).transfer_syntax_uid
        data_set = part10.data_set(buffer)
        form = pixel_format(Values.of(data_set), kept)
        if not any(tag in data_set for tag in PIXELS):
            raise NotFoundError("no pixels")
        if not all(1 <= number <= form.frames for number in numbers):
            raise NotFoundError(f"one of {form.frames} frames is asked for")
        wanted = [number - 1 for number in numbers]
        try:
            if kept == transfer_syntax_uid and kept not in part10.NATIVE:
                found = frame_data.EncapsulatedFrames.of(data_set, form)
                yield from (found.frame(form, number) for number in wanted)
            elif transfer_syntax_uid in part10.NATIVE and _lies_ready(data_set, form):
                tag = next(tag for tag in PIXELS if tag in data_set)
                size = frame_bytes(form)
                for each in wanted:
                    yield frame_data.native_frame(data_set, tag, each, size)
            else:
                for each in wanted:
                    yield frame_guarded(data, transfer_syntax_uid, each)
        except UndecodableError as error:
            raise UntranscodableError(error.detail) from error


def _lies_ready(data_set: DataSet, form: PixelFormat) -> bool:
    """Whether native frames are whole bytes in their order."""
    is_plain = data_set.encoding.little_endian and form.bits_allocated % 8 == 0
    return form.transfer_syntax_uid in part10.NATIVE and is_plain

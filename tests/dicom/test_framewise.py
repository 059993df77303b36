"""Frames one by one are those that the whole object has in that syntax."""

import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from app.dicom import frame_data, framewise
from app.dicom.framewise import frames
from app.dicom.transcode import UntranscodableError, transcode
from app.domain.errors import NotFoundError
from tests.server.samples import an_object

VALUES = np.arange(3 * 16 * 16, dtype=np.uint16).reshape(3, 16, 16)


def multiframe(**elements) -> bytes:
    return an_object(NumberOfFrames=3, PixelData=VALUES.tobytes(), **elements)


NATIVE = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


@pytest.mark.parametrize("kept", [*NATIVE, JPEGLSLossless, JPEG2000Lossless, RLELossless])
def test_native_frames_are_little_endian_however_they_are_kept(kept, tmp_path):
    file = tmp_path / "object"
    file.write_bytes(transcode(multiframe(), kept))
    expected = [VALUES[2].tobytes(), VALUES[0].tobytes()]
    assert list(frames(file, [3, 1], ExplicitVRLittleEndian)) == expected


@pytest.mark.parametrize("kept", [ExplicitVRLittleEndian, JPEGLSLossless, JPEG2000Lossless])
def test_a_compressed_frame_is_that_of_the_whole_object(kept):
    whole = transcode(multiframe(), JPEGLSLossless)
    ds = pydicom.dcmread(io.BytesIO(whole))
    expected = list(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=3))
    found = frames(transcode(multiframe(), kept), [1, 2, 3], JPEGLSLossless)
    assert [each.ljust(len(each) + len(each) % 2, b"\0") for each in found] == expected


def test_a_frame_of_single_bits_begins_at_a_byte():
    bits = np.random.default_rng(1).integers(0, 2, (3, 3, 3), np.uint8)
    data = an_object(
        Rows=3,
        Columns=3,
        NumberOfFrames=3,
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        PixelData=np.packbits(bits.reshape(-1), bitorder="little").tobytes(),
    )
    for number in range(3):
        (found,) = frames(data, [number + 1], ExplicitVRLittleEndian)
        unpacked = np.unpackbits(np.frombuffer(found, np.uint8), bitorder="little")
        assert np.array_equal(unpacked[:9], bits[number].reshape(-1))


def test_floats_come_as_they_are():
    values = np.linspace(0, 1, 16 * 16, dtype=np.float32)
    data = an_object(PixelData=None, FloatPixelData=values.tobytes(), BitsAllocated=32)
    assert list(frames(data, [1], ExplicitVRLittleEndian)) == [values.tobytes()]
    with pytest.raises(UntranscodableError):
        next(frames(data, [1], JPEG2000Lossless))


@pytest.mark.parametrize("number", [0, 4, 10**9])
def test_a_frame_that_is_not_there_is_not_found(number):
    with pytest.raises(NotFoundError):
        next(frames(multiframe(), [1, number], ExplicitVRLittleEndian))


@pytest.mark.parametrize("kept", [ExplicitVRLittleEndian, JPEGLSLossless])
def test_frames_are_made_one_by_one(kept, monkeypatch):
    data, made = transcode(multiframe(), kept), []
    for module, name in ((frame_data, "native_frame"), (framewise, "frame_guarded")):
        make = getattr(module, name)

        def counting(*arguments, make=make):
            made.append(arguments)
            return make(*arguments)

        monkeypatch.setattr(module, name, counting)
    found = frames(data, [1, 2, 3], ExplicitVRLittleEndian)
    for count, _frame in enumerate(found, 1):
        assert len(made) == count


def test_an_object_without_pixels_has_no_frames():
    with pytest.raises(NotFoundError):
        next(frames(an_object(PixelData=None), [1], ExplicitVRLittleEndian))


def test_pixels_that_end_early_are_told():
    with pytest.raises(UntranscodableError):
        next(frames(an_object(PixelData=b"\0\0"), [1], ExplicitVRLittleEndian))


def test_a_syntax_that_nothing_writes_is_told():
    with pytest.raises(UntranscodableError):
        next(frames(multiframe(), [1], "1.2.840.10008.1.2.4.102"))

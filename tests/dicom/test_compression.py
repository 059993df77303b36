"""Objects are compressed where every bit can be had back, and stay as they are elsewhere."""

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from app.dicom import compression
from app.dicom.compression import SYNTAXES, compressed
from app.dicom.encoders import JPEG_LS
from app.dicom.header import read_object
from app.dicom.sameness import differences
from app.dicom.transcode import transcode
from app.settings import Codec
from tests.dicom.objects import a_ct, encoded

EVERY = sorted(SYNTAXES.values())
SMOOTH = 96
"""Pixels along a side that make a compressed object smaller than its headers cost."""


def an_image(
    bits: int = 16, *, stored: int | None = None, signed: bool = False, frames: int = 1, **said
) -> Dataset:
    """Waves with some noise; `said` are further attributes."""
    samples = said.pop("samples", 1)
    ct = a_ct(rows=SMOOTH, columns=SMOOTH)
    stored = stored or bits
    ct.BitsAllocated, ct.BitsStored, ct.HighBit = bits, stored, stored - 1
    ct.PixelRepresentation = int(signed)
    if frames > 1:
        ct.NumberOfFrames = frames
    random = np.random.default_rng(7)
    y, x = np.mgrid[:SMOOTH, :SMOOTH]
    top = (1 << stored) - 1
    low = -(1 << (stored - 1)) if signed else 0
    shape = (frames, SMOOTH, SMOOTH, samples)
    wave = (np.sin(x / 9) + np.cos(y / 7) + 2)[None, :, :, None] / 4 * top * 0.9
    values = (wave + random.integers(0, 3, shape)).astype(np.int64).clip(0, top) + low
    values[0, 0, :2, 0] = low, low + top
    if samples == 3:
        ct.SamplesPerPixel, ct.PlanarConfiguration = 3, said.pop("planar", 0)
        ct.PhotometricInterpretation = "RGB"
        if ct.PlanarConfiguration:
            values = np.moveaxis(values, 3, 1)
    kind = "i" if signed else "u"
    ct.PixelData = np.ascontiguousarray(values, f"<{kind}{bits // 8}").tobytes()
    for keyword, value in said.items():
        setattr(ct, keyword, value)
    return ct


def words(data: bytes) -> np.ndarray:
    """All pixels as they are kept when nothing is compressed, decoded by pydicom."""
    return pydicom.dcmread(io.BytesIO(data)).pixel_array


KINDS = {
    "8 bit": {"bits": 8},
    "8 of 16 bit": {"stored": 8},
    "12 of 16 bit": {"stored": 12},
    "12 of 16 bit with a sign": {"stored": 12, "signed": True},
    "16 bit": {},
    "16 bit with a sign": {"signed": True},
    "8 bit with a sign": {"bits": 8, "signed": True},
    "frames": {"frames": 3, "stored": 12},
    "colour by pixel": {"bits": 8, "samples": 3},
    "colour by plane": {"bits": 8, "samples": 3, "planar": 1, "frames": 2},
    "inverted": {"PhotometricInterpretation": "MONOCHROME1"},
}


@pytest.mark.parametrize("syntax", EVERY)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_image_is_smaller_and_gives_back_every_bit(kind, syntax):
    sent = encoded(an_image(**KINDS[kind]))
    written = compressed(sent, syntax)
    assert written is not None
    assert len(written) < len(sent)
    assert read_object(written).transfer_syntax_uid == syntax
    back = transcode(written, ExplicitVRLittleEndian)
    assert np.array_equal(words(back), words(sent))
    assert set(differences(sent, back)) <= {"PlanarConfiguration", "PixelData"}
    if "planar" not in KINDS[kind]:
        assert pydicom.dcmread(io.BytesIO(back)).PixelData == an_image(**KINDS[kind]).PixelData


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_every_uncompressed_syntax_is_compressed(syntax):
    expected = an_image(signed=True).PixelData
    written = compressed(encoded(an_image(signed=True), syntax), JPEG_LS)
    if syntax == DeflatedExplicitVRLittleEndian and written is None:
        return  # it was smaller as it came
    assert written is not None
    back = transcode(written, ExplicitVRLittleEndian)
    assert pydicom.dcmread(io.BytesIO(back)).PixelData == expected


def with_overlay_in_pixels() -> Dataset:
    ct = an_image(stored=12)
    pixels = np.frombuffer(ct.PixelData, "<u2").copy()
    pixels[::5] |= 0x8000
    ct.PixelData = pixels.tobytes()
    return ct


def with_floats() -> Dataset:
    ct = an_image()
    del ct.PixelData
    ct.BitsAllocated = 32
    ct.FloatPixelData = np.zeros((SMOOTH, SMOOTH), "<f4").tobytes()
    return ct


def with_bits() -> Dataset:
    ct = an_image(bits=8)
    ct.BitsAllocated = ct.BitsStored = 1
    ct.HighBit = 0
    ct.PixelData = bytes(SMOOTH * SMOOTH // 8)
    return ct


def with_noise() -> Dataset:
    ct = an_image()
    ct.PixelData = np.random.default_rng(1).bytes(SMOOTH * SMOOTH * 2)
    return ct


def with_more_pixels_than_frames() -> Dataset:
    ct = an_image()
    ct.PixelData += b"more"
    return ct


def without_pixels() -> Dataset:
    ct = an_image()
    del ct.PixelData
    return ct


STAY = {
    "something in unused bits": with_overlay_in_pixels,
    "floating point": with_floats,
    "single bits": with_bits,
    "noise": with_noise,
    "more than the frames": with_more_pixels_than_frames,
    "what has lost something": lambda: an_image(LossyImageCompression="01"),
    "32 bits": lambda: an_image(bits=32, stored=20),
    "half the colour": lambda: an_image(
        bits=8, samples=3, PhotometricInterpretation="YBR_FULL_422"
    ),
    "no pixels": without_pixels,
}


@pytest.mark.parametrize("syntax", EVERY)
@pytest.mark.parametrize("kind", STAY)
def test_what_can_not_be_given_back_or_saves_nothing_stays_as_it_is(kind, syntax):
    assert compressed(encoded(STAY[kind]()), syntax) is None


def test_what_is_compressed_or_no_object_stays_as_it_is():
    assert compressed(transcode(encoded(an_image()), JPEG_LS), JPEG_LS) is None
    assert compressed(b"no object" * 100, JPEG_LS) is None


def test_what_is_too_large_stays_as_it_is(monkeypatch, tmp_path):
    file = tmp_path / "large.dcm"
    file.write_bytes(encoded(an_image()))
    assert compressed(file, JPEG_LS) is not None
    monkeypatch.setattr(compression, "MAX_SIZE", 1000)
    assert compressed(file, JPEG_LS) is None


def test_a_codec_that_loses_a_bit_is_found_out(monkeypatch):
    sent = encoded(an_image())

    def lossy(data, syntax):
        ds = pydicom.dcmread(io.BytesIO(data))
        pixels = np.frombuffer(ds.PixelData, "<u2").copy()
        pixels[100] ^= 1
        ds.PixelData = pixels.tobytes()
        buffer = io.BytesIO()
        ds.save_as(buffer, enforce_file_format=True)
        return transcode(buffer.getvalue(), syntax)

    assert compressed(sent, JPEG_LS) is not None
    monkeypatch.setattr(compression, "transcode", lossy)
    assert compressed(sent, JPEG_LS) is None


def test_an_element_that_would_be_lost_is_found_out(monkeypatch):
    def forgetful(data, syntax):
        ds = pydicom.dcmread(io.BytesIO(data))
        del ds.PatientID
        buffer = io.BytesIO()
        ds.save_as(buffer, enforce_file_format=True)
        return transcode(buffer.getvalue(), syntax)

    monkeypatch.setattr(compression, "transcode", forgetful)
    assert compressed(encoded(an_image()), JPEG_LS) is None


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    codec=st.sampled_from(Codec),
    bits=st.sampled_from([8, 16]),
    spare=st.integers(0, 7),
    signed=st.booleans(),
    samples=st.sampled_from([1, 3]),
    planar=st.integers(0, 1),
    frames=st.integers(1, 2),
)
def test_whatever_is_compressed_gives_back_every_bit(
    codec, bits, spare, signed, samples, planar, frames
):
    extra = {"samples": 3, "planar": planar} if samples == 3 else {}
    signed = signed and samples == 1
    sent = encoded(an_image(bits, stored=bits - spare, signed=signed, frames=frames, **extra))
    written = compressed(sent, SYNTAXES[codec])
    if written is not None:
        assert np.array_equal(words(transcode(written, ExplicitVRLittleEndian)), words(sent))


@pytest.mark.parametrize("codec", Codec)
def test_real_images_are_compressed_bit_by_bit(shared_dicom: Path, codec):
    files = [
        files[len(files) // 2]
        for folder in sorted((shared_dicom / "series").iterdir())
        if (files := sorted(each for each in folder.rglob("*") if each.is_file()))
    ]
    count = 0
    for file in files:
        written = compressed(file, SYNTAXES[codec])
        if written is not None:
            count += 1
            back = transcode(written, ExplicitVRLittleEndian)
            assert np.array_equal(words(back), words(file.read_bytes())), file.parent.name
    assert count > len(files) // 2

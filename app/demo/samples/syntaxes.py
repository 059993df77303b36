"""One small series in each common transfer syntax, of the same slices."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    JPEG2000,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from app.demo.samples.grid import Grain, Grid
from app.demo.samples.people import SYNTAXES
from app.demo.samples.scan import planes
from app.demo.samples.tissue import HOUNSFIELD
from app.demo.samples.writer import SeriesPlan, common, place, save, set_encoded, set_pixels, uid

SLICES = 4
NEAR = 2
"""What JPEG-LS near-lossless may be wrong by, in stored values."""
Encode = Callable[[NDArray[np.uint16]], bytes]


@dataclass(frozen=True)
class Syntax:
    """A transfer syntax, its name in the series description, and its encoder where it has one."""

    uid: str
    name: str
    encode: Encode | None = None
    method: str = ""
    bits: int = 12


def _rle(pixels: NDArray[np.uint16]) -> bytes:
    """A segment for each byte plane, high bytes first, rows packed one by one (PS3.5 annex G)."""
    segments = []
    for plane in (pixels >> 8, pixels & 255):
        rows = (imagecodecs.packbits_encode(row.tobytes()) for row in plane.astype(np.uint8))
        packed = b"".join(map(bytes, rows))
        segments.append(packed + b"\0" * (len(packed) % 2))
    offsets = (64, 64 + len(segments[0]))
    return struct.pack("<16L", 2, *offsets, *[0] * 13) + b"".join(segments)


def _jpeg(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(pixels.astype(np.uint8), level=92))


def _jpeg_lossless(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpeg_encode(pixels, lossless=True, predictor=1, bitspersample=12))


def _jpeg_extended(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpeg_encode(pixels, level=92, bitspersample=12))


def _jpeg_process_14(pixels: NDArray[np.uint16]) -> bytes:
    """Any predictor but the first, which has a transfer syntax of its own."""
    return bytes(imagecodecs.jpeg_encode(pixels, lossless=True, predictor=4, bitspersample=12))


def _jpeg_ls_near(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpegls_encode(pixels, level=NEAR))


def _jpeg_ls(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpegls_encode(pixels))


def _j2k(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(
        imagecodecs.jpeg2k_encode(
            pixels, level=0, codecformat="j2k", reversible=True, bitspersample=12
        )
    )


def _j2k_lossy(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(
        imagecodecs.jpeg2k_encode(
            pixels, level=55, codecformat="j2k", reversible=False, bitspersample=12
        )
    )


def _htj2k(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.htj2k_encode(pixels, reversible=True))


ALL = (
    Syntax(ImplicitVRLittleEndian, "Implicit VR little endian"),
    Syntax(ExplicitVRLittleEndian, "Explicit VR little endian"),
    Syntax(DeflatedExplicitVRLittleEndian, "Deflated explicit VR"),
    Syntax(ExplicitVRBigEndian, "Explicit VR big endian"),
    Syntax(RLELossless, "RLE lossless", _rle),
    Syntax(JPEGBaseline8Bit, "JPEG baseline", _jpeg, "ISO_10918_1", 8),
    Syntax(JPEGLosslessSV1, "JPEG lossless", _jpeg_lossless),
    Syntax(JPEGLSLossless, "JPEG-LS lossless", _jpeg_ls),
    Syntax(JPEG2000Lossless, "JPEG 2000 lossless", _j2k),
    Syntax(JPEG2000, "JPEG 2000", _j2k_lossy, "ISO_15444_1"),
    Syntax(HTJ2KLossless, "HTJ2K lossless", _htj2k, bits=16),
    Syntax(JPEGExtended12Bit, "JPEG extended", _jpeg_extended, "ISO_10918_1"),
    Syntax(JPEGLossless, "JPEG lossless, process 14", _jpeg_process_14),
    Syntax(JPEGLSNearLossless, "JPEG-LS near-lossless", _jpeg_ls_near, "ISO_14495_1"),
)


def write_syntaxes(
    folder: Path, seed: int, told: Callable[[], None], cancelled: Callable[[], bool]
) -> None:
    """A series of four slices for each row of ALL."""
    grid = Grid(256, SLICES, 400 / 256, 5.0, 185.0)
    grain = Grain(seed, grid.size)
    slices = [
        np.clip(np.rint(plane + 8 * grain.plane(index)) + 1024, 0, 4095).astype(np.uint16)
        for index, plane in enumerate(planes(grid, seed, HOUNSFIELD, 17.0, cancelled))
    ]
    for number, syntax in enumerate(ALL, start=1):
        for index, pixels in enumerate(slices):
            _write(folder, seed, (number, index), syntax, grid, pixels)
            told()


def _write(  # each argument is one fact of the instance
    folder: Path,
    seed: int,
    at: tuple[int, int],
    syntax: Syntax,
    grid: Grid,
    pixels: NDArray[np.uint16],
) -> None:  # fmt: skip
    number, index = at
    eight = syntax.bits == 8
    plan = SeriesPlan(
        SYNTAXES, seed, number, "OT" if eight else "CT",
        SecondaryCaptureImageStorage if eight else CTImageStorage, syntax.name, "ABDOMEN",
        "" if eight else uid(seed, SYNTAXES.key, "frame"), "" if eight else None,
    )  # fmt: skip
    ds = common(plan)
    ds.ImageType = ["DERIVED", "SECONDARY"] if eight else ["ORIGINAL", "PRIMARY", "AXIAL"]
    if eight:
        ds.ConversionType = "WSD"
        pixels = np.clip((pixels.astype(np.float32) - 874) / 350 * 255, 0, 255).astype(np.uint8)
        set_pixels(ds, pixels, 8)
    else:
        ds.KVP, ds.AcquisitionNumber, ds.PatientPosition = "120", 1, "HFS"
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "-1024", "1", "HU"
        ds.WindowCenter, ds.WindowWidth = "50", "350"
        corner = (grid.origin, grid.origin, grid.z(index))
        place(ds, corner, (1, 0, 0, 0, 1, 0), [grid.pixel_mm] * 2, grid.slice_mm)
        set_pixels(ds, pixels, syntax.bits)
    if syntax.method:
        ds.LossyImageCompression = "01"
        ds.LossyImageCompressionRatio = "8"
        ds.LossyImageCompressionMethod = syntax.method
    if syntax.encode:
        set_encoded(ds, [syntax.encode(pixels)])
    elif syntax.uid == ExplicitVRBigEndian:
        ds["PixelData"].value = pixels.byteswap().tobytes()
    save(ds, folder, seed, index + 1, syntax.uid)

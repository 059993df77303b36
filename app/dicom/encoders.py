"""Encoders of frames, by transfer syntax; all but JPEG baseline give back every bit.

imagecodecs does the work and releases the interpreter lock. What a codestream says of itself agrees
with the object: precision, sign, colour transform (PS3.5 8.2).
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from app.dicom import codecs

Array = NDArray[np.generic]
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
HTJ2K = "1.2.840.10008.1.2.4.201"
_SPIFF = 0xE8


@dataclass(frozen=True, slots=True)
class Samples:
    """What an encoder is given: frames of (rows, columns[, 3]) values in their container's type.

    `precision` is the number of bits that count; `is_rgb` says that a colour transform may be used.
    """

    precision: int
    is_signed: bool
    is_rgb: bool


Encoder = Callable[[Array, Samples], bytes]


def _jpeg_2000(values: Array, samples: Samples) -> bytes:
    encoded = imagecodecs.jpeg2k_encode(
        values,
        codecformat="j2k",
        reversible=True,
        mct=samples.is_rgb,
        bitspersample=samples.precision,
        numthreads=1,
    )
    return bytes(encoded)


def _htj2k(values: Array, samples: Samples) -> bytes:
    """OpenJPH takes the container's precision; SIZ is made to say the true one afterwards.

    Unsigned values go in without their level shift (T.800 G.1), which the decoder then undoes.
    """
    signed = np.dtype(f"i{values.dtype.itemsize}")
    if samples.is_signed:
        centred = values
    else:
        centred = (values.astype(np.int32) - (1 << (samples.precision - 1))).astype(signed)
    encoded = bytearray(imagecodecs.htj2k_encode(centred, reversible=True, rgb=samples.is_rgb))
    start = encoded.index(b"\xff\x4f\xff\x51")
    (components,) = struct.unpack_from(">H", encoded, start + 40)
    for component in range(components):
        sign = 0x80 if samples.is_signed else 0
        encoded[start + 42 + 3 * component] = sign | samples.precision - 1
    return bytes(encoded)


def _jpeg_ls(values: Array, _samples: Samples) -> bytes:
    """CharLS takes the container's precision: values keep their sign in it. SPIFF is left out."""
    encoded = bytes(imagecodecs.jpegls_encode(_unsigned(values)))
    while encoded[2] == 0xFF and encoded[3] == _SPIFF:
        encoded = encoded[:2] + encoded[4 + int.from_bytes(encoded[4:6]) :]
    return encoded


def _jpeg_lossless(values: Array, samples: Samples) -> bytes:
    colour = "RGB" if values.ndim == 3 else None  # whatever it is, nothing is transformed
    encoded = imagecodecs.jpeg8_encode(
        np.bitwise_and(_unsigned(values), (1 << samples.precision) - 1),
        lossless=True,
        predictor=1,
        bitspersample=samples.precision,
        colorspace=colour,
        outcolorspace=colour,
    )
    return bytes(encoded)


def rle(values: Array, _samples: Samples) -> bytes:
    """PS3.5 G: a segment for each byte of each sample, most significant byte first."""
    planes = values[..., None] if values.ndim == 2 else values
    size = values.dtype.itemsize
    as_bytes = np.ascontiguousarray(planes, planes.dtype.newbyteorder(">")).view(np.uint8)
    as_bytes = as_bytes.reshape(*planes.shape, size)
    segments = []
    for sample in range(planes.shape[2]):
        for byte in range(size):
            plane = np.frombuffer(as_bytes[:, :, sample, byte].tobytes(), np.uint8)
            by_row = plane.reshape(values.shape[:2])
            packed = bytes(imagecodecs.packbits_encode(by_row))
            segments.append(packed + b"\0" * (len(packed) % 2))
    starts, position = [], 64
    for segment in segments:
        starts.append(position)
        position += len(segment)
    header = struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(starts)))
    return header + b"".join(segments)


def jpeg_baseline(values: Array, samples: Samples, quality: int) -> bytes:
    """8-bit JPEG of `quality` 1 to 100, colour as YBR_FULL_422; the one encoder that loses."""
    if values.ndim == 2:
        return bytes(imagecodecs.jpeg8_encode(_unsigned(values), quality))
    source = "RGB" if samples.is_rgb else "YCBCR"
    return bytes(
        imagecodecs.jpeg8_encode(
            _unsigned(values),
            quality,
            colorspace=source,
            outcolorspace="YCBCR",
            subsampling="422",
        )
    )


def _unsigned(values: Array) -> NDArray[Any]:
    flat = np.ascontiguousarray(values).reshape(-1)
    return flat.reshape(values.shape).view(f"u{values.dtype.itemsize}")  # CharLS reads strides


LOSSLESS: Mapping[str, Encoder] = {
    JPEG_LOSSLESS: _jpeg_lossless,
    JPEG_LS: _jpeg_ls,
    JPEG_2000: _jpeg_2000,
    HTJ2K: _htj2k,
    codecs.RLE: rle,
}
"""The transfer syntaxes that can be written without loss."""
TRANSFORMED = frozenset({JPEG_2000, HTJ2K})
"""Those that store RGB through the reversible colour transform (YBR_RCT)."""

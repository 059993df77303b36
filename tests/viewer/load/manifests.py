"""Small series as manifests, and files for them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from app.dicom.geometry import display_order
from app.dicom.header import ParsedObject, read_object
from app.domain.image import Image, ImageSource, PixelFormat, Plane, SeriesManifest, Window
from app.domain.study import SeriesSummary

EXPLICIT = "1.2.840.10008.1.2.1"
OFFSET = 132


def an_image(index: int, rows: int = 8, columns: int = 6, **changes) -> Image:
    form = {"bits_allocated": 16, "bits_stored": 16, "pixel_representation": 1}
    form.update({key: changes.pop(key) for key in tuple(changes) if key in PixelFormat.__slots__})
    defaults = {
        "modality": "CT",
        "planes": (Plane((0, 0, float(index)), (1, 0, 0), (0, 1, 0)),),
        "windows": (Window(40, 400),),
    }
    return Image(
        f"1.2.{index + 1}",
        "1.2.840.10008.5.1.4.1.1.2",
        index + 1,
        PixelFormat(EXPLICIT, rows, columns, **form),
        **{**defaults, **changes},
    )


def a_manifest(*sources: ImageSource, modality: str = "CT") -> SeriesManifest:
    return SeriesManifest(SeriesSummary("1.2", "1", modality=modality), sources)


def stored(folder: Path, image: Image, pixels: np.ndarray, *, cut: int = 0) -> ImageSource:
    """The pixels of an image in a file of this machine, after some bytes of header."""
    data = pixels.tobytes()
    path = folder / f"{image.sop_instance_uid}.dcm"
    path.write_bytes(b"h" * OFFSET + data[: len(data) - cut])
    return ImageSource(image, OFFSET, len(data), path.stat().st_size, str(path))


def remote(source: ImageSource) -> ImageSource:
    """The same image on another machine."""
    return ImageSource(source.image, source.pixel_offset, source.pixel_length, source.file_size)


def from_files(paths: Iterable[Path]) -> SeriesManifest:
    """The images of real files in display order, as a server on this machine would list them."""
    objects = [(read_object(path), path) for path in paths]
    held = [(found, path) for found, path in objects if found.image is not None]
    order = display_order([found.image for found, _ in held])
    return SeriesManifest(objects[0][0].series, tuple(source_of(*held[index]) for index in order))


def source_of(found: ParsedObject, path: Path) -> ImageSource:
    """Offsets count in the stored form; in the file as it came the head is another."""
    offset = found.pixel_offset
    if offset >= 0:
        offset += found.data_start - len(found.head)
    return ImageSource(found.image, offset, found.pixel_length, path.stat().st_size, str(path))

"""The MR head: sagittal T1, axial T2 and a coronal FLAIR tilted against the axes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import MRImageStorage

from app.demo.samples import head
from app.demo.samples.people import HEAD_MR
from app.demo.samples.writer import SeriesPlan, common, place, save, set_pixels, uid


@dataclass(frozen=True)
class Sequence:
    """One sequence: its signal, geometry in mm, and the parameters a reader expects."""

    number: int
    name: str
    signal: tuple[int, ...]
    row: tuple[float, float, float]
    column: tuple[float, float, float]
    size: int
    pixel_mm: float
    slices: int
    step_mm: float
    thickness_mm: float
    repetition_ms: float
    echo_ms: float
    inversion_ms: float = 0.0


TILT = np.radians(18.0)
SEQUENCES = (
    Sequence(
        2, "T1 MPRAGE sag", head.T1, (0, 1, 0), (0, 0, -1), 224, 1.0, 160, 1.0, 1.0, 1900, 2.6, 900
    ),
    Sequence(3, "T2 TSE tra", head.T2, (1, 0, 0), (0, 1, 0), 384, 0.6, 26, 5.5, 5.0, 4800, 98),
    Sequence(
        4,
        "FLAIR cor oblique",
        head.FLAIR,
        (1, 0, 0),
        (0, float(np.sin(TILT)), -float(np.cos(TILT))),
        256,
        0.9,
        30,
        5.0,
        4.5,
        8500,
        110,
        2500,
    ),
)
CENTRE = np.array((0.0, 4.0, 100.0))


def write_head(
    folder: Path, seed: int, told: Callable[[], None], cancelled: Callable[[], bool]
) -> None:
    """All three sequences on one frame of reference."""
    tissue = head.labels(seed)
    for sequence in SEQUENCES:
        if cancelled():
            return
        _write(folder, seed, sequence, tissue, told)


def _write(
    folder: Path, seed: int, sequence: Sequence, tissue: NDArray[np.uint8], told: Callable[[], None]
) -> None:
    signal = np.asarray(sequence.signal, np.float32)[tissue]
    plan = SeriesPlan(
        HEAD_MR, seed, sequence.number, "MR", MRImageStorage, sequence.name, "HEAD",
        uid(seed, HEAD_MR.key, "frame"),
    )  # fmt: skip
    ds = common(plan)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "NORM"]
    ds.ScanningSequence = "IR" if sequence.inversion_ms else "SE"
    ds.SequenceVariant = "SK"
    if sequence.inversion_ms:
        ds.InversionTime = f"{sequence.inversion_ms:g}"
    ds.ScanOptions, ds.MRAcquisitionType = "", "3D" if sequence.step_mm == 1.0 else "2D"
    ds.RepetitionTime, ds.EchoTime = f"{sequence.repetition_ms:g}", f"{sequence.echo_ms:g}"
    ds.EchoTrainLength, ds.FlipAngle = "9", "90"
    ds.MagneticFieldStrength, ds.PatientPosition = "1.5", "HFS"
    ds.SpacingBetweenSlices = f"{sequence.step_mm:g}"
    ds.WindowCenter, ds.WindowWidth = "480", "960"
    generator = np.random.default_rng((seed, sequence.number))
    for index, (corner, points) in enumerate(_slices(sequence)):
        values = _thick(signal, points, sequence)
        values *= _coil(points)
        noise = 11 * generator.standard_normal((2, *values.shape), np.float32)
        stored = np.rint(np.hypot(values + noise[0], noise[1])).astype(np.uint16)
        place(
            ds,
            corner,
            (*sequence.row, *sequence.column),
            [sequence.pixel_mm] * 2,
            sequence.thickness_mm,
        )
        set_pixels(ds, stored, 12)
        save(ds, folder, seed, index + 1)
        told()


def _slices(sequence: Sequence) -> list[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """For each slice its first pixel's centre and the points [row, column, xyz], LPS mm."""
    row, column = np.asarray(sequence.row), np.asarray(sequence.column)
    normal = np.cross(row, column)
    offsets = (np.arange(sequence.size) - (sequence.size - 1) / 2) * sequence.pixel_mm
    flat = offsets[None, :, None] * row + offsets[:, None, None] * column
    made = []
    for index in range(sequence.slices):
        centre = CENTRE + normal * (index - (sequence.slices - 1) / 2) * sequence.step_mm
        points = (flat + centre).astype(np.float32)
        made.append((points[0, 0].astype(float), points))
    return made


def _thick(
    signal: NDArray[np.float32], points: NDArray[np.float32], sequence: Sequence
) -> NDArray[np.float32]:
    """The mean over the slice's thickness."""
    normal = np.cross(sequence.row, sequence.column).astype(np.float32)
    count = max(1, round(sequence.thickness_mm / 1.5))
    steps = (np.arange(count) - (count - 1) / 2) * sequence.thickness_mm / count
    total = np.zeros(points.shape[:2], np.float32)
    for step in steps:
        total += _sampled(signal, points + normal * np.float32(step))
    return total / np.float32(count)


def _sampled(volume: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Trilinear values of `volume` [z, y, x] at `points`, 0 outside."""
    grid = head.GRID
    at = (
        points[..., ::-1] - np.array((grid.z0, grid.origin, grid.origin), np.float32)
    ) / grid.pixel_mm
    limits = np.array(volume.shape) - 2
    base = np.clip(np.floor(at).astype(np.int32), 0, limits)
    t = at - base
    inside = ((t >= 0) & (t <= 1)).all(axis=-1)
    z, y, x = base[..., 0], base[..., 1], base[..., 2]
    total = np.zeros(points.shape[:2], np.float32)
    for dz in (0, 1):
        wz = t[..., 0] if dz else 1 - t[..., 0]
        for dy in (0, 1):
            wzy = wz * (t[..., 1] if dy else 1 - t[..., 1])
            for dx in (0, 1):
                total += wzy * (t[..., 2] if dx else 1 - t[..., 2]) * volume[z + dz, y + dy, x + dx]
    return np.where(inside, total, np.float32(0))


def _coil(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """A head coil sees the neck and the far front weakly."""
    low = np.clip(points[..., 2] / 60, 0.35, 1)
    return low * (
        1.06 - np.square(np.linalg.norm(points - CENTRE.astype(np.float32), axis=-1) / 260)
    )

"""The ultrasound cine: liver, gallbladder and kidney in a curved sector, moved by breathing."""

from collections.abc import Callable
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from app.demo.samples.grid import Field
from app.demo.samples.people import ULTRASOUND
from app.demo.samples.writer import SeriesPlan, common, save, set_encoded, set_pixels

ROWS, COLUMNS = 600, 800
PIXEL_MM = 0.3
APEX = (400.0, -110.0)
"""Column and row of the probe's centre of curvature."""
PROBE_PX = 170.0
HALF_ANGLE = 0.60
DEPTH_PX = 520.0
FRAME_MS = 40.0


def write_cine(
    folder: Path, seed: int, frames: int, told: Callable[[], None], cancelled: Callable[[], bool]
) -> None:
    """One multi-frame object, JPEG baseline, with one calibrated region (PS3.3 C.8.5.5)."""
    scene = _Scene(seed)
    pictures = []
    for index in range(frames):
        if cancelled():
            return
        pictures.append(scene.frame(index / frames))
        told()
    plan = SeriesPlan(
        ULTRASOUND, seed, 1, "US", UltrasoundMultiFrameImageStorage, "Leber, Niere rechts",
        "ABDOMEN", laterality="",
    )  # fmt: skip
    ds = common(plan)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"]
    set_pixels(ds, np.stack(pictures), 8)
    ds.NumberOfFrames = frames
    ds.FrameTime = f"{FRAME_MS:g}"
    ds.FrameIncrementPointer = 0x00181063
    ds.CineRate = ds.RecommendedDisplayFrameRate = round(1000 / FRAME_MS)
    ds.PatientOrientation = []
    ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = "01"
    ds.LossyImageCompressionRatio = "8"
    ds.LossyImageCompressionMethod = "ISO_10918_1"
    ds.SequenceOfUltrasoundRegions = Items([_region()])
    set_encoded(ds, [imagecodecs.jpeg8_encode(picture, level=90) for picture in pictures])
    save(ds, folder, seed, 1, JPEGBaseline8Bit)


def _region() -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 60, 40
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = COLUMNS - 61, ROWS - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX = item.PhysicalDeltaY = PIXEL_MM / 10
    return item


class _Scene:
    """Tissue echoes in the sector; speckle is bound to the tissue and moves with it."""

    def __init__(self, seed: int) -> None:
        generator = np.random.default_rng((seed, 3))
        columns, rows = np.meshgrid(
            np.arange(COLUMNS, dtype=np.float32), np.arange(ROWS, dtype=np.float32)
        )
        dx, dy = columns - APEX[0], rows - APEX[1]
        self._radius = np.hypot(dx, dy)
        self._angle = np.arctan2(dx, dy)
        depth = self._radius - PROBE_PX
        self._inside = (np.abs(self._angle) < HALF_ANGLE) & (depth > 0) & (depth < DEPTH_PX)
        self._depth = np.clip(depth, 0, DEPTH_PX)
        self._x, self._y = columns * PIXEL_MM - 120, rows * PIXEL_MM
        self._speckle = _speckle(generator)
        self._bumps = cv2.GaussianBlur(
            generator.standard_normal((ROWS, COLUMNS)).astype(np.float32), (0, 0), 16
        )
        self._bumps /= self._bumps.std()
        self._grain = generator.standard_normal((ROWS, COLUMNS), np.float32)

    def frame(self, phase: float) -> np.ndarray:
        """The picture at `phase` of a breath, 0 to 1."""
        shift = 7.0 * np.sin(2 * np.pi * phase)
        echo, shadow = self._tissue(shift)
        speckle = self._moved(shift)
        level = 20 * np.log10(echo * speckle * shadow + 1e-4)
        level -= 0.011 * np.abs(self._depth - 230)
        grey = np.clip((level + 46) * 5.1, 0, 255)
        grey += 3 * np.roll(self._grain, int(phase * 997), 1)
        picture = np.where(self._inside, np.clip(grey, 0, 255), 0).astype(np.uint8)
        self._marks(picture)
        return picture

    def _moved(self, shift_mm: float) -> Field:
        """Speckle in polar coordinates: fine along the beam, wide across it, wider in depth."""
        across = (self._angle / HALF_ANGLE * 0.5 + 0.5) * 330 + 30 + shift_mm * 1.2
        return np.asarray(
            cv2.remap(self._speckle, across.astype(np.float32), self._depth + 20, cv2.INTER_LINEAR)
        )

    def _tissue(self, shift: float) -> tuple[Field, Field]:
        x, y, bumps = self._x - shift, self._y, self._bumps
        echo = np.full(x.shape, 0.11, np.float32) * (1 + 0.12 * bumps)
        wall = y + 0.02 * x - 22 - 2 * bumps
        layers = 0.12 + 0.14 * (np.sin(wall * 1.7) > 0.3)
        echo = np.where(wall < 0, layers, echo)
        for cx, cy, a, b, turn in (
            (-20, 62, 30, 2.6, 0.5),
            (8, 92, 26, 2.2, -0.7),
            (-52, 90, 16, 2.0, 0.2),
        ):
            vessel = _ellipse(x, y, cx, cy, a, b, turn) + 0.1 * bumps
            echo = np.where(vessel < 1.35, 0.34, echo)
            echo = np.where(vessel < 1, 0.004, echo)
        diaphragm = np.hypot(x + 30, y - 20) - 118 - bumps
        echo = np.where(diaphragm > 0, 0.03, echo)
        echo = np.where(np.abs(diaphragm) < 1.1, 2.2, echo)
        kidney = _ellipse(x, y, 44, 96, 48, 22, 0.32) + 0.05 * bumps
        echo = np.where(kidney < 1.06, 0.5, echo)
        echo = np.where(kidney < 1, 0.062 * (1 + 0.2 * bumps), echo)
        sinus = _ellipse(x, y, 44, 96, 30, 8, 0.32) + 0.25 * bumps
        echo = np.where(sinus < 1, 0.6, echo)
        bladder = _ellipse(x, y, -4, 50, 27, 10.5, 0.6) + 0.05 * bumps
        echo = np.where(bladder < 1.12, 0.5, echo)
        echo = np.where(bladder < 1, 0.003, echo)
        behind = (np.abs(x - (y - 50) * 0.25 + 4) < 20) & (y > 62)
        stone = _ellipse(x, y, 12, 59, 4, 3, 0) < 1
        shade = (np.abs(x - 12 - (y - 59) * 0.1) < 3.6) & (y > 60)
        shadow = np.where(shade, 0.12, np.where(behind, 1.7, 1.0)).astype(np.float32)
        echo = np.where(stone, 3.0, echo)
        soft = np.exp(cv2.GaussianBlur(np.log(echo.astype(np.float32)), (0, 0), 1.8))
        return np.asarray(soft, np.float32), cv2.GaussianBlur(shadow, (0, 0), 5)

    @staticmethod
    def _marks(picture: np.ndarray) -> None:
        """Depth ticks each centimetre, and the grey bar."""
        for centimetre in range(16):
            row = 60 + round(centimetre * 10 / PIXEL_MM)
            if row < ROWS:
                picture[row, 776 : 788 if centimetre % 5 else 796] = 190
        picture[80:336, 20:32] = np.arange(255, -1, -1, dtype=np.uint8)[:, None]


def _speckle(generator: np.random.Generator) -> Field:
    waves = generator.standard_normal((2, 600, 420), np.float32)
    soft = [cv2.GaussianBlur(wave, (0, 0), sigmaX=1.3, sigmaY=1.1) for wave in waves]
    size = np.hypot(*soft)
    return np.asarray(size / size.mean(), np.float32)


def _ellipse(x: Field, y: Field, cx: float, cy: float, a: float, b: float, turn: float) -> Field:
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    return np.asarray(np.hypot(u / a, v / b), np.float32)

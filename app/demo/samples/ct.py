"""The chest and abdomen CT, and what else is seen with the same phantom: PET and the radiograph."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    PositronEmissionTomographyImageStorage,
)

from app.demo.samples.grid import Field, Grain, Grid
from app.demo.samples.people import CHEST_CR, CHEST_CT, PET, PRIOR_CT, Exam
from app.demo.samples.scan import planes
from app.demo.samples.tissue import HOUNSFIELD, UPTAKE, Tissue
from app.demo.samples.torso import HEIGHT_MM
from app.demo.samples.writer import SeriesPlan, code, common, place, save, set_pixels, uid

FIELD_OF_VIEW_MM = 400.0
FOCUS_PX = 0.65
"""How far the scanner spreads a point."""
LESION_MM = 17.0
PRIOR_LESION_MM = 10.5
HALF_LIFE_S = 6586.2
DOSE_BQ = 2.9e8
Told = Callable[[], None]
Cancelled = Callable[[], bool]


def write_ct(
    folder: Path,
    exam: Exam,
    seed: int,
    slices: int,
    lesion_mm: float,
    told: Told,
    cancelled: Cancelled,
) -> None:
    """A CT of `slices` axial images over the whole trunk."""
    grid = Grid(512, slices, FIELD_OF_VIEW_MM / 512, HEIGHT_MM / slices)
    noise_seed = int(uid(seed, exam.key, "noise")[-8:])
    plan = SeriesPlan(
        exam,
        seed,
        2,
        "CT",
        CTImageStorage,
        "Portal venous 1.5 mm" if slices > 200 else "Portal venous",
        "CHEST_ABDOMEN",
        frame_of_reference(exam, seed),
    )
    template = common(plan)
    template.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    template.AcquisitionNumber = 1
    template.KVP, template.XRayTubeCurrent, template.ExposureTime = "120", "210", "500"
    template.ConvolutionKernel = "STANDARD"
    template.PatientPosition = "HFS"
    template.ContrastBolusAgent = "Iohexol"
    template.RescaleIntercept, template.RescaleSlope, template.RescaleType = "-1024", "1", "HU"
    template.WindowCenter, template.WindowWidth = ["50", "-550"], ["400", "1500"]
    template.WindowCenterWidthExplanation = ["SOFT", "LUNG"]
    grain = Grain(noise_seed, grid.size)
    outside = _outside_circle(grid)
    for index, plane in enumerate(planes(grid, seed, HOUNSFIELD, lesion_mm, cancelled)):
        values = cv2.GaussianBlur(plane, (0, 0), FOCUS_PX) + 11 * grain.plane(index)
        values[outside] = -1024
        stored = np.clip(np.rint(values) + 1024, 0, 4095).astype(np.uint16)
        place(
            template,
            (grid.origin, grid.origin, grid.z(index)),
            (1, 0, 0, 0, 1, 0),
            [grid.pixel_mm] * 2,
            grid.slice_mm,
        )
        template.SliceLocation = f"{grid.z(index):.6g}"
        set_pixels(template, stored, 12)
        save(template, folder, seed, slices - index)
        told()


def frame_of_reference(exam: Exam, seed: int) -> str:
    """PET and CT of one session share a frame of reference."""
    return uid(seed, "ct" if exam is PET else exam.key, "frame")


def _outside_circle(grid: Grid) -> np.ndarray:
    squares = np.square(grid.axis)
    return np.asarray(squares[:, None] + squares[None, :] > np.square(FIELD_OF_VIEW_MM / 2))


def write_current(folder: Path, seed: int, slices: int, told: Told, cancelled: Cancelled) -> None:
    """The CT of this year."""
    write_ct(folder, CHEST_CT, seed, slices, LESION_MM, told, cancelled)


def write_prior(folder: Path, seed: int, slices: int, told: Told, cancelled: Cancelled) -> None:
    """The CT of the year before: thicker slices, another noise, a smaller lesion."""
    write_ct(folder, PRIOR_CT, seed, slices, PRIOR_LESION_MM, told, cancelled)


def write_pet(folder: Path, seed: int, slices: int, told: Told, cancelled: Cancelled) -> None:
    """An FDG PET in Bq/ml on the CT's frame of reference (PS3.3 C.8.9)."""
    grid = Grid(128, slices, FIELD_OF_VIEW_MM / 128, HEIGHT_MM / slices)
    plan = SeriesPlan(
        PET, seed, 3, "PT", PositronEmissionTomographyImageStorage, "FDG WB AC",
        "CHEST_ABDOMEN", frame_of_reference(PET, seed),
    )  # fmt: skip
    template = _pet_template(plan, slices)
    volume = np.stack(list(planes(grid, seed, UPTAKE, LESION_MM, cancelled)) or [np.zeros((1, 1))])
    if cancelled():
        return
    generator = np.random.default_rng((seed, 5))
    scale = DOSE_BQ * 0.5 ** (3600 / HALF_LIFE_S) / (PET.person.weight_kg * 1000)
    for index in range(slices):
        around = volume[max(0, index - 1) : index + 2].mean(axis=0)
        counts = cv2.GaussianBlur(around, (0, 0), 1.25)
        noise = cv2.GaussianBlur(
            generator.standard_normal(counts.shape).astype(np.float32), (0, 0), 0.8
        )
        activity = np.clip(counts + noise * (0.1 + 0.22 * np.sqrt(counts)), 0, None) * scale
        slope = float(f"{max(float(activity.max()), 1.0) / 32767:.8g}")
        template.RescaleSlope, template.RescaleIntercept = f"{slope:.8g}", "0"
        place(
            template,
            (grid.origin, grid.origin, grid.z(index)),
            (1, 0, 0, 0, 1, 0),
            [grid.pixel_mm] * 2,
            grid.slice_mm,
        )
        template.ImageIndex = slices - index
        set_pixels(template, np.rint(activity / slope).astype(np.int16))
        save(template, folder, seed, slices - index)
        told()


def _pet_template(plan: SeriesPlan, slices: int) -> Dataset:
    ds = common(plan)
    injected = plan.exam.at - timedelta(hours=1)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.Units, ds.CountsSource, ds.DecayCorrection = "BQML", "EMISSION", "START"
    ds.SeriesType = ["WHOLE BODY", "IMAGE"]
    ds.NumberOfSlices = slices
    ds.CorrectedImage = ["ATTN", "DECY", "SCAT", "NORM", "RAN"]
    ds.CollimatorType = "NONE"
    ds.PatientSize = "1.78"
    ds.FrameReferenceTime, ds.ActualFrameDuration = "90000", "180000"
    ds.WindowCenter, ds.WindowWidth = "12000", "24000"
    ds.PatientPosition = "HFS"
    ds.PatientOrientationCodeSequence = code("102538003", "SCT", "recumbent")
    ds.PatientGantryRelationshipCodeSequence = code("102540008", "SCT", "headfirst")
    dose = Dataset()
    dose.Radiopharmaceutical = "Fluorodeoxyglucose F18"
    dose.RadiopharmaceuticalStartTime = f"{injected:%H%M%S}"
    dose.RadiopharmaceuticalStartDateTime = f"{injected:%Y%m%d%H%M%S}"
    dose.RadionuclideTotalDose = f"{DOSE_BQ:.8g}"
    dose.RadionuclideHalfLife = f"{HALF_LIFE_S:g}"
    dose.RadionuclidePositronFraction = "0.967"
    dose.RadionuclideCodeSequence = code("77004003", "SCT", "^18^Fluorine")
    dose.RadiopharmaceuticalCodeSequence = code("35321007", "SCT", "Fluorodeoxyglucose F^18^")
    ds.RadiopharmaceuticalInformationSequence = Items([dose])
    return ds


def write_radiograph(folder: Path, seed: int, told: Told, cancelled: Cancelled) -> None:
    """A frontal chest radiograph: the phantom's attenuation summed from back to front."""
    grid = Grid(320, 218, 1.25, 1.25, 178.0)
    values = HOUNSFIELD | {
        Tissue.TABLE: -1000,
        Tissue.FOAM: -1000,
        Tissue.BLOOD: 45,
        Tissue.MYOCARDIUM: 45,
        Tissue.LIVER: 60,
    }
    rows = [_thickness_mm(plane) for plane in planes(grid, seed, values, LESION_MM, cancelled)]
    if cancelled():
        return
    water_mm = np.stack(rows[::-1])
    picture = _radiograph(water_mm, seed)
    plan = SeriesPlan(
        CHEST_CR,
        seed,
        1,
        "CR",
        ComputedRadiographyImageStorage,
        "Thorax PA",
        "CHEST",
        laterality="",
    )
    ds = common(plan)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.ViewPosition, ds.PlateType = "PA", ""
    ds.PatientOrientation = ["L", "F"]
    ds.PhotometricInterpretation = "MONOCHROME1"
    ds.ImagerPixelSpacing = ["0.25", "0.25"]
    ds.KVP, ds.DistanceSourceToDetector, ds.DistanceSourceToPatient = "125", "1800", "1650"
    ds.AcquisitionDeviceProcessingDescription = ""
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.WindowCenter, ds.WindowWidth = "2048", "4096"
    ds.BurnedInAnnotation = "NO"
    set_pixels(ds, picture, 12)
    save(ds, folder, seed, 1)
    told()


def _thickness_mm(plane: Field) -> Field:
    """How much water each ray would have to pass; bone stops more than its density says."""
    bone = np.clip(plane - 180, 0, None) * 0.9
    return np.asarray((np.clip(plane + 1000, 0, None) + bone).sum(axis=0) / 1000, np.float32)


def _radiograph(water_mm: Field, seed: int) -> np.ndarray:
    """Stored values, MONOCHROME1: dark is high. Edges lifted as a plate reader does."""
    fine = cv2.resize(water_mm, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    dark = np.exp(-fine * np.float32(0.0105))
    generator = np.random.default_rng((seed, 9))
    dark += 0.006 * generator.standard_normal(dark.shape, np.float32) * np.sqrt(dark + 0.02)
    exposure = np.log10(np.clip(dark, 0.004, 1.2) + np.float32(0.004))
    detail = exposure - cv2.GaussianBlur(exposure, (0, 0), 18)
    low, high = np.log10(0.045), np.log10(0.5)
    level = (exposure + 0.9 * detail - low) / (high - low)
    return np.clip(np.rint(level * 3600 + 250), 0, 4095).astype(np.uint16)

"""The sample studies: the same from the same seed, shaped like a clinic's, kept between runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    JPEG2000,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
    SecondaryCaptureImageStorage,
)

from app.demo import samples
from app.demo.samples import ct, head, mr, people
from app.demo.samples.ct import LESION_MM, PRIOR_LESION_MM
from app.demo.samples.grid import Grid
from app.demo.samples.scan import planes
from app.demo.samples.syntaxes import ALL, NEAR
from app.demo.samples.tissue import HOUNSFIELD
from app.demo.samples.writer import SeriesPlan, common, save, set_pixels
from app.demo.sending import PROPOSALS
from app.dicom import pixels
from app.dicom.calibration import distance
from app.dicom.geometry import volume_layout
from app.dicom.header import read_object

SLICES = 15


@pytest.fixture(scope="module")
def a_ct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.chest_ct(tmp_path_factory.mktemp("samples"), slices=SLICES)


def hounsfield(folder: Path) -> np.ndarray:
    """The volume from the feet up, in HU."""
    objects = [pydicom.dcmread(path) for path in folder.glob("*.dcm")]
    objects.sort(key=lambda ds: ds.ImagePositionPatient[2])
    return np.stack([ds.pixel_array.astype(int) + int(ds.RescaleIntercept) for ds in objects])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_makes_the_same_files(a_ct: Path, tmp_path: Path) -> None:
    assert files(samples.chest_ct(tmp_path, slices=SLICES)) == files(a_ct)


def test_another_seed_makes_another_study(a_ct: Path, tmp_path: Path) -> None:
    other = samples.chest_ct(tmp_path, slices=4, seed=7)
    first, second = (pydicom.dcmread(next(p.glob("*.dcm"))) for p in (a_ct, other))
    assert first.StudyInstanceUID != second.StudyInstanceUID


def test_a_ct_has_the_densities_of_a_body(a_ct: Path) -> None:
    volume = hounsfield(a_ct)
    assert volume.shape == (SLICES, 512, 512)
    body = volume[:, 128:384, 100:412]
    for low, high, name, share in (
        (-950, -700, "lung", 0.04),
        (-140, -70, "fat", 0.1),
        (30, 90, "muscle", 0.05),
        (95, 130, "liver", 0.02),
        (500, 1600, "bone", 0.002),
    ):
        found = float(np.mean((body > low) & (body < high)))
        assert found > share, f"{name}: {found:.4f}"


def test_the_priors_lesion_is_smaller() -> None:
    grid = Grid(160, 90, 2.5, 5.0)
    sizes = []
    for radius_mm in (LESION_MM, PRIOR_LESION_MM):
        made = planes(grid, samples.SEED, HOUNSFIELD, radius_mm, lambda: False)
        # The liver around the lesion, 196 mm above the lowest slice.
        box = np.stack(list(made))[34:45, 66:86, 37:54]
        sizes.append(int(np.count_nonzero((box > 0) & (box < 75))))
    assert 0 < sizes[1] < 0.6 * sizes[0]


def test_pet_and_ct_share_their_frame_of_reference(a_ct: Path, tmp_path: Path) -> None:
    folder = samples.pet(tmp_path, slices=6)
    pet = pydicom.dcmread(next(folder.glob("*.dcm")))
    ct = pydicom.dcmread(next(a_ct.glob("*.dcm")))
    assert pet.FrameOfReferenceUID == ct.FrameOfReferenceUID
    assert pet.Units == "BQML"
    assert pet.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose > 0


def read(path: Path) -> np.ndarray:
    """The stored values, decoded as the product does."""
    parsed = read_object(path)
    assert parsed.image is not None
    return pixels.decode(path, parsed.image).astype(int)


def test_every_transfer_syntax_holds_the_same_slice(tmp_path: Path) -> None:
    folder = samples.transfer_syntaxes(tmp_path)
    reference = read(folder / "ct-02-0001.dcm")
    for number, syntax in enumerate(ALL, start=1):
        path = next(folder.glob(f"*-{number:02d}-0001.dcm"))
        assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax.uid
        decoded = read(path)
        assert decoded.shape == reference.shape
        if syntax.bits == 8:
            # A window of the same slice: the more in one, the more in the other.
            assert np.corrcoef(decoded.ravel(), reference.clip(874, 1224).ravel())[0, 1] > 0.99
            continue
        wrong = np.abs(decoded - reference)
        allowed = {JPEGLSNearLossless: NEAR, JPEG2000: 60, JPEGExtended12Bit: 60}
        assert wrong.max() <= allowed.get(syntax.uid, 0), syntax.name
        assert bool(syntax.method) == (wrong.max() > 0), syntax.name


def test_the_sample_syntaxes_are_those_that_scanners_send() -> None:
    """All that storescu can propose, and HTJ2K; but those for video, which have no slices."""
    assert {syntax.uid for syntax in ALL} >= set(PROPOSALS)


def test_an_ultrasound_says_its_scale(tmp_path: Path) -> None:
    ds = pydicom.dcmread(next(samples.ultrasound(tmp_path, frames=2).glob("*.dcm")))
    region = ds.SequenceOfUltrasoundRegions[0]
    assert (region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection) == (3, 3)
    assert region.PhysicalDeltaX == pytest.approx(0.03)
    assert ds.NumberOfFrames == 2


def test_an_oblique_sequence_lies_as_its_header_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mr, "SEQUENCES", mr.SEQUENCES[2:])
    empty = np.zeros((head.GRID.slices, head.GRID.size, head.GRID.size), np.uint8)
    monkeypatch.setattr(head, "labels", lambda _seed: empty)  # the headers alone are asked here
    folder = samples.head_mr(tmp_path)
    objects = [pydicom.dcmread(path) for path in sorted(folder.glob("mr-04-*.dcm"))]
    row, column = np.reshape(np.array(objects[0].ImageOrientationPatient, float), (2, 3))
    assert row @ column == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(column) == pytest.approx(1)
    tilt = np.degrees(np.arccos(-column[2]))
    assert tilt == pytest.approx(18, abs=0.01)
    normal = np.cross(row, column)
    steps = np.diff([np.array(ds.ImagePositionPatient, float) for ds in objects], axis=0)
    np.testing.assert_allclose(steps @ normal, objects[0].SpacingBetweenSlices, atol=1e-3)
    np.testing.assert_allclose(steps - np.outer(steps @ normal, normal), 0, atol=1e-3)
    images = [read_object(path).image for path in sorted(folder.glob("mr-04-*.dcm"))]
    layout = volume_layout([image for image in images if image is not None])
    assert not layout.refusal
    assert not layout.warnings


def test_a_radiograph_is_calibrated_at_the_detector_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ct, "planes", lambda grid, *_: iter(np.zeros((2, grid.size, grid.size))))
    file = next(samples.chest_radiograph(tmp_path).glob("*.dcm"))
    ds = pydicom.dcmread(file)
    assert ds.PhotometricInterpretation == "MONOCHROME1"
    assert "PixelSpacing" not in ds
    image = read_object(file).image
    assert image is not None
    found = distance(image, 0, (0.0, 0.0), (100.0, 0.0))
    # 0.25 mm at the detector, 1800 mm from the source; the patient's middle is at 1650 mm.
    assert found.value == pytest.approx(25 * 1650 / 1800, abs=0.05)
    assert (found.unit, found.note) == ("mm", "Estimated magnification")


@pytest.mark.parametrize(
    ("person", "encoded"),
    [
        (people.IVANOV, "Иванов^Пётр^Сергеевич".encode()),
        (people.SMIRNOVA, "Смирнова^Алёна^Игоревна".encode("iso8859_5")),
        (people.MUELLER, "Müller^Jürgen".encode("latin_1")),
        (people.LEFEVRE, "Lefèvre^Hélène".encode()),
        (people.TAYLOR, b"Taylor^Grace"),
    ],
    ids=lambda value: value.patient_id if isinstance(value, people.Person) else "",
)
def test_each_patient_has_a_name_in_a_character_set_of_their_own(
    person: people.Person, encoded: bytes, tmp_path: Path
) -> None:
    exam = replace(people.CHEST_CR, person=person)
    plan = SeriesPlan(exam, samples.SEED, 1, "OT", SecondaryCaptureImageStorage, "Names")
    ds = common(plan)
    set_pixels(ds, np.zeros((2, 2), np.uint8), 8)
    path = save(ds, tmp_path, samples.SEED, 1)
    assert encoded in path.read_bytes()
    assert read_object(path).study.patient_name == person.name


def test_a_made_study_is_kept_and_a_cancelled_one_leaves_nothing(tmp_path: Path) -> None:
    first = samples.chest_ct(tmp_path, slices=4)
    written = {path: path.stat().st_mtime_ns for path in first.iterdir()}
    assert samples.chest_ct(tmp_path, slices=4) == first
    assert {path: path.stat().st_mtime_ns for path in first.iterdir()} == written
    told: list[tuple[int, int]] = []
    cancelled = samples.prior_ct(
        tmp_path, slices=30, progress=lambda *at: told.append(at), cancelled=lambda: len(told) > 2
    )
    assert not cancelled.exists()
    assert told[0] == (1, 30)

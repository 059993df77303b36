"""The sample studies: the same from the same seed, shaped like a clinic's, kept between runs."""

from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_frames

from app.demo import samples
from app.demo.samples.ct import LESION_MM, PRIOR_LESION_MM
from app.demo.samples.grid import Grid
from app.demo.samples.scan import planes
from app.demo.samples.syntaxes import ALL
from app.demo.samples.tissue import HOUNSFIELD

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


def test_every_transfer_syntax_holds_the_same_slice(tmp_path: Path) -> None:
    folder = samples.transfer_syntaxes(tmp_path)
    reference = pydicom.dcmread(folder / "ct-02-0001.dcm").pixel_array
    for number, syntax in enumerate(ALL, start=1):
        ds = pydicom.dcmread(next(folder.glob(f"*-{number:02d}-0001.dcm")))
        assert ds.file_meta.TransferSyntaxUID == syntax.uid
        if syntax.encode and "RLE" not in syntax.name:
            decoded = _decoded(next(generate_frames(ds.PixelData)), syntax.name)
        else:
            decoded = ds.pixel_array
        if syntax.method:
            assert decoded.shape == reference.shape
        else:
            np.testing.assert_array_equal(decoded, reference, syntax.name)


def _decoded(frame: bytes, name: str) -> np.ndarray:
    codec = {"JPEG-": imagecodecs.jpegls_decode, "JPEG ": imagecodecs.jpeg_decode}.get(name[:5])
    if "2000" in name or "HTJ2K" in name:
        codec = imagecodecs.htj2k_decode if "HTJ2K" in name else imagecodecs.jpeg2k_decode
    assert codec is not None
    return np.asarray(codec(frame))


def test_an_ultrasound_says_its_scale(tmp_path: Path) -> None:
    ds = pydicom.dcmread(next(samples.ultrasound(tmp_path, frames=2).glob("*.dcm")))
    region = ds.SequenceOfUltrasoundRegions[0]
    assert (region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection) == (3, 3)
    assert region.PhysicalDeltaX == pytest.approx(0.03)
    assert ds.NumberOfFrames == 2


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

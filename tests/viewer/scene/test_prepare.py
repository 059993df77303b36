"""What is made of a volume before it is rendered: its places stay, its edges get soft."""

import numpy as np
import pytest

from app.viewer.scene import prepare
from app.viewer.scene.prepare import cropped, prepared
from app.viewer.scene.smooth import smoothed
from tests.viewer.scene.volumes import balls, placed

SPACING = (1.5, 1.0, 1.0)
CENTRE = (20, 15, 33)


@pytest.fixture
def a_ball():
    return balls((40, 60, 48), SPACING, [CENTRE], 9)


def middle(voxels):
    """The middle of what stands out, LPS mm."""
    index = np.argwhere(voxels.values > 0).mean(axis=0)
    return voxels.affine[:3, :3] @ index + voxels.affine[:3, 3]


def test_a_cropped_volume_is_small_and_stays_in_place(a_ball):
    small = cropped(a_ball, a_ball.shrunk(5_000))
    assert small.values.size < a_ball.values.size / 4
    assert np.count_nonzero(small.values > 0) == np.count_nonzero(a_ball.values > 0)
    assert middle(small) == pytest.approx(middle(a_ball))


@pytest.mark.parametrize("edge", [(3, 3, 3), (44, 56, 54)])
def test_what_lies_at_the_border_is_kept_whole(edge):
    volume = balls((40, 60, 48), SPACING, [edge], 9)
    small = cropped(volume, volume.shrunk(5_000))
    assert np.count_nonzero(small.values > 0) == np.count_nonzero(volume.values > 0)


def test_an_even_volume_is_not_cropped():
    volume = placed(np.zeros((8, 9, 10), np.int16), SPACING)
    assert cropped(volume, volume) is volume


def test_a_large_volume_is_cropped_before_it_is_averaged(a_ball, monkeypatch):
    monkeypatch.setattr(prepare, "DRAG_VOXELS", 5_000)
    shown = prepared(a_ball, 20_000, bare=False)
    assert shown.values.size <= 20_000
    assert shown.spacing == pytest.approx(SPACING)
    assert prepared(a_ball, 5_000, bare=False).spacing.min() > 1


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.float32])
def test_smoothing_keeps_type_and_mean_and_softens_edges(kind):
    values = np.zeros((9, 20, 20), kind)
    values[:, :, 10:] = 200
    values[4:] //= 2
    soft = smoothed(values)
    assert soft.dtype == kind
    assert soft.mean() == pytest.approx(values.mean(), abs=0.5)
    assert np.abs(np.diff(soft.astype(float), axis=2)).max() < 130
    assert np.abs(np.diff(soft[:, :, 15].astype(float), axis=0)).max() < 130

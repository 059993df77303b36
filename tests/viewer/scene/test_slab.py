"""Slabs along an axis equal NumPy's own reductions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.viewer.scene.slab import SlabMode, project, run_of
from tests.viewer.scene.volumes import a_noise

REFERENCE = {
    SlabMode.MIP: lambda thick, axis: thick.max(axis=axis),
    SlabMode.MINIP: lambda thick, axis: thick.min(axis=axis),
    SlabMode.MEAN: lambda thick, axis: np.rint(thick.mean(axis=axis, dtype=np.float64)),
}


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("mode", SlabMode)
@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32])
def test_a_slab_equals_the_reduction_of_its_planes(axis, mode, dtype):
    values = np.abs(a_noise()).astype(dtype)
    thick = values.take(range(4, 13), axis=axis)
    expected = REFERENCE[mode](thick, axis)
    got = project(values, axis, 4, 13, mode)
    assert got.dtype == dtype
    assert got == pytest.approx(expected, abs=0.51 if dtype == np.float32 else 0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_slab_of_one_plane_is_that_plane(axis):
    values = a_noise()
    assert np.array_equal(project(values, axis, 5, 6, SlabMode.MIP), values.take(5, axis=axis))


@given(st.floats(-0.5, 99.5), st.floats(0, 200))
def test_a_run_has_at_least_one_plane_and_stays_inside(position, thickness):
    first, last = run_of(position, thickness, 100)
    assert 0 <= first < last <= 100
    assert last - first <= max(1, round(thickness))


def test_a_run_is_centred():
    assert run_of(10.0, 5.0, 100) == (8, 13)
    assert run_of(10.0, 0.0, 100) == (10, 11)

"""Slabs along an axis equal NumPy's own reductions."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.viewer.scene.slab import BLOCK, SlabMode, Slabs, run_of
from tests.viewer.scene.volumes import a_noise

SHAPE = (20, 30, 13 * BLOCK + 5)
asks = st.tuples(
    st.integers(0, 2), st.integers(0, 300), st.integers(0, 300), st.sampled_from(SlabMode)
)


def reduced(values, axis, first, last, mode):
    thick = values.take(range(first, last), axis=axis).astype(np.float64)
    if mode is SlabMode.MIP:
        return thick.max(axis=axis)
    if mode is SlabMode.MINIP:
        return thick.min(axis=axis)
    mean = thick.mean(axis=axis)
    return np.rint(mean) if np.issubdtype(values.dtype, np.integer) else mean


def assert_reduced(got, values, *asked):
    assert got.dtype == values.dtype
    np.testing.assert_allclose(got, reduced(values, *asked), rtol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("mode", SlabMode)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
def test_a_slab_equals_the_reduction_of_its_planes(axis, mode, dtype):
    values = np.abs(a_noise()).clip(0, 250 if dtype == np.uint8 else None).astype(dtype)
    assert_reduced(Slabs(values).plane(axis, 4, 13, mode), values, axis, 4, 13, mode)


@settings(max_examples=30, deadline=None)
@given(st.lists(asks, min_size=2, max_size=8))
def test_what_is_kept_from_slab_to_slab_changes_none(sequence):
    values = a_noise(SHAPE)
    slabs = Slabs(values)
    for axis, some, other, mode in sequence:
        first, last = sorted((some % SHAPE[axis], other % SHAPE[axis]))
        asked = (axis, first, last + 1, mode)
        assert_reduced(slabs.plane(*asked), values, *asked)


def test_a_slab_of_a_volume_with_few_planes_is_whole():
    values = a_noise((1, 2, 3))
    for axis, count in enumerate(values.shape):
        asked = (axis, 0, count, SlabMode.MIP)
        assert_reduced(Slabs(values).plane(*asked), values, *asked)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("mode", SlabMode)
def test_a_slab_of_one_plane_is_that_plane(axis, mode):
    values = a_noise()
    plane = Slabs(values).plane(axis, 5, 6, mode)
    assert np.array_equal(plane, values.take(5, axis=axis))


def test_what_is_kept_is_a_part_of_the_volume_however_far_one_scrolls():
    values = a_noise((40, 50, 32 * BLOCK))
    tracemalloc.start()
    slabs = Slabs(values)
    for first in range(0, values.shape[2] - 9, 9):
        slabs.plane(2, first, first + 9, SlabMode.MIP)
    kept, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < values.nbytes * 0.3


@given(st.floats(-0.5, 99.5), st.floats(0, 200))
def test_a_run_has_at_least_one_plane_and_stays_inside(position, thickness):
    first, last = run_of(position, thickness, 100)
    assert 0 <= first < last <= 100
    assert last - first <= max(1, round(thickness))


def test_a_run_is_centred():
    assert run_of(10.0, 5.0, 100) == (8, 13)
    assert run_of(10.0, 0.0, 100) == (10, 11)

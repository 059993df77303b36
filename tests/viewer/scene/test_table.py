"""The table of a CT is left out of the volume's picture, and nothing of the patient."""

import numpy as np
import pytest

from app.viewer.scene.table import is_trunk, without_table
from app.viewer.scene.voxels import Voxels
from tests.viewer.scene.volumes import placed

BODY, LUNG, SHELL = (30, 40), (28, 30), 75


def a_patient_on_a_table(dtype=np.int16, slope=1.0, intercept=0.0):
    """A round body with an air-filled lung, a finger-thick arm beside it, a thin table below."""
    y, x = np.mgrid[:90, :120]
    plane = np.full((90, 120), -1000.0)
    plane[np.hypot(y - BODY[0], x - BODY[1]) < 25] = 40
    plane[np.hypot(y - LUNG[0], x - LUNG[1]) < 9] = -850
    plane[np.hypot(y - 40, x - 90) < 9] = 60
    plane[SHELL : SHELL + 3, 5:115] = 300
    values = np.repeat(((plane - intercept) / slope)[None], 12, axis=0).astype(dtype)
    volume = placed(values, (2.0, 1.0, 1.0))
    return Voxels(volume.values, volume.affine, slope, intercept)


@pytest.mark.parametrize(
    ("dtype", "slope", "intercept"),
    [(np.int16, 1, 0), (np.uint16, 1, -1024), (np.float32, 1, 0), (np.int16, -1, 0)],
)
def test_the_table_becomes_air(dtype, slope, intercept):
    voxels = a_patient_on_a_table(dtype, slope, intercept)
    bare = without_table(voxels)
    hounsfield = bare.values.astype(float) * slope + intercept
    assert (hounsfield[:, SHELL : SHELL + 3] == -1000).all()


def test_nothing_of_the_patient_is_lost():
    voxels = a_patient_on_a_table()
    bare = without_table(voxels)
    above = voxels.values[:, : SHELL - 8]
    assert np.array_equal(bare.values[:, : SHELL - 8], above)


def test_the_volume_itself_is_left_as_it_was():
    voxels = a_patient_on_a_table()
    before = voxels.values.copy()
    without_table(voxels)
    assert np.array_equal(voxels.values, before)


def test_only_a_wide_field_of_view_is_taken_for_a_trunk():
    assert not is_trunk(a_patient_on_a_table())
    assert is_trunk(placed(np.zeros((3, 100, 100), np.int16), (1, 3, 3)))

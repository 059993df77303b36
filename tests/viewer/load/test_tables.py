"""Images that are shown through look-up tables."""

import numpy as np
import pytest

from app.dicom.luts import Lut
from app.viewer.load.series import halved, voi_table
from app.viewer.model.values import drawable
from tests.viewer.load.manifests import from_files
from tests.viewer.load.test_real_series import load


def test_a_voi_table_is_brought_to_eight_bits():
    table = voi_table(Lut(-5, 12, np.array([0, 2048, 4095], np.uint16), "NORMAL"))
    assert (table.first, table.entries.tolist(), table.explanation) == (-5, [0, 128, 255], "NORMAL")


@pytest.mark.parametrize(
    ("name", "has_voi_table"),
    [("pydicom-data__data__mlut_18.dcm", False), ("pydicom-data__data__vlut_04.dcm", True)],
)
def test_a_real_image_with_tables_is_kept_in_modality_units(shared_dicom, name, has_voi_table):
    series = load(from_files([shared_dicom / "photometric" / name]))
    assert (series.table(0) is not None) is has_voi_table
    assert series.loaded == 1
    assert series.frame(0).dtype == np.float32
    assert series.slab is None
    assert (series.shots[0].image.slope, series.shots[0].image.intercept) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [
        (np.uint8, np.uint8),
        (np.int16, np.int16),
        (np.int8, np.int16),
        (np.bool_, np.int16),
        (np.int32, np.float32),
        (np.float64, np.float32),
    ],
)
def test_every_type_of_values_becomes_one_that_can_be_drawn(kind, drawn):
    assert drawable(np.ones((2, 2), kind)).dtype == drawn


def test_a_half_has_the_means_of_two_by_two():
    values = np.array([[0, 4, 9], [8, 4, 9], [9, 9, 9]], np.int16)
    assert halved(values).tolist() == [[4]]

"""The ruler's length and its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.volume.overlay import ruler_length, ruler_text


@given(st.floats(0.5, 5000))
def test_a_ruler_is_a_round_length_within_a_quarter_of_the_view(width_mm):
    length = ruler_length(width_mm)
    assert width_mm / 10.01 <= length <= width_mm / 3.99
    digits = f"{length:e}"
    assert digits[0] in "125"


@pytest.mark.parametrize(
    ("length", "text"), [(0.5, "0.5 mm"), (5, "5 mm"), (10, "1 cm"), (200, "20 cm")]
)
def test_a_ruler_is_named_in_the_unit_that_reads_best(length, text):
    assert ruler_text(length) == text

"""Turning a picture: what the viewer sees is what the words say."""

import itertools

import numpy as np
import pytest

from app.viewer.model.turn import Turn

EIGHT = [Turn(quarters, mirrored) for quarters in range(4) for mirrored in (False, True)]


def picture(turn: Turn) -> list[list[int]]:
    """Six numbered pixels laid by `turn` with NumPy."""
    pixels = np.arange(6).reshape(2, 3)
    if turn.mirrored:
        pixels = np.fliplr(pixels)
    return np.rot90(pixels, -turn.quarters).tolist()


@pytest.mark.parametrize("turn", EIGHT)
def test_changes_are_as_the_viewer_sees_them(turn):
    seen = np.array(picture(turn))
    assert picture(turn.rotated(1)) == np.rot90(seen, -1).tolist()
    assert picture(turn.rotated(-1)) == np.rot90(seen, 1).tolist()
    assert picture(turn.flipped_across()) == np.fliplr(seen).tolist()
    assert picture(turn.flipped_down()) == np.flipud(seen).tolist()


@pytest.mark.parametrize("turn", EIGHT)
def test_four_turns_and_two_flips_change_nothing(turn):
    assert turn.rotated(1).rotated(1).rotated(1).rotated(1) == turn
    assert turn.flipped_across().flipped_across() == turn
    assert turn.flipped_down().flipped_down() == turn


def test_the_eight_ways_are_eight():
    assert all(picture(a) != picture(b) for a, b in itertools.combinations(EIGHT, 2))

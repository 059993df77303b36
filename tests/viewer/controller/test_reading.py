"""A study being read: what tiles show, the mouse, undo."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.domain.image import ImageSource, Window
from app.viewer.controller.reading import Reading
from app.viewer.controller.shown import shown
from app.viewer.load.loading import SeriesLoader
from app.viewer.load.series import LoadedSeries, VoiTable
from app.viewer.model import changes
from app.viewer.model.state import Tile, ToolName
from app.viewer.model.turn import Turn
from app.viewer.scene.flat import Table
from app.viewer.tools.mouse import Button
from tests.viewer.load.manifests import a_manifest, an_image, stored

SIZE = (60, 80)


@pytest.fixture
def a_series(tmp_path) -> LoadedSeries:
    images = [an_image(index) for index in range(5)]
    sources = [stored(tmp_path, image, np.full((8, 6), 40, np.int16)) for image in images]
    return SeriesLoader(
        a_manifest(*sources), bytes, progress=lambda _s: None, cancelled=lambda: False
    ).load()


@pytest.fixture
def told() -> list:
    return []


@pytest.fixture
def a_reading(a_series, told) -> Reading:
    reading = Reading(lambda old, new: told.append((old, new)))
    reading.series["1.2"] = a_series
    reading.apply(lambda s: changes.placed(s, 0, changes.opened_tile("1.2", 5)))
    return reading


def draw_line(reading: Reading, *points: tuple[float, float]) -> None:
    touches = [reading.touch(0, point, SIZE, 1.0) for point in points]
    reading.press(touches[0], Button.LEFT)
    for touch in touches[1:]:
        reading.move(touch)
    reading.release(touches[-1])


def test_a_tile_shows_its_picture_in_the_window_of_the_image(a_reading):
    shown = a_reading.shown(0, SIZE)
    assert shown.window == Window(40, 400)
    assert shown.edges == ("R", "L", "A", "P")
    assert shown.picture().shape == (80, 60)
    assert shown.picture()[40, 30] == pytest.approx(128, abs=1)


def test_a_tile_without_a_series_shows_nothing(a_reading):
    assert a_reading.shown(1, SIZE) is None
    assert a_reading.touch(1, (0, 0), SIZE, 1.0) is None


def test_a_picture_that_has_not_come_is_shown_without_pixels(a_reading, a_series):
    a_reading.series["1.2"] = LoadedSeries(a_series.manifest)
    shown = a_reading.shown(0, SIZE)
    assert shown.picture() is None
    assert shown.window is None
    assert shown.image.instance_number == 3


def test_a_change_that_changes_nothing_is_not_told(a_reading, told):
    told.clear()
    a_reading.apply(lambda state: changes.scrolled(state, 0, 0))
    assert told == []
    a_reading.apply(lambda state: changes.scrolled(state, 0, 1))
    assert len(told) == 1


def test_a_press_activates_its_tile(a_reading):
    a_reading.apply(lambda s: changes.arranged(s, replace(s.layout, columns=2), [("1.2", 5)]))
    a_reading.apply(lambda s: changes.placed(s, 1, changes.opened_tile("1.2", 5)))
    a_reading.apply(lambda s: changes.activated(s, 0))
    a_reading.press(a_reading.touch(1, (5, 5), SIZE, 1.0), Button.MIDDLE)
    assert a_reading.state.active == 1


def test_measurements_are_undone_and_redone_whole(a_reading):
    a_reading.apply(lambda state: changes.with_tool(state, ToolName.LENGTH))
    draw_line(a_reading, (10, 20), (20, 20), (40, 20))
    draw_line(a_reading, (10, 60), (40, 60))
    draw_line(a_reading, (10, 60), (15, 65), (15, 70))
    first, moved = a_reading.state.lengths
    a_reading.undo()
    assert a_reading.state.lengths[1].start != moved.start
    a_reading.undo()
    assert a_reading.state.lengths == (first,)
    a_reading.redo()
    a_reading.redo()
    assert a_reading.state.lengths == (first, moved)
    a_reading.redo()
    assert a_reading.state.lengths == (first, moved)


def test_a_deleted_measurement_comes_back_with_undo(a_reading):
    a_reading.apply(lambda state: changes.with_tool(state, ToolName.LENGTH))
    draw_line(a_reading, (10, 20), (40, 20))
    kept = a_reading.state.lengths
    a_reading.apply(lambda state: changes.without_line(state, 1))
    a_reading.undo()
    assert a_reading.state.lengths == kept


def test_a_measurement_under_the_mouse_can_be_held(a_reading):
    a_reading.apply(lambda state: changes.with_tool(state, ToolName.LENGTH))
    draw_line(a_reading, (10, 20), (40, 20))
    assert a_reading.held(a_reading.touch(0, (10, 21), SIZE, 1.0)) is not None
    assert a_reading.held(a_reading.touch(0, (10, 60), SIZE, 1.0)) is None


@pytest.mark.parametrize("zoom", [0.8, 1.0])
def test_a_large_picture_shown_small_is_drawn_from_its_half_in_the_same_place(zoom):
    image = an_image(0, rows=2401, columns=2001)
    values = np.zeros((2401, 2001), np.int16)
    values[500:540, 1500:1540] = 1000
    series = LoadedSeries(a_manifest(ImageSource(image)))
    series.put(0, values)
    tile = Tile("1.2", 1, zoom=zoom, focus=(0.45, 0.6), turn=Turn(1, mirrored=True))
    whole = shown(series, tile, (500, 400), 1.0)
    assert whole.half.shape == (1200, 1000)
    alone = replace(whole, half=None)
    difference = cv2.absdiff(whole.picture(), alone.picture())
    assert alone.picture().max() == 255
    assert difference.mean() < 1
    middles = [np.argwhere(each.picture() > 128).mean(axis=0) for each in (whole, alone)]
    assert middles[0] == pytest.approx(middles[1], abs=1.0)


def test_a_table_is_shown_until_a_window_is_chosen(a_reading, a_series):
    table = VoiTable(0, np.arange(100, dtype=np.uint8), "GAMMA")
    fresh = LoadedSeries(a_series.manifest)
    fresh.put(2, a_series.frame(2), table)
    a_reading.series["1.2"] = fresh
    shown = a_reading.shown(0, SIZE)
    assert isinstance(shown.shade, Table)
    assert shown.window == Window(50, 100, "GAMMA")
    assert shown.picture()[40, 30] == 40
    a_reading.apply(lambda state: changes.windowed(state, 0, Window(40, 400)))
    assert a_reading.shown(0, SIZE).picture()[40, 30] == pytest.approx(128, abs=1)


def test_a_picture_looks_like_another_only_of_the_same_pixels_in_the_same_light(a_series):
    tile = changes.opened_tile("1.2", 5)
    picture = shown(a_series, tile, SIZE, 1.0)
    assert picture.looks_like(shown(a_series, tile, SIZE, 1.0))
    copied = replace(picture, values=picture.values.copy())
    assert not picture.looks_like(copied)
    assert not picture.looks_like(shown(a_series, replace(tile, inverted=True), SIZE, 1.0))
    assert not picture.looks_like(shown(a_series, replace(tile, zoom=2.0), SIZE, 1.0))
    table = np.arange(256, dtype=np.uint8)
    by_table = replace(picture, shade=Table(0, table))
    assert by_table.looks_like(replace(picture, shade=Table(0, table)))
    assert not by_table.looks_like(replace(picture, shade=Table(0, table.copy())))
    assert not by_table.looks_like(picture)

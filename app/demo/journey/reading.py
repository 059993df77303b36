"""Chapter three: the study opens, and the stack viewer's tools do what a hand asks of them."""

import time

from PySide6.QtCore import QMimeData, QPoint, Qt

from app.demo import hands
from app.demo.journey.arriving import worklist
from app.demo.journey.stage import Stage
from app.demo.steps import Step, check
from app.ui.study.desk import Desk
from app.ui.study.grid import TileGrid
from app.ui.study.rail import SeriesRail
from app.ui.study.rail_model import PICTURE, SERIES, SERIES_MIME
from app.ui.study.viewport import Viewport
from app.ui.worklist.cards import SeriesCard
from app.viewer.model.state import Tile
from app.viewer.model.windows import presets_for

FIRST_IMAGE_S = 3.0
WHOLE_S = 60.0
LARGE = 200
"""From so many images on, a hand can stop the loading before it ends."""
CTRL = Qt.KeyboardModifier.ControlModifier


def grid(stage: Stage) -> TileGrid:
    """The viewports of the open study."""
    return hands.find(stage.main, TileGrid)


def viewport(stage: Stage) -> Viewport:
    """The active viewport."""
    return grid(stage).active


def desk(stage: Stage) -> Desk:
    """The open study's state."""
    page = stage.main.desk
    check(page is not None, "no study is open")
    return page.page.desk  # type: ignore[union-attr] # checked before


def open_study(stage: Stage, step: Step) -> None:
    """A double click on the row: the first image is there at once, before any other was loaded."""
    page = worklist(stage)
    row = hands.wait_for(lambda: page.model.row_of(_uid(stage)) + 1, "the study's row") - 1
    page.table.select_row(row)
    hands.settle()
    cards = hands.wait_for(lambda: hands.all_of(page.preview, SeriesCard), "the series' cards")
    fetching = f"preview/{cards[0].series.series_uid}"
    hands.wait_for(lambda: not stage.desktop.tasks.running(fetching), "the series' thumbnail")
    stage.picture("worklist-preview")
    spot = page.table.visualRect(page.model.index(row, 0)).center()
    started = time.monotonic()
    hands.double_click(page.table.viewport(), spot)
    hands.wait_for(lambda: stage.main.desk, "the study's page")
    seen: list[tuple[float, int, int]] = []
    state = desk(stage)

    def look(_series_uid: str) -> None:
        series = state.loaded(state.state.active)
        if series is not None and not seen and series.frame(state.tile.index) is not None:
            seen.append((time.monotonic() - started, series.loaded, series.count))

    state.series_news.connect(look)
    look("")
    hands.wait_for(lambda: seen, "the first image", FIRST_IMAGE_S + 10)
    stage.picture("study-first-image")
    state.series_news.disconnect(look)
    seconds, loaded, count = seen[0]
    step.saw(f"first image after {seconds * 1000:.0f} ms, when {loaded} of {count} were there")
    check(seconds <= FIRST_IMAGE_S, f"the first image took {seconds:.1f} s")
    _wait_for_all(stage)
    whole = time.monotonic() - started
    series = state.loaded(state.state.active)
    # Not what was painted when: a quick disk gives all of it before a busy machine paints once.
    check(series.reference == series.first, "another image was loaded before the one that opens")
    step.saw(f"all {count} after {whole * 1000:.0f} ms")
    stage.picture("study")


def thumbnails(stage: Stage, step: Step) -> None:
    """Each series with images has a thumbnail beside them."""
    rail = hands.find(stage.main, SeriesRail).model()
    rows = [rail.index(number, 0) for number in range(rail.rowCount())]
    wanted = [row for row in rows if row.data(SERIES).image_count]
    hands.wait_for(lambda: all(row.data(PICTURE) for row in wanted), "every thumbnail", 10)
    step.saw(f"{len(wanted)} series")


def _uid(stage: Stage) -> str:
    return stage.material.study.study_uid


def _wait_for_all(stage: Stage) -> None:
    state = desk(stage)
    series = hands.wait_for(lambda: state.loaded(state.state.active), "the series")
    hands.wait_for(lambda: series.complete, "all images of the series", WHOLE_S)
    check(not series.failed, f"{series.failed} images can't be shown")
    hands.wait_for(lambda: not viewport(stage).notice.isVisible(), "the progress to go")


def stop_loading(stage: Stage, step: Step) -> None:
    """Loading can be stopped in the viewport, and taken up again."""
    state = desk(stage)
    active = state.state.active
    state.reload(active)
    notice = viewport(stage).notice
    check(notice.cancel.isVisible(), "nothing offers to stop the loading")
    notice.cancel.click()  # no event in between: the loading can't have ended
    job = state.job(active)
    check(job is not None and not job.running, "loading goes on")
    hands.settle()
    loaded, count = (job.series.loaded, job.series.count) if job.series else (0, state.tile.count)
    check(loaded < count or count < LARGE, "all of it was loaded in spite of the stop")
    step.saw(f"stopped at {loaded} of {count}")
    state.reload(active)
    _wait_for_all(stage)
    step.saw("loaded again")


def scroll(stage: Stage, step: Step) -> None:
    """The wheel leafs, with Shift by ten; Home and End go to the ends."""
    view, state = viewport(stage), desk(stage)
    count = state.tile.count
    before = state.tile.index
    hands.wheel(view, -1)
    check(state.tile.index == min(before + 1, count - 1), "one notch is not one image")
    hands.wheel(view, 1)
    check(state.tile.index == before, "the wheel does not go back")
    hands.press(view, Qt.Key.Key_End)
    check(state.tile.index == count - 1, "End is not the last image")
    hands.press(view, Qt.Key.Key_Home)
    check(state.tile.index == 0, "Home is not the first image")
    notches = count // 2 // 10
    hands.wheel(view, -notches, Qt.KeyboardModifier.ShiftModifier)
    check(state.tile.index == 10 * notches, "Shift and wheel do not leaf by ten")
    step.saw(f"image {state.tile.index + 1} of {count}")


def window(stage: Stage, step: Step) -> None:
    """A drag changes width and centre; number keys choose presets where the modality has any."""
    view, state = viewport(stage), desk(stage)
    hands.press(view, Qt.Key.Key_W)
    before = view.shown().window
    if before is None:
        step.saw("a colour image has no window")
        return
    hands.drag(view, view.rect().center(), QPoint(60, 40))
    after = view.shown().window
    check(
        after is not None and after.width != before.width and after.centre != before.centre,
        "the drag did nothing",
    )
    series = state.summary(state.tile.series_uid)
    presets = [one for one in presets_for(series.modality if series else "") if one.key]
    for preset in presets:
        hands.press(view, Qt.Key(Qt.Key.Key_0.value + int(preset.key)))
        now = view.shown().window
        same = (now.centre, now.width) == (preset.window.centre, preset.window.width)
        check(same, f"key {preset.key} does not choose its preset")
        if preset.key in "23":
            stage.picture(f"preset-{preset.key}")
    hands.press(view, Qt.Key.Key_1 if presets else Qt.Key.Key_0)
    step.saw(
        f"width {before.width:g} to {after.width:g}; "
        + (f"{len(presets)} presets by key" if presets else f"no presets for {series.modality}")
    )


def pan_and_zoom(stage: Stage, step: Step) -> None:
    """Middle button moves; Ctrl and wheel zooms and keeps what lies under the cursor there."""
    view, state = viewport(stage), desk(stage)
    spot = QPoint(view.width() // 3, view.height() // 3)
    ratio = view.devicePixelRatioF()
    there = (spot.x() * ratio - 0.5, spot.y() * ratio - 0.5)
    under = view.shown().view.to_image(there)
    hands.wheel(view, 3, CTRL, spot)
    check(state.tile.zoom > 1, "Ctrl and wheel do not zoom")
    place = view.shown().view.to_view(under)
    off = max(abs(place[0] - there[0]), abs(place[1] - there[1]))
    check(off < 1.0, f"what lay under the cursor moved by {off:.1f} px")
    focus = state.tile.focus
    hands.drag(view, view.rect().center(), QPoint(70, -50), hands.MIDDLE)
    check(state.tile.focus != focus, "the middle button does not move the image")
    stage.picture("zoomed")
    step.saw(f"zoom {state.tile.zoom:.2f}, the cursor's place held within {off:.2f} px")


def turn(stage: Stage, step: Step) -> None:
    """Invert, rotate, flip, and all of it undone by reset."""
    view, state = viewport(stage), desk(stage)
    plain = Tile(state.tile.series_uid)
    for key, what in (
        (Qt.Key.Key_I, lambda tile: tile.inverted),
        (Qt.Key.Key_R, lambda tile: tile.turn),
        (Qt.Key.Key_H, lambda tile: tile.turn),
        (Qt.Key.Key_V, lambda tile: tile.turn),
    ):
        before = what(state.tile)
        hands.press(view, key)
        check(what(state.tile) != before, f"{key.name} did nothing")
    stage.picture("turned")
    letters = view.shown().edges
    hands.press(view, Qt.Key.Key_0, CTRL)
    tile = state.tile
    restored = (tile.turn, tile.zoom, tile.inverted) == (plain.turn, plain.zoom, plain.inverted)
    check(restored, "reset does not undo all of it")
    if letters is None:
        step.saw("an image without directions has no letters")
        return
    check(letters != view.shown().edges, "the letters did not turn with the image")
    step.saw(f"turned: {' '.join(letters)}; reset: {' '.join(view.shown().edges)}")


def layouts(stage: Stage, step: Step) -> None:
    """Layouts from 1 × 1 to 3 × 3; a series dragged to a tile; double click fills the page."""
    state = desk(stage)
    for name, tiles in (("1x2", 2), ("2x2", 4), ("3x3", 9)):
        hands.trigger(stage.main, f"layout.{name}")
        check(len(state.state.shown) == tiles, f"layout {name} shows {len(state.state.shown)}")
        if name == "3x3":
            stage.picture("layout-3x3")
    hands.trigger(stage.main, "layout.2x2")
    series = state.readable[-1]
    data = QMimeData()
    data.setData(SERIES_MIME, series.series_uid.encode())
    target = grid(stage).viewports[3]
    hands.drop(target, data)
    check(state.state.tiles[3].series_uid == series.series_uid, "the dropped series is not there")
    hands.wait_for(lambda: target.shown() and target.shown().values is not None, "its image")
    stage.picture("layout-2x2")
    _maximise(target, state)
    hands.trigger(stage.main, "layout.1x1")
    check(state.state.shown == (0,), "1 × 1 does not come back")
    _wait_for_all(stage)
    step.saw("1 × 2, 2 × 2, 3 × 3, a series dragged to tile 4, maximised and back")


def _maximise(target: Viewport, state: Desk) -> None:
    hands.double_click(target)
    check(state.state.maximised, "a double click does not fill the page")
    hands.double_click(target)
    check(not state.state.maximised, "a second double click does not restore")


def measure(stage: Stage, step: Step) -> None:
    """A length is drawn, and says what its millimetres rest on."""
    view, state = viewport(stage), desk(stage)
    hands.press(view, Qt.Key.Key_D)
    middle = view.rect().center()
    hands.drag(view, middle - QPoint(60, 30), QPoint(140, 55))
    lines = hands.wait_for(lambda: state.state.lengths, "the measurement")
    found = state.measurement(lines[-1])
    check(found is not None and found.value > 0, "the length has no value")
    check(found.calibration, "the length does not say what it rests on")
    stage.picture("length")
    hands.press(view, Qt.Key.Key_W)
    step.saw(f"{found.value:.1f} {found.unit} ({found.calibration})")

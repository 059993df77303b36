"""The page of a study: its parts, layouts and panel."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
)

from app.ui.study.rail_model import SERIES_MIME
from tests.ui.gestures import wheel
from tests.ui.study.archive import FolderServer
from tests.ui.study.conftest import settled


def test_a_study_opens_at_the_middle_image_of_its_first_series(a_brain):
    assert a_brain.desk.tile.count == 30
    assert a_brain.desk.tile.index == 15
    assert a_brain.grid.active.hasFocus()
    shown = a_brain.grid.active.shown()
    assert shown.picture().max() > 0


def test_the_picture_is_painted_where_the_image_lies(a_brain):
    viewport = a_brain.grid.active
    image = viewport.grab().toImage()
    middle = image.pixelColor(viewport.rect().center())
    assert middle.lightness() > 0
    assert image.pixelColor(3, viewport.height() // 3).lightness() == 0


def test_a_layout_is_filled_with_the_series_of_the_study(open_study, series_folder, qtbot):
    page = open_study(series_folder / "mr_multiseq" / "t1", series_folder / "mr_multiseq" / "t2")
    page.desk.arrange(1, 2)
    qtbot.waitUntil(lambda: settled(page))
    uids = {each.series_uid for each in page.desk.state.tiles[:2]}
    assert len(uids) == 2
    first, second = page.grid.viewports
    assert first.geometry().right() < second.geometry().left()
    assert all(viewport.shown().picture() is not None for viewport in (first, second))


def test_a_panel_is_docked_at_the_right_and_can_be_hidden(a_brain):
    panel = QLabel("report")
    panel.setMinimumWidth(200)
    a_brain.set_side_panel(panel)
    assert panel.isVisible()
    assert panel.mapTo(a_brain, QPoint(0, 0)).x() > a_brain.grid.width() / 2
    a_brain.toolbar.panel.click()
    assert not panel.isVisible()


def test_without_a_panel_there_is_no_button_for_it(a_brain):
    assert not a_brain.toolbar.panel.isVisible()
    a_brain.set_side_panel(QLabel("report"))
    assert a_brain.toolbar.panel.isVisible()


def test_every_button_has_a_name(a_brain):
    for button in a_brain.toolbar.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text()
    for widget in (a_brain.rail, a_brain.grid.active):
        assert widget.accessibleName()


def test_the_list_says_what_each_series_is(a_brain):
    model = a_brain.rail.model()
    index = model.index(0)
    described = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Magnetic resonance" in described
    assert "30 images" in described
    data = model.mimeData([index])
    assert data.data(SERIES_MIME).toStdString() == a_brain.desk.readable[0].series_uid


def test_the_page_works_on_while_the_server_is_away(open_study, series_folder):
    server = FolderServer(series_folder / "mr_pacsman")
    page = open_study(server=server)
    server.reachable = False
    page.refresh()
    wheel(page.grid.active, -3)
    assert page.desk.tile.index == 18
    assert page.grid.active.shown().picture() is not None

"""Pages of a small volume with known contents."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.domain.image import Window
from app.ui.volume.page import VolumePage
from app.viewer.controller.opening import Opening
from app.viewer.scene.backend import try_window
from app.viewer.scene.worker import RenderWorker
from tests.viewer.scene.volumes import balls, placed

SOFT_TISSUE = Window(40, 400)


@pytest.fixture(scope="session")
def backend():
    """What draws 3D on this machine, tried out once."""
    return try_window()


@pytest.fixture
def voxels():
    """A body of water with a ball of bone at the patient's left front, towards the head."""
    body = placed(np.full((40, 60, 60), 0, np.int16), (1.5, 1.0, 1.0), origin=(-30, -30, -30))
    bone = balls((40, 60, 60), (1.5, 1.0, 1.0), [(45, 15, 45)], 6, value=1000, air=0)
    body.values[:] = bone.values
    return body


@pytest.fixture
def open_page(qtbot, voxels, backend):
    """Opens pages, and closes them again: no thread is left behind."""
    pages = []

    def open_one(modality="CT", window=SOFT_TISSUE, size=(900, 600), shown=None, **options):
        options.setdefault("find_backend", lambda: backend)
        given = {key: options.pop(key) for key in tuple(options) if key in Opening.__slots__}
        opening = Opening("Head", modality, window, **given)
        page = VolumePage(voxels if shown is None else shown, opening, **options)
        pages.append(page)
        page.resize(*size)
        page.show()
        qtbot.waitExposed(page)
        return page

    yield open_one
    for page in pages:
        page.close()
        page.setParent(None)
        page.deleteLater()
    assert RenderWorker.close_all()


@pytest.fixture
def page(open_page, qtbot):
    """A page whose planes are drawn."""
    shown = open_page()
    wait_for_planes(qtbot, shown)
    return shown


def planes(page):
    """The three panes of planes."""
    return tuple(page.viewing.panes.planes.values())


def wait_for_planes(qtbot, page):
    """Until every plane has its picture."""
    qtbot.waitUntil(lambda: all(pane.has_picture for pane in planes(page)))


def wait_for_rest(qtbot, page):
    """Until the last change is drawn in full."""
    session = page.viewing.session
    qtbot.waitUntil(lambda: not session.moving)
    qtbot.wait(60)


def point_of(pane, lps):
    """The logical point of a pane at which a point of the patient lies."""
    ratio = pane.devicePixelRatioF()
    x, y = pane.cut.pixel(lps)
    return QPointF((x + 0.5) / ratio, (y + 0.5) / ratio)


def grey_at(pane, position):
    """The grey of a pane's picture at a logical point."""
    ratio = pane.devicePixelRatioF()
    image = pane.picture()
    return image.pixelColor(int(position.x() * ratio), int(position.y() * ratio)).lightness()

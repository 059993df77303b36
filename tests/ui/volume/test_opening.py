"""What a volume's page opens with: the greys and the slice of 2D, whose it is, in which words."""

from datetime import date

import pytest

from app.domain.image import Window
from app.domain.study import StudySummary
from app.language import Language
from app.ui.language import switch_language
from app.ui.volume import overlay
from app.viewer.scene.planes import PlaneName
from tests.ui.volume.conftest import grey_at, planes, point_of, wait_for_planes

STUDY = StudySummary(
    "1.2", patient_id="P-17", patient_name="Иванов^Пётр", birth_date=date(1960, 3, 9)
)
BALL = (15.0, -15.0, 15.0)


@pytest.fixture
def written(monkeypatch):
    """Every text painted in a corner or in the middle since the last look."""
    texts = []
    monkeypatch.setattr(overlay, "write", lambda _p, _box, _where, text, *_: texts.append(text))
    middle = overlay.write_middle

    def write_middle(painter, area, text):
        texts.append(text)
        middle(painter, area, text)

    monkeypatch.setattr(overlay, "write_middle", write_middle)
    return texts


def painted(pane, written):
    """What a pane writes when it is shown."""
    written.clear()
    pane.grab()
    return list(written)


def test_the_crosshair_begins_where_2d_was(open_page):
    page = open_page(point=BALL)
    assert page.viewing.session.state.crosshair == BALL
    page.viewing.reset()
    assert page.viewing.session.state.crosshair == BALL


def test_a_point_outside_of_the_volume_is_brought_inside(open_page):
    page = open_page(point=(0.0, 0.0, 900.0))
    assert page.viewing.session.state.crosshair == pytest.approx((0, 0, 28.5))


def test_an_inverted_series_opens_inverted_and_presets_leave_it_so(open_page, qtbot):
    page = open_page(inverted=True, point=BALL)
    wait_for_planes(qtbot, page)
    axial = page.viewing.panes.planes[PlaneName.AXIAL]
    assert grey_at(axial, point_of(axial, (18.0, -18.0, 15.0))) == 0
    page.viewing.choose_preset("3")
    assert page.viewing.session.state.shade.inverted
    page.viewing.choose_window(None)
    assert page.viewing.session.state.shade == page.viewing.session.first.shade


def test_the_patient_is_named_in_whatever_pane_is_first(open_page, written):
    page = open_page(study=STUDY)
    panes = page.viewing.panes
    for alone in (None, *panes.all):
        if alone is not None:
            panes.toggle(alone)
        named = [pane for pane in panes.all if "P-17" in painted(pane, written)]
        assert named == [alone or panes.all[0]]
        if alone is not None:
            panes.toggle(alone)


def test_the_patient_stays_when_texts_are_hidden(open_page, written):
    page = open_page(study=STUDY)
    page.viewing.bar.toggle("texts")
    texts = painted(page.viewing.panes.all[0], written)
    assert {"Иванов Пётр", "P-17", "9 Mar 1960"} <= set(texts)
    assert "Axial" not in texts


def test_a_picture_for_the_report_does_not_name_the_patient(open_page, written):
    page = open_page(study=STUDY)
    written.clear()
    page.viewing.panes.all[0].capture()
    assert "Axial" in written
    assert "P-17" not in written


def test_a_pet_writes_its_window_in_suv(open_page, written):
    page = open_page("PT", Window(15_000, 30_000), suv_factor=0.0002)
    assert "SUV 0 to 6" in painted(page.viewing.panes.all[0], written)


def test_numbers_follow_the_language(open_page, written, qtbot):
    page = open_page(point=(0.0, 0.0, -7.5))
    axial = page.viewing.panes.planes[PlaneName.AXIAL]
    assert "F 7.5 mm" in painted(axial, written)
    switch_language(Language.RU)
    assert "F 7,5 мм" in painted(axial, written)


@pytest.mark.logs("render-failed")
def test_a_plane_that_fails_shows_no_old_picture(open_page, written, qtbot, monkeypatch):
    page = open_page()
    wait_for_planes(qtbot, page)
    axial, coronal, _ = planes(page)
    slicer, name = page.viewing._planes._slicer, axial.cut.orientation
    whole = slicer.picture

    def broken(cut, *arguments, **options):
        if cut.orientation == name:
            raise MemoryError
        return whole(cut, *arguments, **options)

    monkeypatch.setattr(slicer, "picture", broken)
    page.viewing.invert()
    qtbot.waitUntil(lambda: not axial.has_picture)
    assert "The plane could not be drawn (MemoryError)." in painted(axial, written)
    assert coronal.has_picture
    monkeypatch.undo()
    page.viewing.invert()
    qtbot.waitUntil(lambda: axial.has_picture)

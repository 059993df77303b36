"""What is written beside a measurement."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dicom.calibration import AT_DETECTOR
from app.language import Language, tr
from app.report.wording import measurement_text
from app.ui.language import switch_language
from app.ui.study.drawing import line_texts
from tests.dicom.objects import a_ct, encoded


@pytest.fixture
def a_measured_radiograph(open_study, tmp_path):
    """A radiograph that knows the spacing at its detector only, with one length on it."""
    film = a_ct(rows=64, columns=64)
    film.Modality = "DX"
    film.ImagerPixelSpacing = film.PixelSpacing
    del film.PixelSpacing
    (tmp_path / "film.dcm").write_bytes(encoded(film))
    page = open_study(tmp_path)
    for key in (Qt.Key.Key_D, Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Down):
        QTest.keyClick(page.grid.active, key)
    QTest.keyClick(page.grid.active, Qt.Key.Key_Return)
    yield page
    switch_language(Language.EN)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("selected", [True, False])
def test_a_length_at_the_detector_never_goes_without_its_note(
    a_measured_radiograph, language, selected
):
    page = a_measured_radiograph
    switch_language(language)
    (line,) = page.desk.state.lengths
    length, note = line_texts(page.grid.active.shown(), line, selected=selected)
    assert note == tr(AT_DETECTOR)
    told = page.desk.measurement(line)
    assert told.calibration == AT_DETECTOR
    text = measurement_text(told, language)
    assert length in text
    assert f"({note})" in text


def test_the_plain_spacing_is_named_only_where_a_length_is_chosen(a_brain):
    for key in (Qt.Key.Key_D, Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Down):
        QTest.keyClick(a_brain.grid.active, key)
    QTest.keyClick(a_brain.grid.active, Qt.Key.Key_Return)
    (line,) = a_brain.desk.state.lengths
    shown = a_brain.grid.active.shown()
    assert len(line_texts(shown, line, selected=False)) == 1
    assert line_texts(shown, line, selected=True)[1] == "Pixel spacing"

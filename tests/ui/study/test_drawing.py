"""What is written beside a measurement."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dicom.calibration import AT_DETECTOR
from app.language import Language, tr
from app.report.wording import measurement_text
from app.ui.language import switch_language
from app.ui.study.drawing import line_texts
from app.viewer.model import changes
from app.viewer.model.length import Length
from tests.dicom.objects import a_ct, encoded
from tests.dicom.test_image_header import an_enhanced_ct, item


def a_folder(tmp_path, dataset):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "one.dcm").write_bytes(encoded(dataset))
    return folder


@pytest.fixture
def a_measured_radiograph(open_study, tmp_path):
    """A radiograph that knows the spacing at its detector only, with one length on it."""
    film = a_ct(rows=64, columns=64)
    film.Modality = "DX"
    film.ImagerPixelSpacing = film.PixelSpacing
    del film.PixelSpacing
    page = open_study(a_folder(tmp_path, film))
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


def test_each_frame_of_an_enhanced_object_is_measured_by_its_own_spacing(open_study, tmp_path):
    ct = an_enhanced_ct()
    for spacing, group in enumerate(ct.PerFrameFunctionalGroupsSequence, 1):
        group.PixelMeasuresSequence = [item(PixelSpacing=[spacing, spacing])]
    page = open_study(a_folder(tmp_path, ct))
    told = []
    for frame in (0, 2):
        page.desk.scroll_to(frame)
        uid = page.grid.active.shown().image.sop_instance_uid
        line = Length(frame + 1, uid, frame, (2, 2), (6, 2))
        page.desk.apply(lambda state, line=line: changes.with_line(state, line))
        told.append(page.desk.measurement(line))
        assert line_texts(page.grid.active.shown(), line, selected=False) == [
            f"{told[-1].value:.1f} mm"
        ]
    assert [(each.value, each.frame) for each in told] == [(4, 0), (12, 2)]

"""The print and the save dialog of the preview, worked as a person does."""

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QFileDialog, QLineEdit

from app.language import Language
from app.ui.language import switch_language
from app.ui.reporting.pages import PDFIUM
from app.ui.reporting.preview import PreviewWindow
from tests.ui.reporting.test_signing import shown
from tests.ui.shown import texts


@pytest.fixture
def a_preview(a_draft, qtbot):
    a_draft.foot.preview.click()
    window = shown(a_draft, PreviewWindow)
    qtbot.waitUntil(lambda: window.print_button.isEnabled() and window.pages.is_drawn)
    yield window
    window.close()


def test_the_print_dialog_prints_into_a_file(a_preview, qtbot, tmp_path):
    a_preview.print_button.click()
    dialog = shown(a_preview, QPrintDialog)
    file = tmp_path / "printed.pdf"
    dialog.findChild(QLineEdit, "filename").setText(str(file))
    dialog.accept()
    # It is written in the background: whole when its end is there.
    qtbot.waitUntil(lambda: file.exists() and b"%%EOF" in file.read_bytes()[-32:])
    with PDFIUM:
        document = pypdfium2.PdfDocument(file)
        assert len(document) >= 1
        document.close()


def test_the_save_dialog_writes_the_file_it_names(a_preview, qtbot, tmp_path):
    a_preview.save_button.click()
    dialog = shown(a_preview, QFileDialog)
    dialog.selectFile(str(tmp_path / "saved.pdf"))
    dialog.accept()
    file = tmp_path / "saved.pdf"
    qtbot.waitUntil(lambda: file.exists() and file.read_bytes() == a_preview._pdf)
    assert file.read_bytes().startswith(b"%PDF-")


def test_an_open_print_dialog_follows_the_language_and_still_prints(a_preview, qtbot, tmp_path):
    a_preview.print_button.click()
    english = shown(a_preview, QPrintDialog)
    before = set(texts(english).values())
    switch_language(Language.RU)
    qtbot.waitUntil(lambda: not english.isVisible())
    dialog = shown(a_preview, QPrintDialog)
    same = before & set(texts(dialog).values())
    assert {text for text in same if not text.startswith("/")} <= {"Form", "PDF"}
    file = tmp_path / "printed.pdf"
    dialog.findChild(QLineEdit, "filename").setText(str(file))
    dialog.accept()
    qtbot.waitUntil(lambda: file.exists() and b"%%EOF" in file.read_bytes()[-32:])


def test_an_open_save_dialog_follows_the_language(a_preview):
    a_preview.save_button.click()
    dialog = shown(a_preview, QFileDialog)
    switch_language(Language.RU)
    assert dialog.windowTitle() == "Сохранить заключение"
    assert "PDF documents (*.pdf)" not in dialog.nameFilters()
    assert "&Look in:" not in texts(dialog).values()
    dialog.reject()

"""The print and the save dialog of the preview, worked as a person does."""

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QFileDialog, QLineEdit

from app.ui.reporting.pages import PDFIUM
from app.ui.reporting.preview import PreviewWindow
from tests.ui.reporting.test_signing import shown


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

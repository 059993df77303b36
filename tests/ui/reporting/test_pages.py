"""PDF pages on the screen, on paper and in a file."""

import io
import subprocess

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter

from app.domain.report import Heading
from app.ui.errors import PrinterError
from app.ui.reporting.pages import PdfPages, draw_pages, page_sizes
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.printing import new_printer, paint_pages, start_printing, start_saving
from tests.ui.reporting.test_signing import shown

PAGES = 3


@pytest.fixture(scope="session")
def a_pdf():
    document = pypdfium2.PdfDocument.new()
    for _ in range(PAGES):
        document.new_page(595, 842)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


@pytest.fixture
def pages(qtbot, tasks, a_pdf):
    pages = PdfPages(tasks)
    qtbot.addWidget(pages)
    pages.resize(800, 600)
    pages.show()
    pages.show_pdf(a_pdf)
    qtbot.waitUntil(lambda: pages.is_drawn)
    return pages


def test_every_page_fits_the_width(pages):
    assert len(pages.papers) == PAGES
    assert pages.papers[0].width() <= pages.viewport().width()
    assert pages.papers[0].width() > 0.9 * pages.viewport().width()


def test_zoom_steps_up_and_down_from_what_fits(pages):
    before = pages.zoom
    pages.step_zoom(1)
    assert pages.zoom == min(zoom for zoom in (1.0, 1.25) if zoom > before)
    pages.step_zoom(-1)
    assert pages.zoom < 1.25
    pages.set_zoom(0)
    assert pages.zoom == pytest.approx(before, abs=0.02)


def test_a_printer_gets_a_sheet_for_each_page(qapp, a_pdf, tmp_path):
    paint_pages(draw_pages(a_pdf, 72), a_file_printer(tmp_path / "printed.pdf"))
    told = subprocess.run(
        ["pdfinfo", str(tmp_path / "printed.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert f"Pages:           {PAGES}" in told
    assert "A4" in told


def a_file_printer(file):
    printer = new_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(file))
    return printer


def test_a_second_print_leaves_the_first_alone(qtbot, tasks, a_pdf, tmp_path):
    files = [tmp_path / "first.pdf", tmp_path / "second.pdf"]
    for file in files:
        start_printing(tasks, a_pdf, a_file_printer(file))
    qtbot.waitUntil(lambda: all(file.exists() and b"%%EOF" in file.read_bytes() for file in files))


def test_a_printer_that_does_not_begin_is_said(qtbot, tasks, a_pdf, tmp_path, monkeypatch):
    monkeypatch.setattr("app.ui.reporting.printing.QPainter.begin", lambda *_device: False)
    with qtbot.waitSignal(tasks.failed) as told:
        start_printing(tasks, a_pdf, a_file_printer(tmp_path / "printed.pdf"))
    assert isinstance(told.args[0], PrinterError)


def test_measuring_never_waits_for_all_the_drawing(a_pdf):
    drawing = draw_pages(a_pdf, 72)
    next(drawing)
    assert len(page_sizes(a_pdf)) == PAGES
    drawing.close()


def test_a_file_gets_the_very_bytes(qtbot, tasks, a_pdf, tmp_path):
    for name in ("first.pdf", "second.pdf"):
        start_saving(tasks, a_pdf, tmp_path / name)
    for name in ("first.pdf", "second.pdf"):
        file = tmp_path / name
        qtbot.waitUntil(lambda file=file: file.exists() and file.read_bytes() == a_pdf)


def test_the_preview_shows_what_is_written_now(a_draft, qtbot):
    a_draft.form.sections.editors[Heading.IMPRESSION].set_text("Only just typed.")
    a_draft.foot.preview.click()
    window = shown(a_draft, PreviewWindow)
    qtbot.waitUntil(lambda: window.print_button.isEnabled() and window.pages.is_drawn)
    document = pypdfium2.PdfDocument(window._pdf)
    assert "Only just typed." in document[0].get_textpage().get_text_range()
    document.close()
    window.close()

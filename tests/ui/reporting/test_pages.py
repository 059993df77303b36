"""PDF pages on the screen, on paper and in a file."""

import io
import subprocess

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter

from app.domain.report import Heading
from app.ui.reporting.pages import PdfPages, draw_pages
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.printing import new_printer, paint_pages, start_saving
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
    qtbot.waitUntil(lambda: all(paper.drawn for paper in pages.papers))
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
    printer = new_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    paint_pages(draw_pages(a_pdf, 72), printer)
    told = subprocess.run(
        ["pdfinfo", str(tmp_path / "printed.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert f"Pages:           {PAGES}" in told
    assert "A4" in told


def test_a_file_gets_the_very_bytes(qtbot, tasks, a_pdf, tmp_path):
    start_saving(tasks, a_pdf, tmp_path / "saved.pdf")
    qtbot.waitUntil(lambda: not tasks.running("report-file"))
    assert (tmp_path / "saved.pdf").read_bytes() == a_pdf


def test_the_preview_shows_what_is_written_now(a_draft, qtbot):
    a_draft.form.sections.editors[Heading.IMPRESSION].set_text("Only just typed.")
    a_draft.foot.preview.click()
    window = shown(a_draft, PreviewWindow)
    qtbot.waitUntil(window.print_button.isEnabled)
    document = pypdfium2.PdfDocument(window._pdf)
    assert "Only just typed." in document[0].get_textpage().get_text_range()
    document.close()
    window.close()

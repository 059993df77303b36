"""A report on paper, or as a file."""

import itertools
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.domain.report import Report
from app.language import tr
from app.ui.errors import PrinterError
from app.ui.language import Translated
from app.ui.reporting.pages import draw_pages
from app.ui.tasks import Tasks

PRINT_DPI = 300
"""What the pages are drawn at for paper: fine enough for text, quick enough for ten pages."""


_numbers = itertools.count()


def new_printer() -> QPrinter:
    """A printer set to A4 without margins of its own: the pages bring theirs."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setFullPage(True)
    return printer


def ask_and_print(parent: QWidget, tasks: Tasks, pdf: bytes) -> None:
    """Let the doctor choose a printer, then print in the background."""
    printer = new_printer()
    dialog = PrintDialog(printer, parent)
    dialog.accepted.connect(lambda: start_printing(tasks, pdf, printer))
    dialog.outdated.connect(lambda: ask_and_print(parent, tasks, pdf))
    QDialog.open(dialog)  # PySide hides it behind open(receiver, member)


class PrintDialog(Translated, QPrintDialog):
    """Qt's, which cannot change its language: it goes, and `outdated` asks for another."""

    outdated = Signal()

    def __init__(self, printer: QPrinter, parent: QWidget) -> None:
        super().__init__(printer, parent)
        self.setWindowTitle(tr("Print report"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def retranslate(self) -> None:
        """Give way once the switch is through."""
        QTimer.singleShot(0, self, self._give_way)

    def _give_way(self) -> None:
        if self.isVisible():
            self.reject()
            self.outdated.emit()


def start_printing(tasks: Tasks, pdf: bytes, printer: QPrinter) -> None:
    """Draw the pages and hand them to `printer`, in the background."""
    tasks.run(
        f"report-print/{next(_numbers)}",
        lambda _: paint_pages(draw_pages(pdf, PRINT_DPI), printer),
        lambda _: None,
        long=True,
    )


def paint_pages(pictures: Iterable[QImage], printer: QPrinter) -> None:
    """Paint each picture on a sheet of its own, as large as fits; in any thread.

    Raises PrinterError when the printer does not begin.
    """
    printer.setResolution(PRINT_DPI)
    painter = QPainter()
    if not painter.begin(printer):
        raise PrinterError("the printer does not begin")
    sheet = QRectF(painter.viewport())
    for number, picture in enumerate(pictures):
        if number:
            printer.newPage()
        size = picture.size().scaled(sheet.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRectF(0, 0, size.width(), size.height()), picture)
    painter.end()


def ask_and_save(parent: QWidget, tasks: Tasks, pdf: bytes, report: Report) -> None:
    """Let the doctor choose a file, then write it in the background."""
    suggested = f"report-{report.report_id[:8]}-v{report.version}.pdf"
    dialog = SaveDialog(suggested, parent)
    dialog.fileSelected.connect(lambda name: start_saving(tasks, pdf, Path(name)))
    QDialog.open(dialog)  # PySide hides it behind open(receiver, member)


class SaveDialog(Translated, QFileDialog):
    """Asks where a PDF is to be written; Qt's part follows the language by itself."""

    def __init__(self, suggested: str, parent: QWidget) -> None:
        super().__init__(parent, "", suggested)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setDefaultSuffix("pdf")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.retranslate()

    def retranslate(self) -> None:
        """Name the window and the kind of file."""
        self.setWindowTitle(tr("Save report"))
        self.setNameFilter(tr("PDF documents (*.pdf)"))


def start_saving(tasks: Tasks, pdf: bytes, file: Path) -> None:
    """Write the file in the background."""
    tasks.run(f"report-file/{next(_numbers)}", lambda _: file.write_bytes(pdf), lambda _: None)

"""PDF pages on the screen: drawn by PDFium in the background, at any zoom."""

import itertools
from collections.abc import Iterator
from threading import Lock

import pypdfium2
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.language import tr
from app.ui.language import Translated
from app.ui.tasks import Task, Tasks
from app.ui.theme import tokens
from app.ui.widgets.labels import label

PDFIUM = Lock()
"""PDFium is not made for several threads at once."""
POINTS_AN_INCH = 72
SCREEN_DPI = 96
ZOOMS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
_numbers = itertools.count()


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of every page, in points. Raises PdfiumError when it is no PDF."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [document.get_page_size(number) for number in range(len(document))]
        finally:
            document.close()


def draw_pages(pdf: bytes, dpi: float, task: Task | None = None) -> Iterator[QImage]:
    """Page after page as a picture at `dpi`, until `task` is cancelled."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        count = len(document)
    try:
        for number in range(count):
            if task is not None and task.cancelled():
                return
            with PDFIUM:
                picture = _drawn(document, number, dpi)
            yield picture
    finally:
        with PDFIUM:
            document.close()


def _drawn(document: pypdfium2.PdfDocument, number: int, dpi: float) -> QImage:
    page = document[number]
    pixels = page.render(scale=dpi / POINTS_AN_INCH, rev_byteorder=True).to_numpy()
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_RGBA8888 if channels == 4 else QImage.Format.Format_RGB888
    picture = QImage(pixels.data, width, height, pixels.strides[0], kind).copy()
    page.close()
    return picture


class PdfPages(Translated, QScrollArea):
    """The pages one under the other; zoom 0 means as wide as there is room."""

    zoom_changed = Signal(float)
    """The zoom in force, where 1 is the paper's own size."""
    shown = Signal()

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._key = f"pdf-pages/{next(_numbers)}"
        self._pdf = b""
        self._sizes: list[tuple[float, float]] = []
        self._zoom = 0.0
        self.papers: list[Paper] = []
        self._desk = QWidget()
        self._desk.setObjectName("desk")
        self._column = QVBoxLayout(self._desk)
        self._column.setContentsMargins(tokens.L, tokens.L, tokens.L, tokens.L)
        self._column.setSpacing(tokens.L)
        self._wait = label(tone="dim")
        self._wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self._wait, 1)
        self.setWidget(self._desk)
        self.setWidgetResizable(True)
        self.setStyleSheet(f"QScrollArea, QWidget#desk {{ background: {tokens.WINDOW}; }}")
        self.retranslate()

    @property
    def zoom(self) -> float:
        """The zoom in force."""
        if self._zoom or not self._sizes:
            return self._zoom or 1.0
        room = self.viewport().width() - 2 * tokens.L
        return max(
            0.2, room / (max(width for width, _ in self._sizes) * SCREEN_DPI / POINTS_AN_INCH)
        )

    @property
    def is_drawn(self) -> bool:
        """Whether there are pages and all of them are drawn."""
        return bool(self.papers) and all(paper.drawn for paper in self.papers)

    def show_pdf(self, pdf: bytes) -> None:
        """Show `pdf` from its first page, once it is measured."""
        self._tasks.run(
            f"{self._key}/sizes", lambda _: page_sizes(pdf), lambda sizes: self._lay(pdf, sizes)
        )

    def _lay(self, pdf: bytes, sizes: list[tuple[float, float]]) -> None:
        self._pdf, self._sizes = pdf, sizes
        self._wait.hide()
        for paper in self.papers:
            self._column.removeWidget(paper)
            paper.deleteLater()
        self.papers = [Paper() for _ in self._sizes]
        self.retranslate()
        for paper in self.papers:
            self._column.addWidget(paper, 0, Qt.AlignmentFlag.AlignHCenter)
        self._draw()

    def set_zoom(self, zoom: float) -> None:
        """Show the paper at `zoom` times its size; 0 fits the width."""
        self._zoom = zoom
        self._draw()

    def step_zoom(self, by: int) -> None:
        """One step larger or smaller."""
        now = self.zoom
        nearest = [zoom for zoom in ZOOMS if (zoom > now + 0.01 if by > 0 else zoom < now - 0.01)]
        if nearest:
            self.set_zoom(nearest[0] if by > 0 else nearest[-1])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl and wheel zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step_zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the width again."""
        super().resizeEvent(event)
        if not self._zoom and event.oldSize().width() != event.size().width():
            self._draw()

    def retranslate(self) -> None:
        """Build the texts again."""
        self.setAccessibleName(tr("Pages"))
        self._wait.setText(tr("Preparing the pages…"))
        for number, paper in enumerate(self.papers, 1):
            paper.setAccessibleName(tr("Page {number}", number=number))

    def close(self) -> bool:
        """Stop drawing."""
        self._tasks.cancel(self._key)
        return super().close()

    def _draw(self) -> None:
        if not self._sizes:
            return
        zoom = self.zoom
        for paper, (width, height) in zip(self.papers, self._sizes, strict=True):
            pixels = SCREEN_DPI / POINTS_AN_INCH * zoom
            paper.setFixedSize(round(width * pixels), round(height * pixels))
        dpi, pdf = SCREEN_DPI * zoom * self.devicePixelRatioF(), self._pdf
        self._tasks.run(self._key, lambda task: list(draw_pages(pdf, dpi, task)), self._drawn)
        self.zoom_changed.emit(zoom)

    def _drawn(self, pictures: list[QImage]) -> None:
        for paper, picture in zip(self.papers, pictures, strict=False):
            paper.show_picture(picture)
        self.shown.emit()


class Paper(QWidget):
    """One white page."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()

    @property
    def drawn(self) -> bool:
        """Whether its picture is there."""
        return not self._picture.isNull()

    def show_picture(self, picture: QImage) -> None:
        """Show what was drawn."""
        self._picture = picture
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the page as large as the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        if self.drawn:
            painter.drawImage(self.rect(), self._picture)
        painter.end()

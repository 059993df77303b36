"""Dropping files and folders on the worklist."""

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.language import tr
from app.ui.icons import pixmap
from app.ui.theme import tokens

SIGN = 48


def dropped_paths(data: QMimeData) -> list[Path]:
    """The local files and folders among what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DropHint(QWidget):
    """Covers the page while files are dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        parent.installEventFilter(self)

    def appear(self) -> None:
        """Cover the page."""
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:
        """Keep the page's size."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A dashed frame with a sentence."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.WINDOW)
        veil.setAlpha(225)
        painter.fillRect(self.rect(), veil)
        pen = QPen(QColor(tokens.ACCENT), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        inset = tokens.XL
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, tokens.RADIUS_L, tokens.RADIUS_L)
        sign = pixmap("import", SIGN, tokens.ACCENT, self.devicePixelRatioF())
        middle = self.rect().center()
        painter.drawPixmap(middle.x() - SIGN // 2, middle.y() - SIGN, sign)
        painter.setPen(QColor(tokens.TEXT))
        font = painter.font()
        font.setPixelSize(tokens.FONT_TITLE)
        painter.setFont(font)
        below = box.adjusted(0, SIGN + tokens.XL, 0, 0)
        text = tr("Drop files, folders or ZIP archives to import them")
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

"""The panel with the product's name, beside the first forms a person sees."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import __version__
from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, picture

WIDTH = 340
_RINGS = 9


class BrandPanel(Translated, QWidget):
    """Name, one sentence and version over a drawing of rings, like a scanner's bore."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self._name = label("Klinika Pro", "hero")
        self._sentence = label(tone="dim", wrap=True)
        self._version = label(tone="faint")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XXL - tokens.S, tokens.XXL, tokens.XL, tokens.XL)
        column.setSpacing(tokens.M)
        column.addWidget(picture("logo", 44, tokens.ACCENT))
        column.addSpacing(tokens.S)
        column.addWidget(self._name)
        column.addWidget(self._sentence)
        column.addStretch(1)
        column.addWidget(self._version)
        self.retranslate()

    def add(self, widget: QWidget) -> None:
        """Put `widget` below the sentence."""
        self._column.insertWidget(self._column.count() - 2, widget)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self._sentence.setText(
            tr("Images, reports and the archive of your clinic in one workstation.")
        )
        self._version.setText(tr("Version {version}", version=__version__))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the background."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QLinearGradient(0, 0, self.width(), self.height())
        shade.setColorAt(0, QColor(tokens.RAISED))
        shade.setColorAt(1, QColor(tokens.WINDOW))
        painter.fillRect(self.rect(), shade)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ring in range(_RINGS):
            colour = QColor(tokens.ACCENT)
            colour.setAlpha(46 - 5 * ring)
            painter.setPen(QPen(colour, 1.5))
            radius = 46 + 34 * ring
            box = QRectF(0, 0, 2 * radius, 2 * radius)
            box.moveCenter(QPointF(self.width() - 60, self.height() - 110))
            painter.drawEllipse(box)
        painter.end()

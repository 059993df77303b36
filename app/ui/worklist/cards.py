"""A series as a card: its thumbnail, number, description and count."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton

from app.domain.study import SeriesSummary
from app.language import ntr, tr
from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.texts import modality_text
from app.ui.theme import tokens

THUMBNAIL = 84
SIZE = QSize(116, 132)


class SeriesCard(Translated, QAbstractButton):
    """A button with a picture; the picture arrives later, or never."""

    def __init__(self, series: SeriesSummary) -> None:
        super().__init__()
        self.series = series
        self._thumbnail: QPixmap | None = None
        self._small = QFont(self.font())
        self._small.setPixelSize(tokens.FONT_SMALL)
        self.setFixedSize(SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.retranslate()

    def show_thumbnail(self, png: bytes) -> None:
        """Show the picture of the series."""
        picture = QPixmap()
        if picture.loadFromData(png):
            self._thumbnail = picture
            self.update()

    def retranslate(self) -> None:
        """Name the card in the current language."""
        series = self.series
        count = ntr("{n} image", "{n} images", series.image_count or series.instance_count)
        name = series.description or modality_text(series.modality)
        self.setAccessibleName(tr("Series {name}, {count}", name=name, count=count))
        self.setToolTip(f"{name}\n{modality_text(series.modality)} · {count}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        outline = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        path = QPainterPath()
        path.addRoundedRect(outline, tokens.RADIUS, tokens.RADIUS)
        lit = self.underMouse() or self.hasFocus()
        painter.fillPath(path, QColor(tokens.HOVER if lit else tokens.RAISED))
        painter.setClipPath(path)
        box = QRect(0, 0, self.width(), THUMBNAIL + 6)
        painter.fillRect(box, QColor(tokens.IMAGE))
        self._paint_picture(painter, box)
        painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QColor(tokens.ACCENT))
            painter.drawPath(path)
        self._paint_words(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, box: QRect) -> None:
        if self._thumbnail is None:
            sign = pixmap("series", 28, tokens.LINE_STRONG, self.devicePixelRatioF())
            painter.drawPixmap(box.center().x() - 14, box.center().y() - 14, sign)
            return
        size = self._thumbnail.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(box.center())
        painter.drawPixmap(target, self._thumbnail)

    def _paint_words(self, painter: QPainter) -> None:
        series = self.series
        painter.setFont(self._small)
        metrics = painter.fontMetrics()
        width = self.width() - 2 * tokens.S
        name = series.description or modality_text(series.modality)
        number = (
            f"{series.modality} {series.number}" if series.number is not None else series.modality
        )
        count = str(series.image_count or series.instance_count)
        top = THUMBNAIL + 10
        painter.setPen(QColor(tokens.TEXT))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRect(tokens.S, top, width, 16), Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(QColor(tokens.TEXT_DIM))
        line = QRect(tokens.S, top + 16, width, 16)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, number)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, count)

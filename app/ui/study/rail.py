"""The list of series beside the viewports: thumbnails to double-click or drag."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QDrag, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.domain.study import SeriesSummary
from app.language import tr
from app.ui.context import Context
from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.study.desk import Desk
from app.ui.study.drawing import font
from app.ui.study.rail_model import (
    COUNT,
    IN_A_TILE,
    IN_THE_ACTIVE_TILE,
    PICTURE,
    PROGRESS,
    SERIES,
    SHOWN,
    RailModel,
    images_text,
)
from app.ui.texts import modality_text
from app.ui.theme import tokens

WIDTH = 156
THUMBNAIL = 104
ROW = THUMBNAIL + 56
LINE = 17
NO_ROW = 24 + 3 * LINE
"""Height of a series without images."""

Index = QModelIndex | QPersistentModelIndex


class SeriesRail(Translated, QListView):
    """Enter or a double click opens a series in the active tile."""

    opened = Signal(str)

    def __init__(self, context: Context, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RailModel(context, desk, self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setFixedWidth(WIDTH)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.doubleClicked.connect(self._open)
        self._desk = desk
        desk.changed.connect(lambda old, new: self._follow() if old.tile != new.tile else None)
        self.retranslate()

    def retranslate(self) -> None:
        """Name the list for screen readers."""
        self.setAccessibleName(tr("Series"))
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the series of the row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Carry the series' thumbnail."""
        index = self.currentIndex()
        if not index.isValid():
            return
        drag = QDrag(self)
        drag.setMimeData(self._model.mimeData([index]))
        picture = index.data(PICTURE)
        if isinstance(picture, QPixmap):
            drag.setPixmap(picture.scaledToWidth(72, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.CopyAction)

    def _open(self, index: QModelIndex) -> None:
        series = self._model.series(index)
        if series is not None and series.image_count:
            self.opened.emit(series.series_uid)

    def _follow(self) -> None:
        """Keep the series of the active tile in sight."""
        index = self._model.row_of(self._desk.tile.series_uid)
        if index.isValid() and index != self.currentIndex():
            self.setCurrentIndex(index)


class _Delegate(QStyledItemDelegate):
    """Thumbnail, name and number of images; a mark for what the tiles show."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        series = index.data(SERIES)
        return QSize(WIDTH - 12, ROW if series and series.image_count else NO_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        series = index.data(SERIES)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = option.rect.adjusted(6, 3, -4, -3)
        self._paint_ground(painter, option, box, index.data(SHOWN))
        top = box.top() + 8
        if series.image_count:
            place = QRect(box.center().x() - THUMBNAIL // 2, top, THUMBNAIL, THUMBNAIL)
            self._paint_picture(painter, place, index.data(PICTURE))
            self._paint_progress(painter, place, index.data(PROGRESS))
            top += THUMBNAIL + 4
        place = QRect(box.left() + 10, top, box.width() - 18, LINE)
        self._paint_texts(painter, place, series, index.data(COUNT))
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, shown: int
    ) -> None:
        state = option.state
        ground = QColor(tokens.WINDOW)
        if shown == IN_THE_ACTIVE_TILE:
            ground = QColor(tokens.ACCENT_DIM)
        elif state & QStyle.StateFlag.State_MouseOver or shown == IN_A_TILE:
            ground = QColor(tokens.RAISED)
        focused = state & QStyle.StateFlag.State_HasFocus
        painter.setPen(QPen(QColor(tokens.ACCENT), 1.2) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if shown:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.ACCENT))
            painter.drawRoundedRect(QRectF(box.left(), box.top() + 10, 3, box.height() - 20), 1, 1)

    def _paint_picture(self, painter: QPainter, place: QRect, picture: QPixmap | None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.IMAGE))
        painter.drawRoundedRect(place, 4, 4)
        if picture is None:
            drawn = pixmap("stack", 32, tokens.TEXT_FAINT, ratio=2.0)
            painter.drawPixmap(place.center().x() - 16, place.center().y() - 16, drawn)
            return
        size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(place.topLeft(), size)
        target.moveCenter(place.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, picture)

    def _paint_progress(self, painter: QPainter, place: QRect, part: float | None) -> None:
        if part is not None:
            bar = QRectF(place.left(), place.bottom() - 2, place.width() * part, 3)
            painter.fillRect(bar, QColor(tokens.ACCENT))

    def _paint_texts(
        self, painter: QPainter, place: QRect, series: SeriesSummary, images: int
    ) -> None:
        number = "" if series.number is None else str(series.number)
        head = " ".join(part for part in (series.modality, number) if part)
        title = series.description or series.body_part or modality_text(series.modality)
        painter.setFont(font(tokens.FONT_SMALL + 1))
        painter.setPen(QColor(tokens.TEXT if series.image_count else tokens.TEXT_DIM))
        _elided(painter, place, title)
        painter.setFont(font(tokens.FONT_SMALL))
        painter.setPen(QColor(tokens.TEXT_DIM))
        below = place.translated(0, LINE)
        if not series.image_count:
            _elided(painter, below, head)
            _elided(painter, below.translated(0, LINE), images_text(series))
            return
        count = str(images)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        room = painter.fontMetrics().horizontalAdvance(count) + tokens.S
        _elided(painter, below.adjusted(0, 0, -room, 0), head)


def _elided(painter: QPainter, place: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

"""How the rows of the worklist are painted."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.domain.report import ReportState
from app.domain.study import StudySummary
from app.ui.theme import tokens
from app.ui.worklist.columns import COLUMNS, Column
from app.ui.worklist.table import SUMMARY_ROLE

MOST_FITTED = 5_000
CHIPS: dict[ReportState | None, tuple[str, str]] = {
    None: ("", tokens.TEXT_FAINT),
    ReportState.DRAFT: (tokens.WARNING_DIM, tokens.WARNING),
    ReportState.SIGNED: (tokens.SUCCESS_DIM, tokens.SUCCESS),
}
_COLUMNS = tuple(Column)
_STRONG = (Column.PATIENT,)
_RIGHT = (Column.IMAGES,)


class RowDelegate(QStyledItemDelegate):
    """Rows with a chip for the report's state, tags for modalities, and bars while fetching."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hovered = -1
        self.small = QFont(parent.font())
        self.small.setPixelSize(tokens.FONT_SMALL)
        self._small_metrics = QFontMetrics(self.small)
        self._strong = QFont(parent.font())
        self._strong.setBold(True)
        self._fitted: dict[tuple[str, str, int], str] = {}

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one cell."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._background(painter, option.rect, index.row(), selected=selected)
        if selected and index.column() == 0:
            bar = QRect(option.rect.left(), option.rect.top(), 3, option.rect.height())
            painter.fillRect(bar, QColor(tokens.ACCENT))
        row: StudySummary | None = index.data(SUMMARY_ROLE)
        column = _COLUMNS[index.column()]
        if row is None:
            self._placeholder(painter, option.rect, index.row() + column)
        elif column is Column.REPORT:
            self.paint_state(painter, option.rect, index)
        elif column is Column.MODALITY:
            self._tags(painter, option.rect, row.modalities)
        else:
            nameless = column is Column.PATIENT and not row.patient_name
            self._text(painter, option.rect, self.words(row, column), column, faint=nameless)
        painter.restore()

    def words(self, row: StudySummary, column: Column) -> str:
        """What stands in a cell of words."""
        return COLUMNS[column].text(row)

    def paint_state(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the last column: the state of the report."""
        row: StudySummary = index.data(SUMMARY_ROLE)
        fill, colour = CHIPS[row.report_state]
        self.paint_tag(painter, rect, COLUMNS[Column.REPORT].text(row), fill, colour)

    def _background(self, painter: QPainter, rect: QRect, row: int, *, selected: bool) -> None:
        if selected:
            painter.fillRect(rect, QColor(tokens.ACCENT_DIM))
        elif row == self.hovered:
            painter.fillRect(rect, QColor(tokens.RAISED))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(tokens.PANEL))

    def _text(
        self, painter: QPainter, rect: QRect, text: str, column: Column, *, faint: bool
    ) -> None:
        if column in _STRONG and not faint:
            painter.setFont(self._strong)
        dim = column not in (Column.PATIENT, Column.DESCRIPTION, Column.DATE)
        colour = tokens.TEXT_FAINT if faint else tokens.TEXT_DIM if dim else tokens.TEXT
        painter.setPen(QColor(colour))
        box = rect.adjusted(tokens.M, 0, -tokens.M, 0)
        shown = self._elided(text, painter.font(), box.width())
        side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _tags(self, painter: QPainter, rect: QRect, words: tuple[str, ...]) -> None:
        left = rect.left()
        for word in words:
            room = QRect(left, rect.top(), rect.right() - left, rect.height())
            width = self.paint_tag(painter, room, word, tokens.RAISED, tokens.TEXT)
            left += width + tokens.XS
            if left > rect.right() - tokens.XL:
                break

    def paint_tag(self, painter: QPainter, rect: QRect, text: str, fill: str, colour: str) -> int:
        """Paint a word in a rounded box and answer the box's width; without fill only the word."""
        painter.setFont(self.small)
        metrics = self._small_metrics
        shown = self._elided(text, self.small, rect.width() - 2 * tokens.M)
        padding = tokens.S if fill else 0
        height = metrics.height() + 4
        box = QRectF(
            rect.left() + tokens.M,
            rect.top() + (rect.height() - height) / 2,
            metrics.horizontalAdvance(shown) + 2 * padding,
            height,
        )
        if fill:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setPen(QColor(colour))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
        return round(box.width())

    def _elided(self, text: str, font: QFont, width: int) -> str:
        """`text` cut to `width`; measuring is the dearest part of a row, so it is done once."""
        key = (text, font.key(), width)
        shown = self._fitted.get(key)
        if shown is None:
            if len(self._fitted) >= MOST_FITTED:
                self._fitted.clear()
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
            self._fitted[key] = shown
        return shown

    @staticmethod
    def _placeholder(painter: QPainter, rect: QRect, seed: int) -> None:
        share = 0.35 + 0.4 * ((seed * 7) % 5) / 5
        width = (rect.width() - 2 * tokens.M) * share
        bar = QRectF(rect.left() + tokens.M, rect.center().y() - 4, max(width, 0), 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.RAISED))
        painter.drawRoundedRect(bar, 4, 4)

"""How the rows of a remote archive are painted: as the worklist's, with how far they have come."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.domain.study import StudySummary
from app.ui.theme import tokens
from app.ui.worklist.archives.model import STANDING_ROLE, words
from app.ui.worklist.columns import Column
from app.ui.worklist.delegate import RowDelegate

BAR_HEIGHT = 4


class ArchiveDelegate(RowDelegate):
    """The last column is a chip, or a bar under a number while a study comes."""

    def words(self, row: StudySummary, column: Column) -> str:
        """As the model says it."""
        return words(row, column)

    def paint_state(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint where the study stands."""
        found = index.data(STANDING_ROLE)
        if found.share is None:
            self.paint_tag(painter, rect, found.text, found.fill, found.colour)
            return
        box = rect.adjusted(tokens.M, tokens.XS, -tokens.M, -tokens.XS - BAR_HEIGHT)
        painter.setFont(self.small)
        painter.setPen(QColor(found.colour))
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, side, found.text)
        groove = QRectF(box.left(), box.bottom(), box.width(), BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, colour in (
            (groove.width(), tokens.LINE),
            (groove.width() * found.share, tokens.ACCENT),
        ):
            painter.setBrush(QColor(colour))
            bar = QRectF(groove.left(), groove.top(), width, BAR_HEIGHT)
            painter.drawRoundedRect(bar, BAR_HEIGHT / 2, BAR_HEIGHT / 2)

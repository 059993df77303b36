"""The files an import refused, and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.ui.texts import refusal_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, push_button

if TYPE_CHECKING:
    from app.client.imports import Refusal


class RefusalsDialog(QDialog):
    """A table of names and reasons, which can be copied."""

    def __init__(self, refusals: "Sequence[Refusal]", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._refusals = refusals
        self.setWindowTitle(tr("Refused files"))
        self.resize(960, 520)
        self.table = QTableWidget(len(refusals), 2)
        self.table.setAccessibleName(tr("Refused files"))
        self.table.setHorizontalHeaderLabels([tr("File"), tr("Reason")])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setWordWrap(False)
        self.table.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        for row, refusal in enumerate(refusals):
            for column, text in enumerate((refusal.name, refusal_text(refusal.reason))):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        copy, close = push_button("", "copy"), push_button("primary")
        copy.setText(tr("Copy list"))
        close.setText(tr("Close"))
        copy.clicked.connect(lambda _checked: self.copy_list())
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        column.setSpacing(tokens.M)
        words = tr("These files were not kept. Everything else of the import is in the archive.")
        column.addWidget(label(words, "dim", wrap=True))
        column.addWidget(self.table, 1)
        column.addLayout(buttons)

    def copy_list(self) -> None:
        """Put the list on the clipboard, a line for each file."""
        lines = [f"{one.name}\t{refusal_text(one.reason)}" for one in self._refusals]
        QApplication.clipboard().setText("\n".join(lines))

"""The measurements of a report, each with what its scale rests on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.domain.report import MeasurementLine
from app.language import Language, tr
from app.report.wording import number_text, unit_text
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, surface, tool_button


class Measurements(Translated, QWidget):
    """Hidden while there is none."""

    edited = Signal()
    rebuilt = Signal()
    """There are other `controls` now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[MeasurementLine] = []
        self._language = Language.EN
        self._read_only = False
        self._title = label(tone="strong")
        self._title.setContentsMargins(1, tokens.M, 0, 0)
        self._card = surface("card")
        self._rows = QVBoxLayout(self._card)
        self._rows.setContentsMargins(tokens.M, tokens.XS, tokens.XS, tokens.XS)
        self._rows.setSpacing(0)
        self.rows: list[QFrame] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.XS)
        layout.addWidget(self._title)
        layout.addWidget(self._card)
        self._rebuild()

    @property
    def controls(self) -> list[QWidget]:
        """What Tab visits, in order."""
        return [button for row in self.rows for button in row.findChildren(QToolButton)]

    @property
    def lines(self) -> tuple[MeasurementLine, ...]:
        """The measurements in the report's order."""
        return tuple(self._lines)

    def show_lines(self, lines: tuple[MeasurementLine, ...], language: Language) -> None:
        """Show `lines` with the numbers of the report's language; this is no edit."""
        self._lines, self._language = list(lines), language
        self._rebuild()

    def set_read_only(self, read_only: bool) -> None:
        """Only show."""
        self._read_only = read_only
        self._rebuild()

    def add(self, line: MeasurementLine) -> None:
        """Put a measurement at the end."""
        self._lines.append(line)
        self._rebuild()
        self.edited.emit()

    def remove(self, number: int) -> None:
        """Take the measurement at index `number` out; its line in the findings stays."""
        del self._lines[number]
        self._rebuild()
        self.edited.emit()

    def retranslate(self) -> None:
        """Build the texts again."""
        self._title.setText(tr("Measurements"))
        self._rebuild()

    def _rebuild(self) -> None:
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [self._row(number, line) for number, line in enumerate(self._lines)]
        for row in self.rows:
            self._rows.addWidget(row)
        self._title.setText(tr("Measurements"))
        self.setVisible(bool(self._lines))
        self.rebuilt.emit()

    def _row(self, number: int, line: MeasurementLine) -> QFrame:
        row = QFrame()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 2, tokens.S if self._read_only else 0, 2)
        layout.setSpacing(tokens.S)
        told = QVBoxLayout()
        told.setSpacing(0)
        told.addWidget(label(tr(line.label) if line.label else tr("Measurement"), wrap=True))
        if line.calibration:
            told.addWidget(label(tr(line.calibration), "small", wrap=True))
        unit = unit_text(line.unit, self._language)
        value = label(f"{number_text(line.value, self._language)} {unit}", "strong")
        remove = tool_button("close", size=14)
        remove.clicked.connect(lambda: self.remove(number))
        name_control(remove, tr("Remove from the report"))
        remove.setHidden(self._read_only)
        layout.addLayout(told, 1)
        layout.addWidget(value)
        layout.addWidget(remove)
        return row

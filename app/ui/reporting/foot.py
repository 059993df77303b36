"""The bottom of the panel: what can be done with the report now."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from app.domain.report import Report, ReportState
from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import name_control, push_button, surface, tool_button


class PanelFoot(Translated, QWidget):
    """Preview, print and save to the left, the step forward to the right."""

    def __init__(self) -> None:
        super().__init__()
        self._may_sign = True
        self.preview = push_button("", "eye")
        self.print = tool_button("print", size=tokens.ICON_LARGE)
        self.export = tool_button("pdf", size=tokens.ICON_LARGE)
        self.sign = push_button("primary", "sign")
        self.amend = push_button("", "edit")
        self.buttons: dict[str, QAbstractButton] = {
            "report.preview": self.preview,
            "report.print": self.print,
            "report.export": self.export,
            "report.amend": self.amend,
            "report.sign": self.sign,
        }
        """The buttons by the names of their actions."""
        frame = surface("foot")
        row = QHBoxLayout(frame)
        row.setContentsMargins(tokens.L, tokens.M, tokens.L, tokens.M)
        row.setSpacing(tokens.S)
        for button in (self.preview, self.print, self.export):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.amend)
        row.addWidget(self.sign)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self.retranslate()

    def show_report(self, report: Report | None, *, may_write: bool, may_sign: bool) -> None:
        """Offer what the state of `report` and the account's rights allow."""
        self.setVisible(report is not None)
        if report is None:
            return
        draft = report.state is ReportState.DRAFT
        self.sign.setVisible(draft)
        self.sign.setEnabled(may_sign)
        self.amend.setVisible(not draft)
        self.amend.setEnabled(may_write)
        self._may_sign = may_sign
        self._arrange()

    def retranslate(self) -> None:
        """Build the texts again."""
        self._arrange()
        name_control(self.print, tr("Print…"))
        name_control(self.export, tr("Save as PDF…"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Words beside the pictures; in a narrow panel or a long language fewer, none cut off."""
        words = {
            self.preview: tr("Preview"),
            self.amend: tr("Amend"),
            self.sign: tr("Sign…"),
        }
        for wordless in ((), (self.preview,), (self.preview, self.amend, self.sign)):
            for button, word in words.items():
                button.setText("" if button in wordless else word)
                name_control(button, word, tip=False)
                button.setToolTip(word if button in wordless else "")
            if self._needed() <= self.width():
                break
        if not self._may_sign:
            self.sign.setToolTip(tr("Your role may not sign reports."))

    def _needed(self) -> int:
        shown = [button for button in self.buttons.values() if not button.isHidden()]
        widths = sum(button.sizeHint().width() for button in shown)
        return widths + tokens.S * len(shown) + 2 * tokens.L

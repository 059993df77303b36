"""The bottom of the panel: what can be done with the report now."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from app.domain.report import Report, ReportState
from app.language import tr
from app.ui.theme import tokens
from app.ui.widgets.labels import name_control, push_button, surface, tool_button


class PanelFoot(QWidget):
    """Preview, print and save to the left, the step forward to the right."""

    def __init__(self) -> None:
        super().__init__()
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
        self.sign.setToolTip("" if may_sign else tr("Your role may not sign reports."))

    def retranslate(self) -> None:
        """Build the texts again."""
        self.preview.setText(tr("Preview"))
        self.sign.setText(tr("Sign…"))
        self.amend.setText(tr("Amend"))
        name_control(self.print, tr("Print…"))
        name_control(self.export, tr("Save as PDF…"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

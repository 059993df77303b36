"""A small coloured word that tells a state."""

from PySide6.QtWidgets import QLabel, QSizePolicy

from app.domain.report import ReportState
from app.ui.widgets.labels import set_look

REPORT_STATE_LOOKS: dict[ReportState | None, str] = {
    None: "neutral",
    ReportState.DRAFT: "warning",
    ReportState.SIGNED: "success",
}


class Chip(QLabel):
    """`look` is neutral, accent, success, warning or danger."""

    def __init__(self, text: str = "", look: str = "neutral") -> None:
        super().__init__(text)
        self.setProperty("chip", look)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def show_state(self, text: str, look: str) -> None:
        """Show another word in another look."""
        self.setText(text)
        set_look(self, "chip", look)

"""What the panel says of a report's fate."""

from app.domain.report import ReportState
from app.language import mark, tr
from app.ui.reporting.session import Recovery

RECOVERIES = {
    Recovery.JOURNAL: mark("Text that was kept on this computer is back in the report."),
    Recovery.MERGED: mark("Both texts are in the report, yours below theirs. Merge them now."),
}
CLASHES = {
    ReportState.SIGNED: (
        mark("This report was signed meanwhile. Your text is kept on this computer."),
        mark("Keep mine as an amendment"),
    ),
    ReportState.DRAFT: (
        mark("Someone else changed this report at {time}. Your text is kept on this computer."),
        mark("Keep mine as a copy"),
    ),
}
"""The text and the second answer of a clash, by the state of the other version."""


def may_not_write() -> str:
    """That this account only reads."""
    return tr("Your role may not write reports. Ask an administrator for the right.")

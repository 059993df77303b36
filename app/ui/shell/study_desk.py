"""An open study: the page with its images, and beside it the report."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.changes import Change, ChangeKind
from app.domain.study import Study
from app.ui.context import Context

OF_IMAGES = {ChangeKind.STUDY_STORED, ChangeKind.SERIES_COMPLETED}


class StudyDesk(QWidget):
    """Brings images and report together; neither knows the other."""

    report_changed = Signal()

    def __init__(self, context: Context, study: Study) -> None:
        super().__init__()
        from app.ui.study.page import StudyPage

        self.study = study
        self.page = StudyPage(context, study, volume_view=_volume_view)
        self.report: Any = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        if Permission.REPORT_READ in context.server.permissions:
            self._add_report(context, study)

    def show_series(self, series_uid: str) -> None:
        """Show a series of the study in the active tile."""
        self.page.desk.open_series(series_uid)

    def refresh(self) -> None:
        """Look for what was missed while the server was away."""
        self.page.refresh()
        if self.report is not None:
            self.report.refresh()

    def on_changes(self, changes: tuple[Change, ...]) -> None:
        """The feed named studies: this one may have more images, or another report."""
        kinds = {one.kind for one in changes if one.study_uid == self.study.summary.study_uid}
        if ChangeKind.STUDY_STORED in kinds:
            self.page.refresh()
        if self.report is not None and kinds - OF_IMAGES:
            self.report.refresh()

    def close_desk(self) -> None:
        """Save what is left of the report, and stop loading."""
        if self.report is not None:
            self.report.close()
        self.page.close()

    def _add_report(self, context: Context, study: Study) -> None:
        from app.ui.reporting.panel import ReportPanel

        self.report = ReportPanel(context, study)
        self.page.set_side_panel(self.report)
        self.report.report_changed.connect(lambda _report: self.report_changed.emit())
        self.report.image_chosen.connect(self.page.show_image)
        if Permission.REPORT_WRITE in context.server.permissions:
            self.page.key_image_captured.connect(self.report.insert_key_image)
            self.page.measurement_chosen.connect(self.report.insert_measurement)


def load_pages() -> None:
    """Import what an open study needs, in a task, so that the first one opens at once."""
    import app.ui.reporting.panel
    import app.ui.study.page  # noqa: F401 - it is there then


def _volume_view(*arguments: Any, **options: Any) -> QWidget:  # noqa: ANN401 - handed on
    """The MPR and volume page, imported when it is first wanted: VTK takes its time."""
    from app.ui.volume.page import VolumePage

    return VolumePage(*arguments, **options)

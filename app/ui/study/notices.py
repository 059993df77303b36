"""What a viewport says over or instead of its picture: loading, cancelled, failed, empty."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from app.language import tr
from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.study.desk import Desk
from app.ui.study.jobs import Job
from app.ui.study.words import failure_text
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, push_button, tool_button

BAR_WIDTH = 180


class Notice(Translated, QWidget):
    """Lies in the middle of a viewport, or at its lower edge while the rest is loading."""

    def __init__(self, desk: Desk, index: int, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._desk = desk
        self._index = index
        self._icon = QLabel()
        self._icon.setFixedSize(40, 40)
        self._icon.setScaledContents(True)
        self._title = label(tone="strong", wrap=True)
        self._text = label(tone="dim", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(BAR_WIDTH)
        self.cancel = tool_button("close", size=14)
        self.cancel.clicked.connect(self._cancel)
        self.retry = push_button(icon_name="refresh")
        self.retry.clicked.connect(lambda _checked: self._desk.reload(self._index))
        row = QHBoxLayout()
        row.setSpacing(tokens.XS)
        row.addStretch(1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.M, tokens.S, tokens.M, tokens.S)
        column.setSpacing(tokens.S)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self._icon, 0, middle)
        column.addWidget(self._title)
        column.addWidget(self._text)
        for text in (self._title, self._text):
            text.setAlignment(middle)
            text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column.addLayout(row)
        column.addWidget(self.retry, 0, middle)
        viewport.installEventFilter(self)
        self.retranslate()

    def refresh(self) -> None:
        """Show what is to be said now, or nothing."""
        desk = self._desk
        tile, job = desk.state.tiles[self._index], desk.job(self._index)
        series = (job.series if job is not None else None) or desk.loaded(self._index)
        self._show_progress(job)
        if not desk.readable:
            self._show_text("stack", tr("No images"), tr("This study has no images."))
        elif not tile.series_uid:
            hint = tr("Drag a series here, or double-click one in the list.")
            self._show_text("stack", tr("No series"), hint)
        elif job is not None and job.error is not None:
            self._show_text("error", tr("The series can't be opened"), error_text(job.error))
            self.retry.show()
        elif series is not None and series.failure(tile.index):
            reason = failure_text(series.failure(tile.index))
            self._show_text("error", tr("The image can't be shown"), reason)
            self.retry.setVisible(job is not None and not job.running)
        elif series is not None and not series.count:
            self._show_text("info", tr("No images"), tr("This series has no images."))
        elif series is None or series.frame(tile.index) is None:
            stopped = job is not None and not job.running
            self._show_text("", tr("Loading was stopped") if stopped else tr("Loading…"), "")
            self.retry.setVisible(stopped)
        else:
            self._show_text("", "", "")
        self._settle()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        name_control(self.cancel, tr("Stop loading"))
        self.bar.setAccessibleName(tr("Loading progress"))
        self.retry.setText(tr("Load again"))
        self.refresh()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Stay in place when the viewport changes its size."""
        if isinstance(event, QResizeEvent) and watched is self.parentWidget():
            self._settle()
        return False

    def sizeHint(self) -> QSize:
        """As wide as the viewport allows, up to a readable line."""
        return QSize(min(self.parentWidget().width(), 420), super().sizeHint().height())

    def _show_progress(self, job: Job | None) -> None:
        running = job is not None and job.running
        series = job.series if job is not None else None
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        if running:
            self.bar.setRange(0, series.count if series else 0)
            self.bar.setValue(series.loaded + series.failed if series else 0)

    def _show_text(self, icon: str, title: str, text: str) -> None:
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.setPixmap(pixmap(icon, 40, tokens.TEXT_FAINT, ratio=2.0))
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.retry.hide()

    def _settle(self) -> None:
        """Take the place that what is shown needs; out of the way of the picture."""
        anything = not self._title.isHidden() or not self.bar.isHidden()
        self.setVisible(anything)
        if not anything:
            return
        viewport = self.parentWidget()
        width = min(viewport.width(), 420)
        layout = self.layout()
        layout.activate()
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else -1
        height = min(max(height, layout.sizeHint().height()), viewport.height())
        over_picture = self._title.isHidden()
        top = viewport.height() - height - 26 if over_picture else (viewport.height() - height) // 2
        self.setGeometry((viewport.width() - width) // 2, max(0, top), width, height)

    def _cancel(self) -> None:
        self._desk.jobs.cancel(self._desk.state.tiles[self._index].series_uid)

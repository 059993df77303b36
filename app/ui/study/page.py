"""The page of an open study: series, tools, viewports, and a place for the report beside them."""

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.access import Permission
from app.domain.study import Study
from app.language import tr
from app.ui.actions import make_action
from app.ui.context import Context
from app.ui.language import Translated
from app.ui.study.capture import capture
from app.ui.study.cine import Cine
from app.ui.study.commands import Commands
from app.ui.study.desk import Desk
from app.ui.study.film import FilmDialog
from app.ui.study.grid import TileGrid
from app.ui.study.layout_chooser import LayoutChooser
from app.ui.study.menus import fill_presets, fill_viewport_menu
from app.ui.study.rail import SeriesRail
from app.ui.study.toolbar import Toolbar
from app.ui.study.volumes import VolumeHost
from app.ui.widgets.labels import line
from app.ui.widgets.messages import MessageBar
from app.viewer.model.state import ViewerState

SPLITTER = "study-panel"
PANEL_WIDTH = 430


class StudyPage(Translated, QWidget):
    """One study on the screen.

    `volume_view(voxels, opening, parent, warnings=, refusal=)` makes the page of
    MPR and 3D; without it there is none. Whoever makes a page calls `close()`.
    """

    key_image_captured = Signal(object)
    """A Captured: png, sop_instance_uid, frame, caption."""
    measurement_chosen = Signal(object)
    """A MeasurementLine."""

    def __init__(
        self,
        context: Context,
        study: Study,
        volume_view: Callable[..., QWidget] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.desk = Desk(context, study, self)
        self._reading = QWidget()
        self._centre = QStackedWidget()
        # Single letters and Space work while the focus is in the images, and nowhere else.
        self.commands = Commands(self.desk, self._centre)
        self.cine = Cine(self.desk, self)
        self._side_panel: QWidget | None = None
        self.grid = TileGrid(self.desk)
        self.rail = SeriesRail(context, self.desk)
        self.message = MessageBar()
        self.volumes = VolumeHost(context, self.desk, volume_view)
        self._presets = QMenu(self)
        self._menu = QMenu(self)
        self._chooser = LayoutChooser(self)
        self._add_actions(can_open_volumes=volume_view is not None)
        self._panel_action = make_action(
            "report.panel", self, lambda checked: self.show_panel(shown=checked)
        )
        self._panel_action.setVisible(False)
        actions = {**self.commands.actions, "report.panel": self._panel_action}
        self.toolbar = Toolbar(actions, self._presets, self._chooser)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._connect()
        self.retranslate()
        self._open_first()

    def set_side_panel(self, widget: QWidget) -> None:
        """Dock a panel at the right; its width is remembered."""
        self._side_panel = widget
        self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setCollapsible(0, False)
        kept = self._context.settings.layout(SPLITTER)
        if not (isinstance(kept, QByteArray) and not kept.isEmpty()) or not (
            self._splitter.restoreState(kept)
        ):
            self._splitter.setSizes([10_000, PANEL_WIDTH])
        self._panel_action.setVisible(True)
        self._panel_action.setChecked(True)

    def show_panel(self, *, shown: bool) -> None:
        """Show or hide the panel at the right."""
        if self._side_panel is not None:
            self._side_panel.setVisible(shown)
            self._panel_action.setChecked(shown)

    def show_image(self, sop_instance_uid: str, frame: int = 0) -> bool:
        """Show an image of the study in the active tile; false when it is not in memory."""
        self.volumes.leave()
        return self.desk.show_image(sop_instance_uid, frame)

    def refresh(self) -> None:
        """Ask the server for series and images that came since the study was opened."""
        uid = self.desk.study.summary.study_uid
        server = self._context.server
        self._context.tasks.run(
            f"study/{uid}/refresh",
            lambda _task: server.study(uid),
            done=self._show_study,
            failed=lambda _error: None,  # what is on the screen stays usable without the server
        )

    def capture_key_image(self) -> None:
        """Send the active viewport's picture to the report."""
        if self.volumes.capture():
            return
        shown = self.grid.active.shown()
        tile = self.desk.tile
        captured = None
        if shown is not None:
            summary = self.desk.summary(tile.series_uid)
            captured = capture(shown, self.desk.state, summary, tile.index + 1)
        if captured is None:
            self.message.show_message("info", lambda: tr("There is no image to capture yet."))
            return
        self.key_image_captured.emit(captured)

    def send_measurement(self) -> None:
        """Send the selected measurement to the report."""
        line_ = self.desk.selected_line()
        found = self.desk.measurement(line_) if line_ is not None else None
        if found is None:
            self.message.show_message(
                "info", lambda: tr("Measure a length, or click one to choose it, then send it.")
            )
            return
        self.measurement_chosen.emit(found)

    def print_to_film(self) -> None:
        """Ask what is to be printed on film, and how."""
        FilmDialog(self._context, self.desk, self).exec()

    def retranslate(self) -> None:
        """Name the parts for screen readers."""
        self._reading.setAccessibleName(tr("Images"))

    def showEvent(self, event: QShowEvent) -> None:
        """Keys belong to the images, unless something of the page has them."""
        super().showEvent(event)
        focus = QApplication.focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            self.grid.active.setFocus()

    def close(self) -> bool:
        """Stop what runs, give memory back; safe to repeat."""
        if self._side_panel is not None:
            self._context.settings.set_layout(SPLITTER, self._splitter.saveState())
        self._context.tasks.cancel(f"study/{self.desk.study.summary.study_uid}")
        self.cine.stop()
        self.volumes.leave()
        self.desk.close()
        return super().close()

    def _add_actions(self, *, can_open_volumes: bool) -> None:
        commands = self.commands
        may_write = Permission.REPORT_WRITE in self._context.server.permissions
        commands.add("view.mpr", self._toggle_volume).setEnabled(can_open_volumes)
        self._volume_action = commands.actions["view.mpr"]
        commands.add("view.cine", self.cine.toggle)
        for name, act in (
            ("study.key-image", self.capture_key_image),
            ("measurement.report", self.send_measurement),
        ):
            commands.add(name, act).setVisible(may_write)
        may_send = Permission.STUDY_FORWARD in self._context.server.permissions
        commands.add("study.print-film", self.print_to_film).setVisible(may_send)

    def _lay_out(self) -> None:
        self._centre.addWidget(self.grid)
        self._centre.addWidget(self.volumes)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        for part in (self.rail, line(vertical=True)):
            middle.addWidget(part)
        middle.addWidget(self._centre, 1)
        column = QVBoxLayout(self._reading)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.message)
        column.addLayout(middle, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._reading)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._splitter)

    def _connect(self) -> None:
        self.rail.opened.connect(self._open)
        self.grid.menu_wanted.connect(self._show_menu)
        self._presets.aboutToShow.connect(lambda: fill_presets(self._presets, self.desk))
        self._chooser.aboutToShow.connect(lambda: self._chooser.show_layout(self.desk.state.layout))
        self._chooser.chosen.connect(self.desk.arrange)
        self.volumes.shown_changed.connect(self._volume_shown)
        self.volumes.outgrown.connect(self._volume_outgrown)
        self.volumes.tools_ready.connect(self.toolbar.hold)
        self.volumes.captured.connect(self.key_image_captured)
        self.desk.changed.connect(self._state_changed)
        self.desk.windowless.connect(
            lambda: self.message.show_message("info", lambda: tr("A colour image has no window"))
        )

    def _open_first(self) -> None:
        first = next(iter(self.desk.readable), None)
        if first is not None:
            self.desk.open_series(first.series_uid)
        self.grid.active.setFocus()

    def _open(self, series_uid: str) -> None:
        self.volumes.leave()
        self.desk.open_series(series_uid)
        self.grid.active.setFocus()

    def _show_study(self, study: Study) -> None:
        self.desk.update_study(study)
        if not self.desk.tile.series_uid:
            self._open_first()

    def _state_changed(self, old: ViewerState, new: ViewerState) -> None:
        if old.tile.series_uid != new.tile.series_uid:
            self.message.clear()

    def _toggle_volume(self) -> None:
        if self.volumes.active:
            self.volumes.leave()
        else:
            self.volumes.enter()

    def _volume_shown(self, shown: bool) -> None:
        self.cine.stop()
        self._centre.setCurrentWidget(self.volumes if shown else self.grid)
        self.commands.set_enabled(enabled=not shown)
        for name in ("view.mpr", "study.key-image"):
            self.commands.actions[name].setEnabled(True)
        self.toolbar.show_for_volume(volume=shown)
        if not shown:
            self.message.clear()
            self.grid.active.setFocus()

    def _volume_outgrown(self) -> None:
        self.message.show_message(
            "warning",
            lambda: tr("Images have arrived since: this volume is not the whole series."),
            lambda: tr("Build it again"),
            self._rebuild_volume,
        )

    def _rebuild_volume(self) -> None:
        self.message.clear()
        self.volumes.leave()
        self.volumes.enter()

    def _show_menu(self, tile: int, where: QPoint) -> None:
        self._menu.clear()
        on_line = bool(self.desk.state.selected) and tile == self.desk.state.active
        fill_viewport_menu(self._menu, self._presets, self.commands.actions, on_line=on_line)
        self._menu.popup(where)

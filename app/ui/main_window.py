"""The main window: composes the pages, the menus and what is around them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.changes import Change
from app.domain.errors import UnauthenticatedError, WrongPasswordError
from app.domain.status import ServerStatus
from app.domain.study import Study, StudySummary, display_name
from app.language import tr
from app.ui.actions import make_action
from app.ui.context import Context
from app.ui.imports.panel import ImportPanel, MakeFolders, ask_for_files, ask_for_folder
from app.ui.language import Translated
from app.ui.shell.attention import Attention
from app.ui.shell.disk import DiskBar
from app.ui.shell.menus import Menus
from app.ui.shell.status import Status, host_for_scanners
from app.ui.shell.study_desk import StudyDesk, load_pages
from app.ui.shell.top_bar import STUDY, WORKLIST, TopBar
from app.ui.shell.watch import ServerWatch
from app.ui.shell.windows import Windows
from app.ui.texts import error_text
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.messages import MessageBar
from app.ui.worklist.nothing import DicomNode
from app.ui.worklist.page import WorklistPage

if TYPE_CHECKING:
    from app.client.embedded import EmbeddedServer

LAYOUT = "main-window"
LEAST_SIZE = QSize(1024, 640)
"""Below this the images have no room; a smaller screen has what it has."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the desktop has beside the server: its own server, if it is that; and the samples."""

    embedded: "EmbeddedServer | None" = None
    make_samples: MakeFolders | None = None


class MainWindow(Translated, QMainWindow):
    """One signed-in person's window; `signed_out` when that person leaves."""

    signed_out = Signal()

    def __init__(self, context: Context, surroundings: Surroundings) -> None:
        super().__init__()
        self._context = context
        self._surroundings = surroundings
        self._is_closed = False
        self.desk: StudyDesk | None = None
        self.banner = MessageBar()
        self.message = MessageBar()
        self.disk = DiskBar()
        self.worklist = WorklistPage(context)
        self.imports = ImportPanel(context)
        self.waiting = EmptyState()
        self.pages = QStackedWidget()
        self.menus = Menus(context.settings)
        self.top = TopBar(self.menus)
        server = context.server
        is_local = surroundings.embedded is not None
        self.status = Status(server.account, server.base_url, local=is_local)
        self.windows = Windows(context, self)
        self.attention = Attention(context)
        self.watch = ServerWatch(context, surroundings.embedded, self)
        self._actions = QWidget(self)
        self._actions.hide()
        self._lay_out()
        self._make_actions()
        self._connect()
        self.retranslate()
        self._show_page(WORKLIST)
        self.worklist.model.loaded.connect(self._follow)
        self.worklist.model.failed.connect(self._follow)
        self.watch.start()
        context.tasks.run("warm-up", lambda _task: load_pages(), lambda _nothing: None)

    # --- studies ---------------------------------------------------------------------------------

    def open_study(self, summary: StudySummary, series_uid: str = "") -> None:
        """Open a study, or go back to it when it is the one that is open."""
        if self.desk is not None and self.desk.study.summary.study_uid == summary.study_uid:
            self._show_page(STUDY)
            self._show_series(series_uid)
            return
        self.close_study()
        uid = summary.study_uid
        name = display_name(summary.patient_name) or summary.patient_id
        self.waiting.show_waiting(lambda: tr("Opening the study…"))
        self.top.show_study(name)
        self.pages.setCurrentWidget(self.waiting)
        self._context.tasks.run(
            "study/open",
            lambda _task: self._context.server.study(uid),
            lambda study: self._show_study(study, series_uid),
            self._not_opened,
        )

    def close_study(self) -> None:
        """Close the open study; its report is saved."""
        self._context.tasks.cancel("study/open")
        self.top.drop_study()
        desk, self.desk = self.desk, None
        if desk is not None:
            desk.close_desk()
            self.pages.removeWidget(desk)
            desk.deleteLater()
        self._show_page(WORKLIST)

    def back(self) -> None:
        """Go back to the worklist; the study stays open in its tab."""
        if self.isFullScreen():
            self._full_screen.trigger()
        self._show_page(WORKLIST)

    # --- the session -----------------------------------------------------------------------------

    def sign_out(self) -> None:
        """End the session on the server, then here."""
        self.close_study()
        server = self._context.server
        self._context.tasks.run(
            "sign-out",
            lambda _task: server.sign_out(),
            lambda _nothing: self.signed_out.emit(),
            lambda _error: self.signed_out.emit(),
        )

    def start_samples(self) -> None:
        """Make the sample studies and import them, with progress in the worklist."""
        make = self._surroundings.make_samples
        if make is not None:
            self._show_page(WORKLIST)
            self.imports.start_samples(make)

    def close_window(self) -> None:
        """Stop everything of this window; safe to repeat."""
        if self._is_closed:
            return
        self._is_closed = True
        self._context.settings.set_layout(LAYOUT, self.saveGeometry())
        self.watch.close_watch()
        self.windows.close_windows()
        self.attention.close_notices()
        if self.desk is not None:
            self.desk.close_desk()
        self.imports.close_panel()
        self.worklist.close_page()
        self._context.tasks.cancel("study/open")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save and stop."""
        self.close_window()
        super().closeEvent(event)

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the title in the current language."""
        name = ""
        if self.desk is not None and self.pages.currentWidget() is self.desk:
            name = display_name(self.desk.study.summary.patient_name)
        self.setWindowTitle(f"{name} – Klinika Pro" if name else "Klinika Pro")

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setMinimumSize(LEAST_SIZE.boundedTo(self.screen().availableSize()))
        self.resize(1366, 768)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.top, self.banner, self.disk, self.message):
            column.addWidget(part)
        column.addWidget(self.pages, 1)
        self.worklist.add_foot(self.imports)
        self.pages.addWidget(self.worklist)
        self.pages.addWidget(self.waiting)
        self.setCentralWidget(middle)
        self.setStatusBar(self.status)
        self.status.addWidget(self.attention)
        self.restoreGeometry(self._context.settings.layout(LAYOUT))

    def _make_actions(self) -> None:
        permissions = self._context.server.permissions
        wanted: dict[str, Callable[..., object]] = {
            "study.close": self.back,
            "file.sign-out": self.sign_out,
            "file.quit": self.close,
            "help.keys": self._show_keys,
            "help.about": self._show_about,
        }
        if Permission.ACCOUNT_LIST in permissions:
            wanted["file.accounts"] = self._show_accounts
        if Permission.NODE_WRITE in permissions:
            wanted["archive.nodes"] = self._show_nodes
        for name in self.windows.names():
            wanted[name] = partial(self.windows.open_window, name)
        if self._surroundings.make_samples and Permission.STUDY_IMPORT in permissions:
            wanted["file.sample-data"] = self.start_samples
        self._own: dict[str, QAction] = {}
        for name, act in wanted.items():
            action = make_action(name, self._actions, lambda _checked=False, do=act: do())
            self._own[name] = action
            self.addAction(action)
        self._full_screen = make_action("view.full-screen", self._actions, self._toggle_full)
        self.addAction(self._full_screen)

    def _connect(self) -> None:
        self.worklist.opened.connect(self.open_study)
        self.worklist.files_wanted.connect(lambda: self._import(ask_for_files(self)))
        self.worklist.folder_wanted.connect(lambda: self._import(ask_for_folder(self)))
        self.worklist.dropped.connect(self._import)
        self.imports.finished.connect(lambda _summary: self.worklist.refresh())
        self.top.chosen.connect(self._show_page)
        self.top.study_closed.connect(self.close_study)
        self.watch.changed.connect(self._on_changes)
        self.attention.wanted.connect(self.windows.open_window)
        self.worklist.deletion_wanted.connect(self.windows.ask_for_deletion)
        self.windows.deletion_asked.connect(self._show_asked)
        self.watch.connected.connect(self._on_connected)
        self.watch.told.connect(self._show_status)
        self._context.tasks.failed.connect(self._show_failure)

    def _show_page(self, tab: int) -> None:
        page = self.desk if tab == STUDY and self.desk is not None else self.worklist
        self.pages.setCurrentWidget(page)
        self.top.choose(STUDY if page is self.desk else WORKLIST)
        self._own["study.close"].setEnabled(page is not self.worklist)
        self.menus.show_actions_of((self._actions, page))
        self.retranslate()
        if page is self.worklist:
            self.worklist.take_focus()
        else:
            page.setFocus()

    def _toggle_full(self, _checked: bool = False) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        full = self.isFullScreen()
        self._full_screen.setChecked(full)
        self.top.setVisible(not full)
        self.status.setVisible(not full)

    # --- studies ---------------------------------------------------------------------------------

    def _show_study(self, study: Study, series_uid: str) -> None:
        self.desk = StudyDesk(self._context, study)
        self.desk.report_changed.connect(lambda: self.worklist.on_changes(()))
        self.pages.addWidget(self.desk)
        self._show_page(STUDY)
        self._show_series(series_uid)

    def _show_series(self, series_uid: str) -> None:
        if self.desk is not None and series_uid:
            self.desk.show_series(series_uid)

    def _not_opened(self, error: Exception) -> None:
        self.close_study()
        self._show_failure(error)

    def _import(self, paths: list) -> None:
        if paths:
            self.imports.start(paths)

    # --- the server ------------------------------------------------------------------------------

    def _follow(self) -> None:
        """What changed since the first rows were read must be told, or it would never be seen."""
        self.watch.follow(self.worklist.model.change)

    def _on_changes(self, changes: tuple[Change, ...]) -> None:
        self.worklist.on_changes(changes)
        self.windows.on_changes(changes)
        self.attention.on_changes(changes)
        if self.desk is not None:
            self.desk.on_changes(changes)

    def _on_connected(self, connected: bool) -> None:
        self.status.show_connected(connected=connected)
        if connected:
            self.banner.clear()
            self.worklist.on_changes(())
            self.windows.refresh()
            self.attention.look()
            if self.desk is not None:
                self.desk.refresh()
            return
        text = _restarting if self._surroundings.embedded else _away
        self.banner.show_message("warning", text, closable=False)

    def _show_status(self, status: ServerStatus, wanted_port: int) -> None:
        base_url = self._context.server.base_url
        self.status.show_status(status, base_url, wanted_port)
        self.disk.show_level(status.disk)
        embedded = self._surroundings.embedded is not None
        host = host_for_scanners(base_url, embedded=embedded)
        self.worklist.show_node(DicomNode(status.ae_title, host, status.dicom_port))

    def _show_failure(self, error: Exception) -> None:
        is_over = isinstance(error, UnauthenticatedError)
        if is_over and not isinstance(error, WrongPasswordError):
            self.watch.stop_following()
            self.banner.clear()
            self.message.show_message(
                "warning", lambda: error_text(error), lambda: tr("Sign in"), self.signed_out.emit
            )
            return
        self.message.show_message("error", lambda: error_text(error))

    def _show_asked(self) -> None:
        self.message.show_message(
            "success",
            lambda: tr("The deletion is asked for. A second person has to agree."),
            lambda: tr("Show deletions"),
            lambda: self.windows.open_window("archive.deletions"),
        )

    # --- dialogs ---------------------------------------------------------------------------------

    def _show_accounts(self) -> None:
        from app.ui.accounts.dialog import AccountsDialog

        AccountsDialog(self._context, self).exec()

    def _show_nodes(self) -> None:
        from app.ui.nodes.dialog import NodesDialog

        NodesDialog(self._context, self).exec()
        self.worklist.sources.load()

    def _show_keys(self) -> None:
        from app.ui.help.dialogs import KeysDialog

        KeysDialog(self).exec()

    def _show_about(self) -> None:
        from app.ui.help.dialogs import AboutDialog

        AboutDialog(self).exec()


def _restarting() -> str:
    return tr("The server of this computer has stopped. It is being started again…")


def _away() -> str:
    return tr("The server does not answer. What is on screen stays; trying again…")

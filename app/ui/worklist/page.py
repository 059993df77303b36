"""The worklist page: search, table, preview, and what stands there when there are no rows."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.changes import Change
from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.domain.study import StudySummary
from app.language import ntr, tr
from app.ui.actions import make_action
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import SearchField
from app.ui.widgets.labels import label, name_control, surface
from app.ui.worklist.archives.panel import ArchivePanel
from app.ui.worklist.archives.sources import SourceChooser
from app.ui.worklist.drop import DropHint, dropped_paths
from app.ui.worklist.model import WorklistModel
from app.ui.worklist.nothing import DicomNode, show_no_match, show_no_studies
from app.ui.worklist.preview import PreviewStrip
from app.ui.worklist.view import WorklistView

REFRESH_DELAY_MS = 250


class WorklistPage(Translated, QWidget):
    """Studies, newest first; live through `changed`. Another archive can stand in their place."""

    opened = Signal(object, str)
    """A StudySummary, and the UID of the series to begin with or nothing."""
    files_wanted = Signal()
    folder_wanted = Signal()
    dropped = Signal(list)
    """Paths that were dropped on the page, to be imported."""
    deletion_wanted = Signal(object, object)
    """A StudySummary, and the SeriesSummary when only that is to be deleted, or None."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._node: DicomNode | None = None
        self.model = WorklistModel(context)
        self.table = WorklistView(self.model)
        self.search = SearchField()
        self.preview = PreviewStrip(context)
        self.empty = EmptyState()
        self.archive = ArchivePanel(context)
        self.sources = SourceChooser(context)
        self._count = label(tone="dim")
        self._may_import = Permission.STUDY_IMPORT in context.server.permissions
        self._refresh_timer = QTimer(self, singleShot=True, interval=REFRESH_DELAY_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        self._lay_out()
        self._connect()
        self.setAcceptDrops(self._may_import)
        self.retranslate()
        self._show_waiting()
        self.model.search("")

    # --- what the window asks --------------------------------------------------------------------

    def show_node(self, node: DicomNode) -> None:
        """Say in the empty page where scanners send to."""
        self._node = node
        if self.model.is_loaded:
            self._show_state()

    def add_foot(self, widget: QWidget) -> None:
        """Put `widget` between the table and the preview."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def on_changes(self, changes: tuple[Change, ...]) -> None:
        """Something may have happened to studies: fetch what is in view, once for many changes."""
        concerns = not changes or any(each.study_uid for each in changes)
        if concerns and not self._refresh_timer.isActive():
            self._refresh_timer.start()

    def refresh(self) -> None:
        """Fetch what is in view again."""
        self.sources.load()
        if self._is_elsewhere():
            self.archive.look()
        if self.model.is_loaded:
            self.model.refresh(*self.table.rows_in_view())
        else:
            self._show_waiting()
            self.model.search(self.search.text().strip())

    def focus_search(self) -> None:
        """Begin a search."""
        field = self.archive.filters.words if self._is_elsewhere() else self.search
        field.setFocus()
        field.selectAll()

    def take_focus(self) -> None:
        """Let keys move in the table that is shown."""
        (self.archive.table if self._is_elsewhere() else self.table).setFocus()

    def selected(self) -> StudySummary | None:
        """The study of the selected row."""
        return self.table.summary()

    def close_page(self) -> None:
        """Drop what is under way."""
        self._refresh_timer.stop()
        self.archive.leave()
        self._context.tasks.cancel("worklist")
        self.preview.close_strip()

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.search.setPlaceholderText(tr("Search patient, ID, date, modality, description"))
        name_control(self.search, tr("Search"), tip=False)
        self._import.setText(tr("Import"))
        name_control(self._refresh, self._refresh_action.toolTip())
        self.model.retranslate()
        self._show_count()

    # --- keys and drops --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search field, the arrows move in the table and Enter opens."""
        pressed = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if watched is self.search and pressed and event.key() in _MOVES:
            self.table.move(_MOVES[Qt.Key(event.key())])
            return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self._hint.appear()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They were dragged away."""
        self._hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Import what was dropped."""
        self._hint.hide()
        paths = dropped_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._refresh_action = make_action("worklist.refresh", self, self.refresh)
        make_action("worklist.search", self, self.focus_search)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.table.addAction(make_action("study.open", self, self._open_selected))
        self._offer("study.texts", Permission.STUDY_REREAD, self._mend_texts)
        self._offer("study.send", Permission.STUDY_FORWARD, self._send_selected)
        self._offer("study.delete", Permission.STUDY_DELETE, self._delete_selected)
        self._refresh = QToolButton()
        self._refresh.setDefaultAction(self._refresh_action)
        self._refresh.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._import = self._import_button()
        self.search.setMinimumWidth(420)
        self.search.setMaximumWidth(560)
        bar = surface("bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(tokens.L, tokens.S, tokens.L, tokens.S)
        row.setSpacing(tokens.M)
        row.addWidget(self.sources)
        row.addWidget(self.search, 1)
        row.addWidget(self._count)
        row.addWidget(self.archive.filters, 1)
        row.addWidget(self.archive.count)
        row.addStretch(1)
        row.addWidget(self._refresh)
        row.addWidget(self._import)
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        here = QWidget()
        self._column = _column(here)
        self._column.addWidget(middle, 1)
        self._column.addWidget(self.preview)
        places = QWidget()
        self._places = QStackedLayout(places)
        self._places.addWidget(here)
        self._places.addWidget(self.archive)
        column = _column(self)
        column.addWidget(bar)
        column.addWidget(places, 1)
        self._hint = DropHint(self)
        self._look_in(None)

    def _import_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon("import"))
        button.setIconSize(QSize(tokens.ICON + tokens.S, tokens.ICON))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("kind", "framed")
        menu = QMenu(button)
        for name, signal in (
            ("file.import-files", self.files_wanted),
            ("file.import-folder", self.folder_wanted),
        ):
            action = make_action(name, self, signal.emit)
            action.setEnabled(self._may_import)
            menu.addAction(action)
        button.setMenu(menu)
        button.setEnabled(self._may_import)
        return button

    def _connect(self) -> None:
        self.sources.chosen.connect(self._look_in)
        self.archive.opened.connect(lambda summary: self.opened.emit(summary, ""))
        self.search.searched.connect(lambda text: self.model.search(text.strip()))
        self.search.returnPressed.connect(self.table.open_selected)
        self.search.installEventFilter(self)
        self.table.typed.connect(self._begin_search)
        self.table.opened.connect(lambda summary: self.opened.emit(summary, ""))
        self.table.selected.connect(self.preview.show_study)
        self.preview.opened.connect(self.opened.emit)
        self.preview.deletion_wanted.connect(self.deletion_wanted.emit)
        self.model.loaded.connect(self._show_state)
        self.model.failed.connect(self._show_failure)

    def _look_in(self, node: RemoteNode | None) -> None:
        """Show the studies that are here, or those of `node`."""
        here = (self.search, self._count, self._import)
        elsewhere = (self.archive.filters, self.archive.count)
        shown, hidden = (here, elsewhere) if node is None else (elsewhere, here)
        for part in hidden:  # before the others, or the window grows for all
            part.hide()
        for part in shown:
            part.show()
        self._places.setCurrentIndex(0 if node is None else 1)
        if node is None:
            self.archive.leave()
        else:
            self.archive.show_archive(node)

    def _is_elsewhere(self) -> bool:
        return self._places.currentWidget() is self.archive

    def _open_selected(self) -> None:
        if self._is_elsewhere():
            self.archive.act()
        else:
            self.table.open_selected()

    def _offer(self, name: str, permission: Permission, act: Callable[[], None]) -> None:
        """Something that is done with the selected study, by those who may."""
        if permission in self._context.server.permissions:
            action = make_action(name, self, act)
            action.setEnabled(False)
            self.table.addAction(action)
            self.table.selected.connect(lambda summary: action.setEnabled(summary is not None))

    def _mend_texts(self) -> None:
        from app.ui.worklist.texts import TextsDialog

        summary = self.table.summary()
        if summary is not None and not self._is_elsewhere():
            TextsDialog(self._context, summary.study_uid, self).exec()
            self.refresh()

    def _send_selected(self) -> None:
        from app.ui.worklist.sending import SendDialog

        summary = self.table.summary()
        if summary is not None and not self._is_elsewhere():
            SendDialog(self._context, summary, self).exec()

    def _delete_selected(self) -> None:
        summary = None if self._is_elsewhere() else self.table.summary()
        if summary is not None:
            self.deletion_wanted.emit(summary, None)

    def _begin_search(self, letter: str) -> None:
        self.search.setFocus()
        self.search.setText(letter)

    # --- states ----------------------------------------------------------------------------------

    def _show_waiting(self) -> None:
        self.empty.show_waiting(lambda: tr("Reading the worklist…"))
        self._stack.setCurrentWidget(self.empty)

    def _show_state(self) -> None:
        self._show_count()
        if self.model.rowCount():
            self._stack.setCurrentWidget(self.table)
            return
        if self.model.text:
            show_no_match(self.empty, self.model.text, self.search.clear)
        else:
            wants = (self.files_wanted.emit, self.folder_wanted.emit)
            show_no_studies(self.empty, self._node, wants if self._may_import else None)
        self._stack.setCurrentWidget(self.empty)

    def _show_failure(self, error: Exception) -> None:
        if self.model.is_loaded:
            # The rows stay; that the server is away is told once for the whole window.
            if not isinstance(error, UnavailableError):
                self._context.tasks.failed.emit(error)
            return
        self.empty.show_state(
            "warning", lambda: tr("The worklist can't be shown"), lambda: error_text(error)
        )
        self.empty.add_button(lambda: tr("Try again"), self.refresh, "primary")
        self._stack.setCurrentWidget(self.empty)

    def _show_count(self) -> None:
        if not self.model.is_counted:
            return  # the old number stays for a blink, lest the bar jumps with each letter typed
        count = self.model.rowCount()
        text = ntr("{n} study", "{n} studies", count) if count else ""
        self._count.setText(text)


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column


_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_PageUp: -10,
}

"""The assistant of the first start: language, archive folder, administrator, sample studies."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.errors import ConflictError, ForbiddenError, InvalidError, WeakPasswordError
from app.language import tr
from app.ui.context import DesktopSettings
from app.ui.first_run.pages import AdministratorPage, FolderPage, LanguagePage, Page, SamplesPage
from app.ui.language import Translated
from app.ui.tasks import Task, Tasks
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.brand import BrandPanel
from app.ui.widgets.labels import push_button
from app.ui.widgets.messages import MessageBar
from app.ui.widgets.steps import StepList

if TYPE_CHECKING:  # the HTTP client is not needed to show this window
    from app.client.server import Server


class FirstRunWindow(Translated, QWidget):
    """Tells `finished(server, with_samples)` once the first administrator is signed in.

    `open_archive(folder)` answers this computer's server on a folder; it may block. With `remote`,
    a server of the network, there is no folder to choose and nothing to sample.
    """

    finished = Signal(object, bool)
    has_accounts = Signal()
    """The archive has accounts already: one signs in instead."""

    def __init__(
        self,
        settings: DesktopSettings,
        tasks: Tasks,
        open_archive: "Callable[[Path], Server]",
        folder: Path,
        *,
        remote: "Server | None" = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._tasks = tasks
        self._open_archive = open_archive
        self._remote = remote
        self._server: Server | None = None
        self.language = LanguagePage(settings)
        self.folder = FolderPage(tasks, folder)
        self.administrator = AdministratorPage(wants_token=remote is not None)
        self.samples = SamplesPage()
        local = (self.language, self.folder, self.administrator, self.samples)
        self.pages: tuple[Page, ...] = local if remote is None else (self.administrator,)
        self.stack = QStackedWidget()
        self.message = MessageBar()
        self.back = push_button("quiet")
        self.next = push_button("primary")
        self._steps = StepList([page.title for page in self.pages])
        self._lay_out()
        for page in self.pages:
            page.changed.connect(self._show_buttons)
        self.back.clicked.connect(lambda _checked: self._show_page(self.stack.currentIndex() - 1))
        self.next.clicked.connect(self.go_on)
        self.retranslate()
        self._show_page(0)

    def go_on(self) -> None:
        """Do what the page on screen is for, then show the next."""
        page = self.stack.currentWidget()
        if page is self.folder:
            self._settings.data_dir = self.folder.folder()
            self._prepare()
        if page is self.administrator:
            self._create()
        elif page is self.samples:
            self.finished.emit(self._server, self.samples.with_samples.isChecked())
        else:
            self._show_page(self.stack.currentIndex() + 1)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Set up Klinika Pro"))
        self.back.setText(tr("Back"))
        self._show_buttons()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Drop what is under way."""
        self._tasks.cancel("first-run")
        super().closeEvent(event)

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.resize(960, 620)
        brand = BrandPanel()
        brand.add(self._steps)
        for page in self.pages:
            self.stack.addWidget(page)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.next)
        column = QVBoxLayout()
        column.setContentsMargins(tokens.XXL, tokens.XXL, tokens.XXL, tokens.XL)
        column.setSpacing(tokens.L)
        column.addWidget(self.message)
        column.addWidget(self.stack, 1)
        column.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(brand)
        row.addLayout(column, 1)

    def _show_page(self, number: int) -> None:
        self.message.clear()
        self.stack.setCurrentIndex(number)
        self._steps.show_step(number)
        self._show_buttons()
        first = self.stack.currentWidget().nextInFocusChain()
        first.setFocus()

    def _show_buttons(self) -> None:
        page = self.stack.currentWidget()
        if page is None:
            return
        busy = self._tasks.running("first-run/create")
        last = self.stack.currentIndex() == len(self.pages) - 1
        self.back.setVisible(self.stack.currentIndex() > 0 and page is not self.samples)
        self.back.setEnabled(not busy)
        self.next.setEnabled(not busy and page.may_continue())  # type: ignore[attr-defined] # a page's
        if page is self.administrator:
            self.next.setText(tr("Creating the account…") if busy else tr("Create account"))
        else:
            self.next.setText(tr("Start") if last else tr("Continue"))

    # --- work ------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Start the server on the folder while the person fills in the next page."""
        folder = self.folder.folder()

        def work(_task: Task) -> bool:
            return self._open_archive(folder).status().needs_setup

        def done(needs_setup: bool) -> None:
            if not needs_setup:
                self.has_accounts.emit()

        self._tasks.run("first-run/server", work, done, self._fail)

    def _create(self) -> None:
        page, folder, remote = self.administrator, self.folder.folder(), self._remote
        username, full_name = page.username.text().strip(), page.full_name.text().strip()
        password, token = page.password.text(), page.token.text().strip()

        def work(_task: Task) -> "Server":
            server = remote or self._open_archive(folder)
            server.create_first_administrator(username, full_name, password, token)
            server.sign_in(username, password)
            return server

        self._tasks.run("first-run/create", work, self._created, self._fail)
        self._show_buttons()

    def _created(self, server: "Server") -> None:
        self._server = server
        self._settings.username = self.administrator.username.text().strip()
        self._settings.server_address = server.base_url if self._remote else ""
        self._settings.sync()
        if self._remote is not None:
            self.finished.emit(server, False)
            return
        self._show_page(self.stack.currentIndex() + 1)

    def _fail(self, error: Exception) -> None:
        self._show_buttons()
        if isinstance(error, ConflictError):
            self.has_accounts.emit()
            return
        self.message.show_message("error", lambda: _failure_text(error))


def _failure_text(error: Exception) -> str:
    if isinstance(error, InvalidError) and not isinstance(error, WeakPasswordError):
        return tr("User name or full name can't be used. Take letters, digits and spaces.")
    if isinstance(error, ForbiddenError):
        return tr("The set-up token is wrong. The server printed it when it started.")
    return error_text(error)

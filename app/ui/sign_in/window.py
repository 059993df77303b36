"""The window in which a person chooses a server and signs in."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import InvalidError, UnauthenticatedError
from app.domain.status import Grant, ServerStatus
from app.language import tr
from app.ui.context import DesktopSettings
from app.ui.language import Translated
from app.ui.sign_in.address import is_private
from app.ui.sign_in.memory import SessionMemory
from app.ui.sign_in.servers import ServerChoice
from app.ui.sign_in.words import (
    connecting,
    incomplete,
    local_failure_text,
    not_an_address,
    ready_text,
    sign_in_error_text,
    starting,
)
from app.ui.tasks import Task, Tasks
from app.ui.texts import error_text
from app.ui.theme import tokens
from app.ui.widgets.brand import BrandPanel
from app.ui.widgets.fields import Field, PasswordField
from app.ui.widgets.labels import label, push_button
from app.ui.widgets.languages import LanguageChoice
from app.ui.widgets.messages import MessageBar

if TYPE_CHECKING:  # the HTTP client is not needed to show this window
    from app.client.server import Server

Connect = Callable[[str], "Server"]
"""Answers the server at an address, starting this computer's own for an empty one; may block."""


class SignInWindow(Translated, QWidget):
    """Tells `signed_in` with the server once a session runs on it."""

    signed_in = Signal(object)
    needs_setup = Signal(object)
    """The server has no account yet: the assistant must make the first."""

    def __init__(self, settings: DesktopSettings, tasks: Tasks, connect: Connect) -> None:
        super().__init__()
        self._settings = settings
        self._tasks = tasks
        self._connect = connect
        self._memory: SessionMemory | None = None
        self._is_about_typing = False
        self._attempts = 0
        self._keeping = Lock()
        self.servers = ServerChoice(settings)
        self.username = QLineEdit(settings.username)
        self.password = PasswordField()
        self.remember = QCheckBox()
        self.remember.setChecked(settings.text("remember") == "yes")
        self.button = push_button("primary")
        self.message = MessageBar()
        self._lay_out()
        self.servers.chosen.connect(self.look)
        self.button.clicked.connect(self.sign_in)
        for field in (self.username, self.password):
            field.textEdited.connect(lambda _text: self._typing())
        self.username.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.sign_in)
        self.retranslate()
        (self.password if settings.username else self.username).setFocus()

    def start(self) -> None:
        """Look at the chosen server, and take up a remembered session on it."""
        self._tasks.run("sign-in/memory", lambda _task: SessionMemory.of_the_system(), self._found)
        self.look()

    def look(self) -> None:
        """Ask the chosen server how it stands."""
        try:
            address = self.servers.address()
        except InvalidError:
            self.servers.show_state("failed", not_an_address)
            return
        self.servers.show_state("waiting", starting if not address else connecting)
        self._tasks.run(
            "sign-in/look",
            lambda _task: self._looked_at(address),
            self._show_status,
            lambda error: self._show_unreachable(address, error),
        )

    def sign_in(self) -> None:
        """Sign in with what is typed."""
        try:
            address = self.servers.address()
        except InvalidError:
            self._fail(not_an_address)
            return
        username, password = self.username.text().strip(), self.password.text()
        if not username or not password:
            self._fail(incomplete)
            return
        keeps = self.remember.isChecked()
        self._attempts += 1
        self._tasks.cancel("sign-in/resume")

        def work(_task: Task) -> "Server":
            server = self._connect(address)
            server.sign_in(username, password)
            with self._keeping:
                if self._memory is not None:
                    if keeps:
                        self._memory.keep(address, server.refresh_token)
                    else:
                        self._memory.forget(address)
            return server

        self._show_busy(busy=True)
        self.message.clear()
        self._tasks.run("sign-in/go", work, self._done, self._failed)

    def kept_session(self) -> "tuple[SessionMemory, str] | None":
        """The store and address under which the session was remembered, if it was."""
        memory = self._memory
        if memory is None or not memory.available or not self.remember.isChecked():
            return None
        return memory, self.servers.address()

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self.setWindowTitle(tr("Sign in – Klinika Pro"))
        self._title.setText(tr("Sign in"))
        self.button.setText(tr("Sign in"))
        self.remember.setText(tr("Stay signed in on this computer"))
        self._show_memory()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Drop what is under way."""
        self._tasks.cancel("sign-in")
        super().closeEvent(event)

    # --- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.resize(900, 640)
        self._title = label(tone="title")
        self._memory_hint = label(tone="faint", wrap=True)
        form = QVBoxLayout()
        form.setContentsMargins(tokens.XXL, tokens.XL, tokens.XXL, tokens.XXL)
        form.setSpacing(tokens.L)
        form.addWidget(LanguageChoice(self._settings), 0, Qt.AlignmentFlag.AlignRight)
        form.addStretch(1)
        form.addWidget(self._title)
        form.addWidget(self.message)
        form.addWidget(self.servers)
        form.addWidget(Field(self.username, lambda: tr("User name")))
        form.addWidget(Field(self.password, lambda: tr("Password")))
        form.addWidget(self.remember)
        form.addWidget(self._memory_hint)
        form.addSpacing(tokens.S)
        form.addWidget(self.button)
        form.addStretch(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(BrandPanel())
        row.addLayout(form, 1)

    def _show_busy(self, *, busy: bool) -> None:
        for control in (self.button, self.username, self.password, self.servers, self.remember):
            control.setEnabled(not busy)
        self._show_memory()
        self.button.setText(tr("Signing in…") if busy else tr("Sign in"))

    def _show_memory(self) -> None:
        memory = self._memory
        absent = memory is not None and not memory.available
        if absent:
            self.remember.setChecked(False)
            self.remember.setEnabled(False)
        self._memory_hint.setVisible(absent)
        self._memory_hint.setText(
            tr("This computer has no safe password store: you sign in at each start.")
        )

    # --- answers ---------------------------------------------------------------------------------

    def _looked_at(self, address: str) -> "tuple[Server, ServerStatus]":
        server = self._connect(address)
        return server, server.status()

    def _show_status(self, answer: "tuple[Server, ServerStatus]") -> None:
        server, status = answer
        kind = "ready" if is_private(server.base_url) else "open"
        self.servers.show_state(kind, lambda: ready_text(server.base_url, status.version))
        if status.needs_setup:
            self.needs_setup.emit(server)
            return
        self._resume()

    def _show_unreachable(self, address: str, error: Exception) -> None:
        self.servers.show_state("failed", lambda: tr("Not reachable"))
        text = error_text if address else local_failure_text
        self._is_about_typing = False
        self.message.show_message("error", lambda: text(error), lambda: tr("Try again"), self.look)

    def _found(self, memory: SessionMemory) -> None:
        self._memory = memory
        self._show_memory()
        self._resume()

    def _resume(self) -> None:
        """Take up the remembered session once both the store and the server have answered."""
        memory = self._memory
        if memory is None or not memory.available:
            return
        if self._tasks.running("sign-in/look") or self._tasks.running("sign-in/go"):
            return
        try:
            address = self.servers.address()
        except InvalidError:
            return

        attempts = self._attempts

        def work(task: Task) -> "tuple[Server, Grant] | None":
            token = memory.recall(address)
            if not token or task.cancelled():
                return None
            server = self._connect(address)
            try:
                grant = server.renewed(token)
            except UnauthenticatedError:
                grant = None
            with self._keeping:
                if attempts != self._attempts:  # somebody signs in: the store is theirs now
                    return None
                if grant is None:
                    memory.forget(address)
                    return None
                memory.keep(address, grant.refresh_token)
            return server, grant

        self._tasks.run("sign-in/resume", work, self._resumed, lambda _error: None)

    def _resumed(self, answer: "tuple[Server, Grant] | None") -> None:
        if answer is not None and not self._tasks.running("sign-in/go"):
            server, grant = answer
            server.adopt(grant)
            self._done(server)

    def _done(self, server: "Server") -> None:
        self._show_busy(busy=False)
        self.password.clear()
        self.servers.remember(self.servers.address())
        self._settings.username = server.account.username if server.account else ""
        self._settings.set_text("remember", "yes" if self.remember.isChecked() else "no")
        self._settings.sync()
        self.signed_in.emit(server)

    def _failed(self, error: Exception) -> None:
        self._show_busy(busy=False)
        if isinstance(error, UnauthenticatedError):
            self.password.selectAll()
        self._fail(lambda: sign_in_error_text(error))
        self.password.setFocus()

    def _fail(self, text: Callable[[], str]) -> None:
        self._is_about_typing = True
        self.message.show_message("error", text)

    def _typing(self) -> None:
        """What was wrong with the words typed before is no longer of interest."""
        if self._is_about_typing:
            self._is_about_typing = False
            self.message.clear()

"""The desktop from its start to its end: which window is on screen, and what lives behind it."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app import __version__
from app.heap import keep
from app.ui.context import Context, DesktopSettings
from app.ui.first_run.folders import INDEX
from app.ui.garbage import GarbageCollector
from app.ui.icons import icon
from app.ui.imports.panel import MakeFolders
from app.ui.language import switch_language
from app.ui.shell.servers import Servers
from app.ui.sign_in.keeper import SessionKeeper
from app.ui.sign_in.window import SignInWindow
from app.ui.tasks import Tasks
from app.ui.theme import tokens
from app.ui.theme.style import apply_theme

if TYPE_CHECKING:
    from app.client.server import Server
    from app.ui.main_window import MainWindow

WAKE_MS = 500
log = structlog.get_logger()


def run_desktop(
    data_dir: Path | None = None,
    *,
    make_samples: MakeFolders | None = None,
    settings_file: Path | None = None,
) -> int:
    """Open the program and answer its exit status when its last window is closed.

    `data_dir` is the archive's folder when it is not the one chosen in the assistant.
    """
    application = make_application()
    desktop = Desktop(DesktopSettings.open(settings_file), data_dir, make_samples)
    with ended_by_signals(application):
        try:
            desktop.start()
            return application.exec()
        finally:
            desktop.close()


def make_application() -> QApplication:
    """The Qt application in our theme, in a process that is ready to draw pictures."""
    keep()
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("klinika")
    application.setApplicationDisplayName("")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("klinika")
    apply_theme(application)
    application.setWindowIcon(icon("logo", tokens.ACCENT))
    GarbageCollector(application)
    return application


@contextlib.contextmanager
def ended_by_signals(application: QApplication) -> Iterator[None]:
    """Ctrl+C and a request to end close the program as its last window would."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_frame: application.quit())
    # Python only sees a signal when it runs: Qt alone would sleep through it.
    wake = QTimer(interval=WAKE_MS)
    wake.timeout.connect(lambda: None)
    wake.start()
    yield
    wake.stop()


class Desktop(QObject):
    """Shows one window at a time: the assistant, the sign-in, or the main window."""

    def __init__(
        self,
        settings: DesktopSettings,
        data_dir: Path | None = None,
        make_samples: MakeFolders | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.tasks = Tasks(self)
        self.window: QWidget | None = None
        self._make_samples = make_samples
        self._is_known = bool(data_dir or settings.data_dir)
        self._data_dir = data_dir or settings.data_dir or _default_folder()
        self.servers = Servers(self._data_dir)
        self._keeper: SessionKeeper | None = None

    def start(self) -> None:
        """Show the first window: the assistant where nothing was ever set up."""
        switch_language(self.settings.language)
        has_archive = self._is_known and (self._data_dir / INDEX).exists()
        if has_archive or self.settings.server_address:
            self.show_sign_in()
        else:
            self.show_assistant()

    def show_sign_in(self) -> None:
        """Show the sign-in window, while this computer's server starts behind it."""
        window = SignInWindow(self.settings, self.tasks, self.servers.connect)
        window.signed_in.connect(self._signed_in)
        window.needs_setup.connect(self._needs_setup)
        self._show(window)
        window.start()

    def show_assistant(self, remote: "Server | None" = None) -> None:
        """Show the assistant that makes the first administrator."""
        from app.ui.first_run.window import FirstRunWindow

        window = FirstRunWindow(
            self.settings, self.tasks, self.servers.use_folder, self._data_dir, remote=remote
        )
        window.finished.connect(self._set_up)
        window.has_accounts.connect(self.show_sign_in)
        self._show(window)

    def show_main(self, server: "Server", *, with_samples: bool = False) -> None:
        """Show the main window of whoever is signed in on `server`."""
        from app.ui.main_window import MainWindow, Surroundings

        context = Context(server, self.tasks, self.settings)
        embedded = self.servers.embedded_of(server)
        window = MainWindow(context, Surroundings(embedded, self._make_samples))
        window.signed_out.connect(self._signed_out)
        self._show(window)
        if with_samples:
            window.start_samples()

    def close(self) -> None:
        """Close the window, what runs behind it, and leave the server."""
        if self._keeper is not None:
            self._keeper.close_keeper()
        self._drop(self.window)
        self.window = None
        self.settings.sync()
        self.tasks.close()
        self.servers.close()

    # --- what the windows tell -------------------------------------------------------------------

    def _signed_in(self, server: "Server") -> None:
        if isinstance(self.window, SignInWindow):
            kept = self.window.kept_session()
            if kept is not None:
                self._keeper = SessionKeeper(self.tasks, kept[0], server, kept[1])
        self.show_main(server)

    def _set_up(self, server: "Server", with_samples: bool) -> None:
        self.show_main(server, with_samples=with_samples)

    def _signed_out(self) -> None:
        if self._keeper is not None:
            self._keeper.forget()
            self._keeper = None
        self.show_sign_in()

    def _needs_setup(self, server: "Server") -> None:
        is_local = self.servers.embedded_of(server) is not None
        self.show_assistant(remote=None if is_local else server)

    # --- windows ---------------------------------------------------------------------------------

    def _show(self, window: QWidget) -> None:
        """Show `window` before the one on screen goes, so that the program does not end."""
        old, self.window = self.window, window
        window.show()
        self._drop(old)

    @staticmethod
    def _drop(window: "QWidget | MainWindow | None") -> None:
        if window is not None:
            window.close()
            window.deleteLater()


def _default_folder() -> Path:
    from app.settings import default_data_dir

    return default_data_dir()

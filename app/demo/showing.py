"""`klinika demo` with a screen: the program on the samples, with an account made for this once."""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from app.demo import samples
from app.domain.errors import ConfigurationError
from app.language import Language, current_language, tr
from app.server.store.datadir import locked
from app.ui.context import DesktopSettings
from app.ui.desktop import Desktop, ended_by_signals, make_application
from app.ui.language import switch_language

USERNAME = "demo"
GROUPS = 4
RUN, ARCHIVE = "demo-archive", "archive"


def show(data: Path | None, language: Language | None = None) -> int:
    """Open the program on the sample studies, or on `data`; answers its exit status.

    The archive is made anew each time and goes when the program ends; its one account has a
    password nobody knew before, which is shown in the window and on the terminal.
    """
    cache = Path(platformdirs.user_cache_dir("klinika", appauthor=False))
    application = make_application()
    settings = DesktopSettings.open(cache / "demo.ini")
    switch_language(language or settings.language)
    with _own_archive(cache) as archive:
        desktop = Desktop(
            settings,
            archive,
            lambda progress, cancelled: samples.generate(
                cache / "samples", progress=progress, cancelled=cancelled
            ),
        )
        try:
            password = _enter(desktop, data)
            print(_account_text(password), flush=True)  # noqa: T201 - told to who started the demo
            with ended_by_signals(application):
                return int(application.exec())
        finally:
            desktop.close()


@contextlib.contextmanager
def _own_archive(cache: Path) -> Iterator[Path]:
    """A folder of this run alone; what killed runs left behind goes."""
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob(f"{RUN}*"):
        with contextlib.suppress(ConfigurationError), locked(old), locked(old / ARCHIVE):
            shutil.rmtree(old, ignore_errors=True)
    run = Path(tempfile.mkdtemp(prefix=f"{RUN}-", dir=cache))
    try:
        with locked(run):
            yield run / ARCHIVE
    finally:
        shutil.rmtree(run, ignore_errors=True)


def _enter(desktop: Desktop, data: Path | None) -> str:
    """Make the account, sign in with it and show the main window; answers the password."""
    password = "-".join(secrets.token_hex(2) for _ in range(GROUPS))
    server = desktop.servers.connect("")
    server.create_first_administrator(USERNAME, tr("Demo account", current_language()), password)
    server.sign_in(USERNAME, password)
    desktop.show_main(server, with_samples=data is None)
    window = desktop.window
    window.message.show_message("info", lambda: _account_text(password))
    if data is not None:
        window.imports.start([data])
    return password


def _account_text(password: str) -> str:
    return tr(
        "You are signed in as {username}. Password of this run: {password}",
        username=USERNAME,
        password=password,
    )

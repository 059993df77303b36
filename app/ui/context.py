"""What every page gets: the server, the runner of background work, and the desktop's settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QLocale, QSettings

from app.language import Language
from app.ui.tasks import Tasks

if TYPE_CHECKING:  # the HTTP client is not needed to show the first window
    from app.client.server import Server


class DesktopSettings:
    """What this desktop remembers of one person's choices; never a secret, never patient data."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @classmethod
    def open(cls, file: Path | None = None) -> "DesktopSettings":
        """The settings in `file`, or those of this user."""
        if file is not None:
            return cls(QSettings(str(file), QSettings.Format.IniFormat))
        scope = QSettings.Scope.UserScope
        return cls(QSettings(QSettings.Format.IniFormat, scope, "klinika", "desktop"))

    @property
    def language(self) -> Language:
        """The language chosen, else the system's when we have it, else English."""
        system = QLocale.system().name()[:2]
        value = self.text("language", system)
        return Language(value) if value in list(Language) else Language.EN

    @language.setter
    def language(self, language: Language) -> None:
        self.set_text("language", language.value)

    @property
    def data_dir(self) -> Path | None:
        """The archive folder chosen in the assistant."""
        value = self.text("data_dir")
        return Path(value) if value else None

    @data_dir.setter
    def data_dir(self, folder: Path) -> None:
        self.set_text("data_dir", str(folder))

    @property
    def server_addresses(self) -> tuple[str, ...]:
        """Servers of a clinic this desktop has signed in to, the last first."""
        return tuple(line for line in self.text("server_addresses").split("\n") if line)

    @server_addresses.setter
    def server_addresses(self, addresses: tuple[str, ...]) -> None:
        self.set_text("server_addresses", "\n".join(addresses))

    @property
    def server_address(self) -> str:
        """The server last signed in to; empty for this computer."""
        return self.text("server_address")

    @server_address.setter
    def server_address(self, address: str) -> None:
        self.set_text("server_address", address)

    @property
    def username(self) -> str:
        """Who signed in last."""
        return self.text("username")

    @username.setter
    def username(self, name: str) -> None:
        self.set_text("username", name)

    def text(self, key: str, default: str = "") -> str:
        """A text kept under `key`."""
        return str(self._store.value(key, default) or default)

    def set_text(self, key: str, value: str) -> None:
        """Keep a text under `key`."""
        self._store.setValue(key, value)

    def layout(self, key: str) -> QByteArray:
        """A window's geometry or a splitter's sizes, as Qt saved them; empty when never saved."""
        value = self._store.value(f"layout/{key}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_layout(self, key: str, state: QByteArray) -> None:
        """Keep a window's geometry or a splitter's sizes."""
        self._store.setValue(f"layout/{key}", state)

    def sync(self) -> None:
        """Write everything to disk now."""
        self._store.sync()


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to every page; what a page may use of the world outside it."""

    server: "Server"
    tasks: Tasks
    settings: DesktopSettings

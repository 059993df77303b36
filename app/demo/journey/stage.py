"""What every chapter works with: the desktop, the material, the people, and the protocol."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.client.note import Note, read_note
from app.client.server import Server
from app.demo import hands
from app.demo.journey.phrases import PHRASES, Phrases
from app.demo.material import Material
from app.demo.steps import Protocol, StepFailedError
from app.domain.access import Account, Role
from app.language import Language
from app.ui.desktop import Desktop
from app.ui.main_window import MainWindow

WIDTH, HEIGHT = 1366, 768
"""The screen of a small office PC."""
PEOPLE = {
    Role.ADMIN: Account("chief", "Марина Орлова", Role.ADMIN),
    Role.DOCTOR: Account("sokolova", "Анна Соколова", Role.DOCTOR),
    Role.OPERATOR: Account("reception", "Пётр Климов", Role.OPERATOR),
}


def _new_password() -> str:
    """One that nobody knows before, and that holds every rule."""
    return f"{secrets.token_hex(4)}-Kpx-{secrets.token_hex(4)}"


@dataclass
class Stage:
    """The desktop under play and what the chapters remember for each other."""

    protocol: Protocol
    material: Material
    desktop: Desktop
    data_dir: Path
    passwords: dict[Role, str] = field(
        default_factory=lambda: {role: _new_password() for role in Role}
    )
    language: Language = Language.EN
    pdf: Path | None = None

    @property
    def phrases(self) -> Phrases:
        """What people write in this run's language."""
        return PHRASES[self.language]

    @property
    def own_folder(self) -> Path:
        """Where this run may write what goes with it."""
        return self.data_dir.parent

    @property
    def main(self) -> MainWindow:
        """The main window. Raises StepFailedError when another window is on screen."""
        window = self.desktop.window
        if not isinstance(window, MainWindow) or not window.isVisible():
            raise StepFailedError("the main window is not on screen")
        if window.width() != WIDTH:
            window.resize(WIDTH, HEIGHT)
            hands.settle()
        return window

    @property
    def server(self) -> Server:
        """The desktop's own way to its server."""
        return self.desktop.servers.connect("")

    @property
    def ae_title(self) -> str:
        """The DICOM node's name."""
        return self.server.status().ae_title

    def note(self) -> Note:
        """Where the embedded server is. Raises StepFailedError when there is none."""
        note = read_note(self.data_dir)
        if note is None:
            raise StepFailedError("the embedded server left no note")
        return note

    def client(self, role: Role) -> Server:
        """Another desktop's way to the server, signed in."""
        note = self.note()
        server = Server(note.url, note.secret)
        server.sign_in(PEOPLE[role].username, self.passwords[role])
        return server

    def picture(self, name: str, window: QWidget | None = None) -> None:
        """A numbered screenshot of a window, by default the main window."""
        shown = window or self.main
        hands.settle()
        shown.grab().save(str(self.protocol.picture(name)))

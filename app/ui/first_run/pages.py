"""The pages of the assistant; each says whether one may go on."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.language import LANGUAGE_NAMES, Language, current_language, tr
from app.ui.context import DesktopSettings
from app.ui.first_run.folders import FolderFinding, look_at
from app.ui.language import Translated, switch_language
from app.ui.tasks import Tasks
from app.ui.theme import tokens
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label, push_button
from app.ui.widgets.passwords import NewPassword


class Page(Translated, QWidget):
    """A title, a sentence and controls."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = label(tone="title", wrap=True)
        self._sentence = label(tone="dim", wrap=True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(tokens.L)
        self.column.addWidget(self._title)
        self.column.addWidget(self._sentence)

    def title(self) -> str:
        """The page's name, also in the list of steps."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What the page is for."""
        raise NotImplementedError

    def may_continue(self) -> bool:
        """Whether what is filled in is enough."""
        return True

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        self._title.setText(self.title())
        self._sentence.setText(self.sentence())


class LanguagePage(Page):
    """The five languages, in their own words."""

    def __init__(self, settings: DesktopSettings) -> None:
        super().__init__()
        self._settings = settings
        self.buttons = QButtonGroup(self)
        for number, name in enumerate(LANGUAGE_NAMES.values()):
            button = QRadioButton(name)
            self.buttons.addButton(button, number)
            self.column.addWidget(button)
        self.column.addStretch(1)
        self.buttons.idClicked.connect(self._chosen)
        self.retranslate()

    def title(self) -> str:
        """The page's name."""
        return tr("Language")

    def sentence(self) -> str:
        """What the page is for."""
        return tr("Welcome to Klinika Pro. You can change the language at any time from the menu.")

    def retranslate(self) -> None:
        """Mark the language of the moment, however it was chosen."""
        super().retranslate()
        shown = self.buttons.button(list(LANGUAGE_NAMES).index(current_language()))
        shown.setChecked(True)

    def _chosen(self, number: int) -> None:
        language = list(LANGUAGE_NAMES)[number]
        self._settings.language = Language(language)
        switch_language(language)


class FolderPage(Page):
    """Where images and reports are kept."""

    def __init__(self, tasks: Tasks, folder: Path) -> None:
        super().__init__()
        self._tasks = tasks
        self._finding: FolderFinding | None = None
        self.path = QLineEdit(str(folder))
        self._browse = push_button("", "folder")
        self._browse.clicked.connect(self._ask)
        self._field = Field(self.path, lambda: tr("Folder"))
        row = QHBoxLayout()
        row.addWidget(self._field, 1)
        self.column.addLayout(row)
        self.column.addWidget(self._browse, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)
        self.path.textChanged.connect(self.look)
        self.retranslate()
        self.look()

    def title(self) -> str:
        """The page's name."""
        return tr("Archive folder")

    def sentence(self) -> str:
        """What the page is for."""
        return tr("Images and reports are kept in this folder. Choose a disk with much space.")

    def folder(self) -> Path:
        """The folder typed or chosen."""
        return Path(self.path.text().strip()).expanduser()

    def may_continue(self) -> bool:
        """Whether the folder was looked at and can be written to."""
        return self._finding is not None and self._finding.writable

    def look(self) -> None:
        """Look at the folder, in the background: it may be on a slow disk."""
        self._finding = None
        self.changed.emit()
        folder = self.folder()
        self._tasks.run("first-run/folder", lambda _task: look_at(folder), self._found)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self._browse.setText(tr("Choose folder…"))
        self._show()

    def _found(self, finding: FolderFinding) -> None:
        self._finding = finding
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        finding = self._finding
        if finding is None:
            self._field.show_hint("")
        elif not finding.writable:
            self._field.show_hint(
                tr("This folder can't be written to. Choose another one."), "error"
            )
        else:
            self._field.show_hint(
                self._finding_text(finding), "small" if finding.roomy else "warning"
            )

    @staticmethod
    def _finding_text(finding: FolderFinding) -> str:
        space = tr("{free:.0f} GB free", free=finding.free_bytes / 1e9)
        if finding.has_archive:
            return tr("{space} · an archive is here already and will be used", space=space)
        if not finding.roomy:
            return tr("{space} · that is little for an archive of images", space=space)
        return space

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Archive folder"), self.path.text())
        if chosen:
            self.path.setText(chosen)


class AdministratorPage(Page):
    """The first account; a server in the network also wants the token it printed."""

    def __init__(self, *, wants_token: bool) -> None:
        super().__init__()
        self.username = QLineEdit()
        self.full_name = QLineEdit()
        self.token = QLineEdit()
        self._wants_token = wants_token
        self.password = NewPassword(lambda: (self.username.text(), self.full_name.text()))
        names = QHBoxLayout()
        names.setSpacing(tokens.M)
        names.addWidget(Field(self.username, lambda: tr("User name")))
        names.addWidget(Field(self.full_name, lambda: tr("Full name")))
        self._token_field = Field(self.token, lambda: tr("Set-up token, printed by the server"))
        self._token_field.setVisible(wants_token)
        self.column.addLayout(names)
        self.column.addWidget(self.password)
        self.column.addWidget(self._token_field)
        self.column.addStretch(1)
        for field in (self.username, self.full_name):
            field.textChanged.connect(self.password.check)
        self.token.textChanged.connect(lambda _text: self.changed.emit())
        self.password.changed.connect(self.changed.emit)
        self.retranslate()

    def title(self) -> str:
        """The page's name."""
        return tr("Administrator")

    def sentence(self) -> str:
        """What the page is for."""
        return tr("The first account may do everything, and makes the accounts of the others.")

    def may_continue(self) -> bool:
        """Whether everything is filled in and the password is good."""
        filled = bool(self.username.text().strip() and self.full_name.text().strip())
        return (
            filled
            and self.password.is_good()
            and (not self._wants_token or bool(self.token.text()))
        )


class SamplesPage(Page):
    """Whether to begin with sample studies."""

    def __init__(self) -> None:
        super().__init__()
        self.with_samples = QRadioButton()
        self.with_samples.setChecked(True)
        self.empty = QRadioButton()
        self._with_hint = label(tone="small", wrap=True)
        self._empty_hint = label(tone="small", wrap=True)
        for button, hint in (
            (self.with_samples, self._with_hint),
            (self.empty, self._empty_hint),
        ):
            hint.setContentsMargins(tokens.XL, 0, 0, tokens.S)
            self.column.addWidget(button)
            self.column.addWidget(hint)
        self.column.addStretch(1)
        self.retranslate()

    def title(self) -> str:
        """The page's name."""
        return tr("Sample studies")

    def sentence(self) -> str:
        """What the page is for."""
        return tr("Everything is ready. Do you want some studies to try the program on?")

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.with_samples.setText(tr("Add sample studies"))
        self._with_hint.setText(
            tr("CT, MR, PET, ultrasound and X-ray of made-up patients, computed on this machine.")
        )
        self.empty.setText(tr("Start with an empty archive"))
        self._empty_hint.setText(tr("You can add the samples later from the File menu."))

"""The top of the panel: what this is, whose it is, and whether it is saved."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from app.domain.access import Account
from app.domain.report import Report, ReportState
from app.domain.study import Study, display_name
from app.language import LANGUAGE_NAMES, Language, current_language, tr
from app.report.templates import Template
from app.report.wording import age_text, date_text, sex_text
from app.ui.language import Translated
from app.ui.patients import number_beside_name
from app.ui.reporting.autosave import Autosave, SaveState
from app.ui.texts import error_text, report_state_text
from app.ui.theme import tokens
from app.ui.widgets.chip import REPORT_STATE_LOOKS, Chip
from app.ui.widgets.labels import label, name_control, set_look, surface, tool_button

SHORT = (SaveState.SAVED, SaveState.SAVING, SaveState.CONFLICT)
"""What is said in a word beside the title; of a clash the panel's notice tells more."""


def save_text(autosave: Autosave) -> tuple[str, str]:
    """What is said of the text's safety, and in which tone."""
    state, kept = autosave.state, autosave.kept
    if state is SaveState.SAVED:
        return (tr("Saved {time}", time=clock(autosave.saved_at)), "small")
    if state is SaveState.SAVING:
        return (tr("Saving…"), "small")
    if state is SaveState.CONFLICT:
        return (tr("Not saved"), "warning")
    if state is SaveState.OFFLINE:
        why = tr("Not saved: the server does not answer")
    else:
        why = tr("Not saved: {reason}", reason=error_text(autosave.error or Exception()))
    where = tr("kept on this computer") if kept else tr("and this computer's disk refuses it too")
    return (f"{why.rstrip('.')}, {where}", "warning" if kept else "error")


def clock(moment: datetime | None) -> str:
    """The local time of day."""
    return f"{moment.astimezone():%H:%M}" if moment else ""


def moment_line(moment: datetime | None) -> str:
    """Local date and time in the desktop's language."""
    if moment is None:
        return ""
    return f"{date_text(moment.astimezone().date(), current_language())} {clock(moment)}"


class PanelHead(Translated, QWidget):
    """Title, state, patient, examination, and the chooser of template and language."""

    template_chosen = Signal(str)
    language_chosen = Signal(object)
    version_chosen = Signal(object)

    def __init__(self, study: Study, account: Account | None) -> None:
        super().__init__()
        self._study, self._account = study, account
        self._report: Report | None = None
        self._versions: Sequence[Report] = ()
        self._autosave: Autosave | None = None
        self.chip = Chip()
        self.saved = label(tone="small")
        self.told = label(tone="small", wrap=True)
        self._title = label(tone="heading")
        self._name = label(tone="strong", wrap=True)
        self._patient = label(tone="small", wrap=True)
        self._examination = label(tone="small", wrap=True)
        self.history = tool_button("history")
        self.history.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self.history.setMenu(self._menu)
        self.template, self.language = QComboBox(), QComboBox()
        for language in Language:
            self.language.addItem(LANGUAGE_NAMES[language], language)
        self._choosers = QWidget()
        self._build()
        self.template.activated.connect(
            lambda index: self.template_chosen.emit(self.template.itemData(index))
        )
        self.language.activated.connect(
            lambda index: self.language_chosen.emit(self.language.itemData(index))
        )
        self.retranslate()

    def show_report(self, report: Report | None, versions: Sequence[Report]) -> None:
        """Show the state of `report` and which versions there are."""
        self._report, self._versions = report, versions
        self.retranslate()

    def show_choosers(
        self, templates: Sequence[Template], key: str, language: Language | None
    ) -> None:
        """Offer `templates`, the one named `key` chosen; no language hides both choosers."""
        self._choosers.setVisible(language is not None)
        if language is None:
            return
        self.template.clear()
        for template in templates:
            self.template.addItem(template.name, template.key)
        self.template.setCurrentIndex(self.template.findData(key))
        self.language.setCurrentIndex(self.language.findData(language))

    def show_saved(self, autosave: Autosave | None) -> None:
        """Say whether what is written is safe, or who signed what is not being written."""
        self._autosave = autosave
        text, tone = save_text(autosave) if autosave else (self._signature(), "small")
        # What fits stands beside the title; a trouble gets a line of its own.
        short = autosave is not None and autosave.state in SHORT
        self.saved.setText(text if short else "")
        self.told.setText("" if short else text)
        self.told.setVisible(bool(self.told.text()))
        for one in (self.saved, self.told):
            set_look(one, "tone", tone)

    def retranslate(self) -> None:
        """Build the texts again."""
        language, study = current_language(), self._study.summary
        self._title.setText(tr("Report"))
        state = self._report.state if self._report else None
        self.chip.show_state(report_state_text(state), REPORT_STATE_LOOKS[state])
        self._name.setText(display_name(study.patient_name) or tr("No name"))
        age = age_text(study.birth_date, study.study_date, language)
        number = number_beside_name(study)
        self._patient.setText(_joined(sex_text(study.sex, language), age, number))
        date = date_text(study.study_date, language)
        self._examination.setText(_joined(", ".join(study.modalities), study.description, date))
        name_control(self.template, tr("Template"))
        name_control(self.language, tr("Language of the report"))
        name_control(self.history, tr("Versions"))
        self.template.setPlaceholderText(tr("Template"))
        self._fill_menu()
        self.show_saved(self._autosave)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(tokens.S)
        top.addWidget(self._title)
        top.addWidget(self.chip)
        top.addStretch(1)
        top.addWidget(self.saved)
        top.addWidget(self.history)
        choosers = QHBoxLayout(self._choosers)
        choosers.setContentsMargins(0, tokens.S, 0, 0)
        choosers.setSpacing(tokens.S)
        self.template.setMinimumContentsLength(8)
        self.template.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        choosers.addWidget(self.template, 1)
        choosers.addWidget(self.language)
        frame = surface("bar")
        column = QVBoxLayout(frame)
        column.setContentsMargins(tokens.L, tokens.M, tokens.L, tokens.M)
        column.setSpacing(2)
        column.addLayout(top)
        for part in (self._name, self._patient, self._examination, self._choosers, self.told):
            column.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)

    def _signature(self) -> str:
        report = self._report
        if report is None or report.state is not ReportState.SIGNED:
            return ""
        when = moment_line(report.signed_at)
        return tr("Signed by {name}, {time}", name=self._name_of(report.signed_by), time=when)

    def _name_of(self, username: str) -> str:
        """The full name where it is known: the server tells others' by their account only."""
        own = self._account is not None and self._account.username == username
        return (self._account.full_name or username) if own else username

    def _fill_menu(self) -> None:
        self._menu.clear()
        for report in self._versions:
            who = self._name_of(report.signed_by or report.author)
            when = moment_line(report.signed_at or report.updated_at)
            state = report_state_text(report.state)
            text = tr("Version {version}", version=report.version)
            action = self._menu.addAction(f"{text} · {state} · {who} · {when}")
            action.setEnabled(report.state is ReportState.SIGNED)
            action.triggered.connect(lambda _=False, one=report: self.version_chosen.emit(one))
        self.history.setVisible(len(self._versions) > 1)


def _joined(*parts: str) -> str:
    return "  ·  ".join(part for part in parts if part)

"""Before there is a report: which template, in which language."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QScrollArea, QVBoxLayout

from app.domain.report import ReportContent
from app.domain.study import Study
from app.language import LANGUAGE_NAMES, Language, current_language, tr
from app.report.templates import Template, fill, main_modality, suggested, templates_for
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label, name_control, push_button, surface


def templates_of(study: Study, language: Language) -> Sequence[Template]:
    """The templates that suit the study's modality."""
    return templates_for(main_modality(study.summary), language)


_STYLE = f"""
QListWidget {{ background: {tokens.WINDOW}; border: 1px solid {tokens.LINE};
  border-radius: {tokens.RADIUS}px; padding: {tokens.XS - 1}px; }}
QListWidget:focus {{ border-color: {tokens.ACCENT}; }}
QListWidget::item {{ border-radius: {tokens.RADIUS_S}px; }}
"""


class StartPage(Translated, QScrollArea):
    """Offers the templates of the modality, the one that suits the body part first chosen."""

    started = Signal(object)
    """The ReportContent to begin with."""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self._study = study
        page = surface("panel")
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._title, self._body = label(tone="heading"), label(tone="dim", wrap=True)
        self.templates = QListWidget()
        self.templates.setStyleSheet(_STYLE)
        self.templates.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.language = QComboBox()
        self.button = push_button("primary", "edit")
        self._list_label = label(tone="dim")
        for language in Language:
            self.language.addItem(LANGUAGE_NAMES[language], language)
        column = QVBoxLayout(page)
        column.setContentsMargins(tokens.L, tokens.L, tokens.L, tokens.L)
        column.setSpacing(tokens.S)
        column.addWidget(self._title)
        column.addWidget(self._body)
        column.addSpacing(tokens.S)
        column.addWidget(self._list_label)
        column.addWidget(self.templates)
        column.addSpacing(tokens.XS)
        column.addWidget(Field(self.language, lambda: tr("Language of the report")))
        column.addSpacing(tokens.S)
        column.addWidget(self.button)
        column.addStretch(1)
        self._chosen = False
        self.retranslate()
        self.language.activated.connect(self._choose)
        self.language.currentIndexChanged.connect(self._fill)
        self.templates.itemActivated.connect(lambda _item: self._start())
        self.button.clicked.connect(self._start)
        self._fill()

    @property
    def content(self) -> ReportContent:
        """A new report from what is chosen."""
        language = Language(self.language.currentData())
        row = max(self.templates.currentRow(), 0)
        template = templates_of(self._study, language)[row]
        return fill(template, self._study.summary, self._study.series)

    def set_busy(self, busy: bool) -> None:
        """Wait for the server."""
        self.setEnabled(not busy)

    def retranslate(self) -> None:
        """Build the texts again, the report's too unless a language was chosen for it."""
        if not self._chosen:
            self.language.setCurrentIndex(self.language.findData(current_language()))
        self._title.setText(tr("No report yet"))
        self._body.setText(
            tr("Choose a template. Patient and examination are filled in from the study.")
        )
        self._list_label.setText(tr("Template"))
        self.button.setText(tr("Start report"))
        name_control(self.templates, tr("Template"), tip=False)

    def _choose(self, _index: int) -> None:
        self._chosen = True

    def _fill(self) -> None:
        language = Language(self.language.currentData())
        templates = templates_of(self._study, language)
        best = suggested(templates, self._study.summary, self._study.series)
        chosen = self.templates.currentRow()
        self.templates.clear()
        for template in templates:
            item = QListWidgetItem(template.name)
            item.setSizeHint(QSize(0, tokens.ROW_HEIGHT))
            self.templates.addItem(item)
        row = chosen if chosen >= 0 else (templates.index(best) if best else 0)
        self.templates.setCurrentRow(row)
        self.templates.setFixedHeight(tokens.ROW_HEIGHT * len(templates) + 2 * tokens.XS)

    def _start(self) -> None:
        self.started.emit(self.content)

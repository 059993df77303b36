"""Another template, or another language, for a draft that has begun."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox

from app.domain.report import ReportContent
from app.domain.study import Study
from app.language import Language, tr
from app.report.templates import Template, fill
from app.ui.reporting.form import ReportForm
from app.ui.reporting.head import PanelHead
from app.ui.reporting.start import templates_of


class TemplateChoice(QObject):
    """Serves the two choosers of the panel's head; what was written is never replaced unasked."""

    used = Signal()
    """The form shows something else now."""

    def __init__(self, study: Study, form: ReportForm, head: PanelHead) -> None:
        super().__init__(form)
        self._study, self._form, self._head = study, form, head
        head.template_chosen.connect(self.choose_template)
        head.language_chosen.connect(self.choose_language)

    def offer(self, *, offered: bool) -> None:
        """Show the choosers with what the form has, or hide them."""
        language = self._form.language
        templates = templates_of(self._study, language)
        key = self._form.content.template
        self._head.show_choosers(templates, key, language if offered else None)

    def choose_language(self, language: Language) -> None:
        """Print in `language`; a template nobody has touched is taken in it."""
        content = self._form.content
        template = self._template(content.template, language)
        if template is not None and self._untouched():
            self._take(template)
        else:
            self._use(replace(content, language=language.value))

    def choose_template(self, key: str) -> None:
        """Begin again from the template `key`, after asking when something was written."""
        template = self._template(key, self._form.language)
        if template is None or key == self._form.content.template:
            return
        if self._untouched():
            self._take(template)
        else:
            self._ask(template)

    def _ask(self, template: Template) -> None:
        box = QMessageBox(self._form)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Template"))
        box.setText(tr("Replace your text with the template “{name}”?", name=template.name))
        box.setInformativeText(tr("Ctrl+Z in a section brings its text back."))
        replacing = box.addButton(tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(tr("Keep my text"), QMessageBox.ButtonRole.RejectRole)
        replacing.clicked.connect(lambda: self._take(template))
        box.finished.connect(lambda _: (self.offer(offered=True), box.deleteLater()))
        box.open()

    def _template(self, key: str, language: Language) -> Template | None:
        templates = templates_of(self._study, language)
        return next((template for template in templates if template.key == key), None)

    def _untouched(self) -> bool:
        """Whether the text is still the template's own, or nothing."""
        content = self._form.content
        template = self._template(content.template, self._form.language)
        if template is None or not content.sections:
            return not content.sections
        filled = fill(template, self._study.summary, self._study.series)
        return filled.sections == content.sections

    def _take(self, template: Template) -> None:
        filled = fill(template, self._study.summary, self._study.series)
        now = self._form.content
        self._use(replace(filled, key_images=now.key_images, measurements=now.measurements))

    def _use(self, content: ReportContent) -> None:
        self._form.show_content(content, undoable=True)
        self.offer(offered=True)
        self.used.emit()

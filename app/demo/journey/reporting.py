"""Chapter five: the report from its template to the signed PDF and its amendment."""

import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QFileDialog, QLineEdit

from app.demo import hands, paper
from app.demo.journey import others
from app.demo.journey.reading import desk, viewport
from app.demo.journey.stage import PEOPLE, Stage
from app.demo.steps import Step, StepFailedError, check
from app.domain.access import Role
from app.domain.errors import ConflictError
from app.domain.report import Heading, ReportState
from app.domain.study import display_name
from app.ui.reporting.panel import ReportPanel
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.sign_dialog import SignDialog

SIGNED_S = 2.0
AUTOSAVE_S = 5.0
LEAST_GREYS = 16
"""A page with letters on it has many shades at their edges, a blank one a single shade."""


def panel(stage: Stage) -> ReportPanel:
    """The report beside the images."""
    return hands.find(stage.main, ReportPanel)


def begin(stage: Stage, step: Step) -> None:
    """A template of the modality is chosen, patient and study fields are filled in."""
    report = panel(stage)
    hands.wait_for(lambda: report.pages.currentWidget() is report.start_page, "the templates")
    stage.picture("report-templates")
    offered = report.start_page.templates.count()
    hands.click(report.start_page.button)
    hands.wait_for(lambda: report.session.is_draft, "the draft")
    hands.wait_for(lambda: report.pages.currentWidget() is report.form, "the form")
    texts = report.form.sections.texts
    check(any(text.strip() for text in texts.values()), "the template brought no text")
    stage.picture("report-draft")
    step.saw(f"{offered} templates; “{report.form.content.template}” begun")


def insert(stage: Stage, step: Step) -> None:
    """One key image and one measurement, each with one key."""
    report, view = panel(stage), viewport(stage)
    hands.press(view, Qt.Key.Key_K)
    hands.wait_for(lambda: report.form.key_images.images, "the key image on the server")
    lines = desk(stage).state.lengths
    check(lines, "there is no measurement to insert")
    middle = _middle_of(stage)
    hands.press(view, Qt.Key.Key_W)
    hands.click(view, middle)
    hands.press(view, Qt.Key.Key_M)
    found = hands.wait_for(lambda: report.form.measurements.lines, "the measurement in the report")
    report.form.ensureWidgetVisible(report.form.key_images)
    stage.picture("report-key-image")
    step.saw(f"a key image; {found[0].value:.1f} {found[0].unit}")


def _middle_of(stage: Stage) -> QPoint:
    """A place on the measurement, which a click selects."""
    line, view = desk(stage).state.lengths[-1], viewport(stage)
    middle = ((line.start[0] + line.end[0]) / 2, (line.start[1] + line.end[1]) / 2)
    at, ratio = view.shown().view.to_view(middle), view.devicePixelRatioF()
    return QPoint(round(at[0] / ratio), round(at[1] / ratio))


def write(stage: Stage, step: Step) -> None:
    """What is typed is on the server within five seconds, without a hand on Save."""
    report = panel(stage)
    editor = report.form.sections.editors[Heading.IMPRESSION]
    hands.press(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    hands.press(editor, Qt.Key.Key_Return)
    words = stage.phrases.impression
    hands.write(editor, words)
    typed = time.monotonic()
    hands.wait_for(lambda: not report.session.autosave.pending, "the draft to be saved", 20)
    seconds = time.monotonic() - typed
    kept = stage.server.reports(stage.material.study.study_uid)[0].content
    check(words in kept.sections[Heading.IMPRESSION], "the typed text is not on the server")
    check(seconds <= AUTOSAVE_S, f"it took {seconds:.1f} s, more than {AUTOSAVE_S:g} s")
    stage.picture("report-saved")
    step.saw(f"saved {seconds:.1f} s after the last letter")


def preview(stage: Stage, step: Step) -> None:
    """The pages as they will be printed; printed into a PDF, and saved as a file."""
    report = panel(stage)
    hands.click(report.foot.preview)
    window = hands.wait_for(lambda: hands.window(PreviewWindow), "the preview")
    hands.wait_for(window.save_button.isEnabled, "the pages", 30)
    hands.wait_for(lambda: window.pages.is_drawn, "the pages to be drawn", 30)
    papers = window.pages.papers
    stage.picture("report-preview", window)
    for number, sheet in enumerate(papers, 1):
        greys = np.unique(hands.pixels(sheet.grab().toImage()))
        check(greys.size > LEAST_GREYS, f"page {number} of the preview is blank")
    printed, saved = (stage.protocol.out / f"{name}.pdf" for name in ("printed", "saved"))
    _print(stage, window, printed)
    _save(window, saved)
    window.close()
    step.saw(f"{len(papers)} pages drawn, printed and saved")


def _print(stage: Stage, window: PreviewWindow, file: Path) -> None:
    """Print to a PDF printer."""
    hands.click(window.print_button)
    dialog = hands.wait_for(lambda: hands.window(QPrintDialog), "the print dialog")
    name = dialog.findChild(QLineEdit, "filename")
    check(name is not None and name.isVisible(), "the print dialog offers no PDF printer")
    name.setText(str(file))
    stage.picture("print-dialog", dialog)
    dialog.accept()
    pages = len(window.pages.papers)
    hands.wait_for(lambda: paper.page_count(file) == pages, "the printed pages", 30)


def _save(window: PreviewWindow, file: Path) -> None:
    """Save as a file."""
    hands.click(window.save_button)
    dialog = hands.wait_for(lambda: hands.window(QFileDialog), "the save dialog")
    hands.name_file(dialog, file)
    dialog.accept()
    pages = len(window.pages.papers)
    hands.wait_for(lambda: paper.page_count(file) == pages, "the saved file", 30)


def sign(stage: Stage, step: Step) -> None:
    """Signed with the re-entered password; a second desktop shows it within two seconds."""
    report = panel(stage)
    uid = stage.material.study.study_uid
    with others.desktop_of(stage, Role.OPERATOR) as other:
        model = other.worklist.model
        row = hands.wait_for(lambda: model.row_of(uid) + 1, "the study on the second desktop") - 1
        dialog = _fill_in(stage, report)
        hands.wait_for(lambda: hands.gone(dialog), "the signature", 30)
        hands.wait_for(
            lambda: model.row(row).report_state is ReportState.SIGNED,
            "the row to turn signed on the second desktop",
            SIGNED_S,
        )
        stage.picture("second-desktop", other)
    current = hands.wait_for(lambda: report.session.current, "the signed report")
    check(current.state is ReportState.SIGNED, "the report is not signed")
    stage.picture("report-signed")
    step.saw("a wrong password is refused; the row turned signed on a second desktop")


def _fill_in(stage: Stage, report: ReportPanel) -> SignDialog:
    hands.click(report.foot.sign)
    dialog = hands.wait_for(lambda: hands.window(SignDialog), "the sign dialog")
    hands.write(dialog.password, "a wrong password")
    hands.wait_for(dialog.sign_button.isEnabled, "the pages to be drawn", 30)
    hands.click(dialog.sign_button)
    hands.wait_for(dialog.password.isEnabled, "the refusal of a wrong password", 30)
    check(dialog.isVisible(), "a wrong password signs")
    hands.write(dialog.password, stage.passwords[Role.DOCTOR])
    stage.picture("report-sign", dialog)
    hands.click(dialog.sign_button)
    return dialog


def immutable(stage: Stage, step: Step) -> None:
    """A signed report can't be changed, in the window or past it."""
    report = panel(stage)
    editor = report.form.sections.editors[Heading.FINDINGS]
    before = editor.toPlainText()
    hands.write(editor, "changed")
    check(editor.toPlainText() == before, "the signed text can be typed in")
    signed = report.session.current
    try:
        stage.server.save_report(signed.report_id, signed.revision, signed.content)
    except ConflictError:
        step.saw("the window is read-only; the server answers: conflict")
        return
    raise StepFailedError("the server changed a signed report")


def check_pdf(stage: Stage, step: Step) -> None:
    """The PDF holds by the tools of others, and lies in the study as Encapsulated PDF."""
    signed = panel(stage).session.current
    pdf = stage.server.report_pdf(signed.report_id)
    stage.pdf = stage.protocol.out / "report.pdf"
    Path(stage.pdf).write_bytes(pdf)
    study = stage.material.study
    name = display_name(study.patient_name)
    clinic = stage.phrases.clinic.split(",")[0]  # a long name takes two lines
    texts = (name, study.patient_id, PEOPLE[Role.DOCTOR].full_name, clinic)
    paper.check_pdf(step, stage.pdf, texts)
    stored = stage.server.object_bytes(signed.pdf_sop_instance_uid)
    check(pdf in stored, "the study's object does not hold this PDF")
    series = stage.server.study(study.study_uid).series
    documents = [one for one in series if one.modality == "DOC"]
    check(documents, "the study has no document series")
    step.saw("Encapsulated PDF in the study")


def amend(stage: Stage, step: Step) -> None:
    """An amendment is a new version; the signed one stays."""
    report = panel(stage)
    hands.click(report.foot.amend)
    hands.wait_for(lambda: report.session.is_draft, "the amendment")
    versions = stage.server.reports(stage.material.study.study_uid)
    states = [one.state for one in versions]
    check(states == [ReportState.DRAFT, ReportState.SIGNED], "the versions are not two")
    editor = report.form.sections.editors[Heading.IMPRESSION]
    hands.press(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    hands.press(editor, Qt.Key.Key_Return)
    hands.write(editor, stage.phrases.amendment)
    stage.picture("report-amended")
    hands.click(report.foot.sign)
    dialog = hands.wait_for(lambda: hands.window(SignDialog), "the sign dialog")
    hands.write(dialog.password, stage.passwords[Role.DOCTOR])
    hands.wait_for(dialog.sign_button.isEnabled, "the pages to be drawn", 30)
    hands.click(dialog.sign_button)
    hands.wait_for(lambda: hands.gone(dialog), "the signature", 30)
    versions = stage.server.reports(stage.material.study.study_uid)
    check([one.version for one in versions] == [2, 1], "the amendment is not version 2")
    check(all(one.state is ReportState.SIGNED for one in versions), "not both are signed")
    step.saw("version 2 signed, version 1 unchanged")

"""Signing and amending against a real server; the stored PDF is the one that was signed."""

import subprocess
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from app.domain.errors import ConflictError
from app.domain.report import Heading, ReportContent, ReportState
from app.language import Language
from app.ui.language import switch_language
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.sign_dialog import SignDialog
from tests.ui.conftest import PASSWORD
from tests.ui.reporting.conftest import SECOND, SIGNER, Captured


def shown(panel, kind) -> QDialog:
    """The open dialog of a kind."""
    (dialog,) = [one for one in panel.findChildren(kind) if one.isVisible()]
    return dialog


def open_sign_dialog(panel, qtbot) -> SignDialog:
    panel.foot.sign.click()
    dialog = shown(panel, SignDialog)
    qtbot.waitUntil(lambda: dialog.pages.is_drawn)
    return dialog


def sign(panel, qtbot):
    dialog = open_sign_dialog(panel, qtbot)
    dialog.password.setText(PASSWORD)
    with qtbot.waitSignal(dialog.signed):
        dialog.sign_button.click()


def test_signing_needs_the_password_and_makes_the_report_read_only(
    a_draft, qtbot, server, a_study, a_png, tmp_path
):
    a_draft.insert_key_image(Captured(a_png, caption="Узел"))
    qtbot.waitUntil(lambda: not a_draft.uploads.pending)
    dialog = open_sign_dialog(a_draft, qtbot)
    assert not dialog.sign_button.isEnabled()
    dialog.password.setText("not it")
    dialog.sign_button.click()
    qtbot.waitUntil(lambda: "wrong" in dialog.field.findChildren(type(dialog._name))[-1].text())
    assert server.reports(a_study.summary.study_uid)[0].state is ReportState.DRAFT
    dialog.password.setText(PASSWORD)
    with qtbot.waitSignal(a_draft.report_changed) as told:
        dialog.sign_button.click()
    report = told.args[0]
    assert report.state is ReportState.SIGNED
    assert a_draft.head.chip.text() == "Signed"
    assert SIGNER in a_draft.head.told.text()
    assert a_draft.form.sections.editors[Heading.FINDINGS].isReadOnly()
    file = tmp_path / "report.pdf"
    file.write_bytes(server.report_pdf(report.report_id))
    text = subprocess.run(
        ["pdftotext", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Иванов Пётр" in text
    assert SIGNER in text
    assert "Draft" not in text
    subprocess.run(["qpdf", "--check", str(file)], check=True, capture_output=True)
    with pytest.raises(ConflictError):
        server.save_report(report.report_id, report.revision, ReportContent("en"))


def test_open_blanks_and_empty_sections_are_said_before_signing(a_draft, qtbot):
    a_draft.form.sections.editors[Heading.IMPRESSION].set_text("")
    dialog = open_sign_dialog(a_draft, qtbot)
    assert dialog._warning.text() == "4 blanks (___) are not filled in.\n“Impression” is empty."
    dialog.reject()


def test_an_amendment_is_a_new_version_and_the_old_one_stays(a_draft, qtbot, server, a_study):
    sign(a_draft, qtbot)
    qtbot.waitUntil(a_draft.foot.amend.isVisible)
    a_draft.foot.amend.click()
    qtbot.waitUntil(lambda: a_draft.session.is_draft)
    a_draft.form.sections.editors[Heading.IMPRESSION].set_text("Amended.")
    sign(a_draft, qtbot)
    second, first = server.reports(a_study.summary.study_uid)
    assert (first.version, second.version) == (1, 2)
    assert second.content.sections[Heading.IMPRESSION] == "Amended."
    assert first.content.sections[Heading.IMPRESSION] != "Amended."
    stored = server.report_pdf(first.report_id)
    assert stored != server.report_pdf(second.report_id)
    a_draft.head.version_chosen.emit(first)
    window = shown(a_draft, PreviewWindow)
    qtbot.waitUntil(window.print_button.isEnabled)
    assert window._pdf == stored
    window.close()


def test_a_report_changed_by_another_is_not_signed(a_draft, qtbot, signed_in, a_study):
    dialog = open_sign_dialog(a_draft, qtbot)
    other = signed_in(SECOND)
    report = other.reports(a_study.summary.study_uid)[0]
    theirs = ReportContent("en", sections={Heading.FINDINGS: "Theirs."})
    other.save_report(report.report_id, report.revision, theirs)
    dialog.password.setText(PASSWORD)
    with qtbot.waitSignal(dialog.stale):
        dialog.sign_button.click()
    qtbot.waitUntil(lambda: a_draft.form.content.sections == theirs.sections)
    assert "read the newest text" in a_draft.notice.text
    assert a_draft.session.is_draft


def test_something_new_for_a_signed_report_offers_an_amendment(a_draft, qtbot, a_png):
    sign(a_draft, qtbot)
    a_draft.insert_key_image(Captured(a_png))
    assert "Amend it" in a_draft.notice.text
    a_draft.notice.buttons[0].click()
    qtbot.waitUntil(lambda: a_draft.session.is_draft and not a_draft.uploads.pending)
    qtbot.waitUntil(lambda: not a_draft.session.autosave.pending)
    assert a_draft.session.current.version == 2
    assert len(a_draft.session.current.content.key_images) == 1


def test_who_signed_and_when_follow_the_language(a_draft, qtbot):
    assert a_draft.head.saved.text().startswith("Saved ")
    switch_language(Language.RU)
    assert a_draft.head.saved.text().startswith("Сохранено ")
    switch_language(Language.EN)
    sign(a_draft, qtbot)
    assert a_draft.head.told.text().startswith("Signed by ")
    switch_language(Language.DE)
    assert a_draft.head.told.text().startswith(f"Signiert von {SIGNER}")


def test_the_word_of_a_signature_goes_by_itself(a_draft, qtbot):
    a_draft.notice._soon.setInterval(200)
    sign(a_draft, qtbot)
    assert "is signed" in a_draft.notice.text
    qtbot.waitUntil(lambda: not a_draft.notice.text)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("is_signed", [False, True])
def test_no_button_below_the_report_is_cut_off(a_draft, qtbot, language, is_signed):
    if is_signed:
        sign(a_draft, qtbot)
    a_draft.resize(a_draft.minimumWidth(), 700)
    switch_language(language)
    foot = a_draft.foot
    shown_buttons = [button for button in foot.buttons.values() if button.isVisible()]
    qtbot.waitUntil(lambda: foot.width() == a_draft.width())
    QApplication.processEvents()
    for button in shown_buttons:
        assert button.width() >= button.sizeHint().width()
        assert button.text() or button.accessibleName()
        assert button.geometry().right() < foot.width()


def test_a_name_the_pdf_can_not_show_is_said_before_signing(a_draft, qtbot):
    session = a_draft.session
    session.study = replace(
        session.study, summary=replace(session.study.summary, patient_name="山田^太郎")
    )
    dialog = open_sign_dialog(a_draft, qtbot)
    assert "can't show the patient's name" in dialog._warning.text()

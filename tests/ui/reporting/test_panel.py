"""The report panel against a real server: beginning, writing, inserting, rights."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
)

from app.domain.errors import ForbiddenError
from app.domain.report import Heading, MeasurementLine, ReportContent, ReportState
from app.language import Language
from app.ui.language import switch_language
from app.ui.reporting.sign_dialog import SignDialog
from tests.ui.reporting.conftest import OPERATOR, SECOND, Captured

A_NODULE = MeasurementLine("Узел S3", 12.43, "mm", "Pixel spacing")


def saved(server, study):
    """The content the server keeps."""
    return server.reports(study.summary.study_uid)[0].content


def wait_saved(panel, qtbot):
    qtbot.waitUntil(lambda: not (panel.session.autosave.pending or panel.uploads.pending))


def test_the_template_of_the_body_part_is_offered_and_filled_in(panel, qtbot, server, a_study):
    assert panel.head.chip.text() == "No report"
    assert panel.start_page.templates.currentItem().text() == "CT chest"
    with qtbot.waitSignal(panel.report_changed) as told:
        panel.start_page.button.click()
    assert told.args[0].state is ReportState.DRAFT
    assert panel.head.chip.text() == "Draft"
    assert "24 Nov 2026" in panel.form.content.sections[Heading.TECHNIQUE]
    assert saved(server, a_study) == panel.form.content


def test_the_language_of_the_report_is_not_the_desktops(panel, qtbot, server, a_study):
    panel.start_page.language.setCurrentIndex(panel.start_page.language.findData(Language.DE))
    panel.start_page.button.click()
    qtbot.waitUntil(lambda: panel.session.is_draft)
    switch_language(Language.RU)
    assert saved(server, a_study).language == "de"
    assert "Thorax" in panel.form.content.sections[Heading.TECHNIQUE]


def test_typing_is_on_the_server_soon_after(a_draft, qtbot, server, a_study):
    editor = a_draft.form.sections.editors[Heading.FINDINGS]
    editor.set_text("")
    qtbot.keyClicks(editor, "A nodule of 12 mm.")
    assert a_draft.head.saved.text() == "Saving…"
    qtbot.waitUntil(
        lambda: saved(server, a_study).sections.get(Heading.FINDINGS) == "A nodule of 12 mm."
    )
    wait_saved(a_draft, qtbot)
    assert a_draft.head.saved.text().startswith("Saved ")


def test_one_action_begins_a_report_and_puts_a_key_image_into_it(
    panel, qtbot, server, a_study, a_png
):
    panel.insert_key_image(Captured(a_png, "1.2.3.4", 2, "Узел"))
    panel.insert_measurement(A_NODULE)
    qtbot.waitUntil(lambda: panel.session.is_draft)
    wait_saved(panel, qtbot)
    content = saved(server, a_study)
    (image,) = content.key_images
    assert (image.sop_instance_uid, image.frame, image.caption) == ("1.2.3.4", 2, "Узел")
    assert server.report_image(image.image_id) == a_png
    assert content.measurements == (A_NODULE,)
    assert content.sections[Heading.FINDINGS].count("Узел S3: 12.4 mm") == 1


def test_a_measurement_stands_on_the_line_after_the_cursor(a_draft):
    editor = a_draft.form.sections.editors[Heading.FINDINGS]
    editor.set_text("first\nlast")
    cursor = editor.textCursor()
    cursor.setPosition(2)
    editor.setTextCursor(cursor)
    a_draft.insert_measurement(A_NODULE)
    assert editor.toPlainText() == "first\nУзел S3: 12.4 mm\nlast"
    a_draft.form.measurements.remove(0)
    assert a_draft.form.content.measurements == ()


def test_key_images_are_captioned_ordered_and_removed(a_draft, qtbot, server, a_study, a_png):
    for caption in ("one", "two", "three"):
        a_draft.insert_key_image(Captured(a_png, caption=caption))
    wait_saved(a_draft, qtbot)
    strip = a_draft.form.key_images
    strip.cards[2].up.click()
    strip.cards[0].remove.click()
    strip.cards[0].caption.setText("")
    qtbot.keyClicks(strip.cards[0].caption, "3rd")
    wait_saved(a_draft, qtbot)
    assert [image.caption for image in saved(server, a_study).key_images] == ["3rd", "two"]
    with qtbot.waitSignal(a_draft.image_chosen) as chosen:
        strip.cards[0].thumbnail.click()
    assert chosen.args == ["1.2.3", 0]


def test_another_template_asks_before_it_replaces_what_was_written(a_draft, qtbot):
    a_draft.choice.choose_template("ct-head")
    assert "head" in a_draft.form.content.sections[Heading.TECHNIQUE]
    qtbot.keyClicks(a_draft.form.sections.editors[Heading.FINDINGS], " Mine.")
    a_draft.choice.choose_template("ct-abdomen")
    assert a_draft.form.content.sections[Heading.FINDINGS].endswith("Mine.")
    box = a_draft.form.findChild(QMessageBox)
    box.buttons()[0].click()
    assert a_draft.form.content.template == "ct-abdomen"
    a_draft.form.sections.editors[Heading.FINDINGS].undo()
    assert a_draft.form.content.sections[Heading.FINDINGS].endswith("Mine.")
    wait_saved(a_draft, qtbot)


def test_another_language_translates_an_untouched_template(a_draft, qtbot):
    a_draft.choice.choose_language(Language.RU)
    assert "грудной" in a_draft.form.content.sections[Heading.TECHNIQUE]
    qtbot.keyClicks(a_draft.form.sections.editors[Heading.FINDINGS], "Mine. ")
    a_draft.choice.choose_language(Language.FR)
    assert a_draft.form.content.language == "fr"
    assert "грудной" in a_draft.form.content.sections[Heading.TECHNIQUE]
    wait_saved(a_draft, qtbot)


def test_blanks_are_found_one_after_the_other(a_draft):
    seen = []
    for _ in range(4):
        assert a_draft.form.sections.next_blank()
        editor = a_draft.focusWidget()
        seen.append((editor.accessibleName(), editor.textCursor().selectedText()))
    assert [name for name, _ in seen] == ["Technique", "Technique", "Findings", "Indication"]
    assert {text for _, text in seen} == {"___"}


def test_keys_work_while_writing(a_draft, qtbot):
    editor = a_draft.form.sections.editors[Heading.IMPRESSION]
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_F2)
    assert editor.textCursor().selectedText() == ""
    assert a_draft.focusWidget().textCursor().selectedText() == "___"
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = a_draft.findChildren(SignDialog)
    dialog.reject()
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert not editor.hasFocus()
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.hasFocus()


def test_tab_walks_from_the_top_to_the_bottom(a_draft, qtbot, a_png):
    a_draft.insert_measurement(A_NODULE)
    a_draft.insert_key_image(Captured(a_png))
    wait_saved(a_draft, qtbot)
    order = []
    widget = a_draft.head.template
    while widget not in order:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and widget.isVisible() and widget.isEnabled():
            order.append(widget)
        widget = widget.nextInFocusChain()
    expected = [
        a_draft.head.template,
        a_draft.head.language,
        *a_draft.form.sections.editors.values(),
        *a_draft.form.measurements.findChildren(QAbstractButton),
        a_draft.form.key_images.cards[0].thumbnail,
        a_draft.form.key_images.cards[0].caption,
        a_draft.form.key_images.cards[0].remove,
        a_draft.foot.preview,
        a_draft.foot.print,
        a_draft.foot.export,
        a_draft.foot.sign,
    ]
    assert [one.accessibleName() or one.text() for one in order] == [
        one.accessibleName() or one.text() for one in expected
    ]


def test_an_operator_sees_no_report_and_the_server_refuses_one(open_panel, signed_in, a_study):
    operator = signed_in(OPERATOR)
    panel = open_panel(operator)
    assert panel.pages.currentWidget() is panel.empty
    assert not panel.foot.isVisible()
    with pytest.raises(ForbiddenError):
        operator.start_report(a_study.summary.study_uid, ReportContent("en"))
    with pytest.raises(ForbiddenError):
        operator.reports(a_study.summary.study_uid)
    panel.insert_measurement(A_NODULE)
    assert "may not write" in panel.notice.text


def test_what_another_desk_wrote_is_shown_when_nothing_waits_here(
    a_draft, qtbot, signed_in, a_study
):
    other = signed_in(SECOND)
    report = other.reports(a_study.summary.study_uid)[0]
    theirs = ReportContent("en", sections={Heading.FINDINGS: "From the other desk."})
    other.save_report(report.report_id, report.revision, theirs)
    a_draft.refresh()
    qtbot.waitUntil(lambda: a_draft.form.content.sections == theirs.sections)


def test_only_another_text_is_an_edit(a_draft, qtbot):
    with qtbot.assertNotEmitted(a_draft.form.edited, wait=200):
        a_draft.form.set_read_only(True)
        a_draft.form.set_read_only(False)
        a_draft.form.show_content(a_draft.form.content)
    assert not a_draft.session.autosave.pending


def test_what_is_shown_again_leaves_the_cursor_and_the_last_space(a_draft, qtbot):
    editor = a_draft.form.sections.editors[Heading.FINDINGS]
    editor.set_text("")
    qtbot.keyClicks(editor, "A nodule ")
    wait_saved(a_draft, qtbot)
    a_draft.form.show_content(a_draft.session.current.content)
    qtbot.keyClicks(editor, "of 12 mm.")
    assert editor.toPlainText() == "A nodule of 12 mm."


def test_a_late_answer_never_takes_back_what_was_written_meanwhile(a_draft, qtbot, tasks):
    a_draft.session.load()
    a_draft.form.sections.editors[Heading.FINDINGS].set_text("Written meanwhile.")
    key = f"report/{a_draft.session.uid}/load"
    qtbot.waitUntil(lambda: not tasks.running(key))
    assert a_draft.form.content.sections[Heading.FINDINGS] == "Written meanwhile."
    older = a_draft.session.versions
    wait_saved(a_draft, qtbot)
    a_draft.session._loaded(older, None)
    assert a_draft.form.content.sections[Heading.FINDINGS] == "Written meanwhile."


def test_every_control_has_a_name(a_draft, qtbot, a_png):
    a_draft.insert_key_image(Captured(a_png))
    a_draft.insert_measurement(A_NODULE)
    wait_saved(a_draft, qtbot)
    controls = [
        *a_draft.findChildren(QAbstractButton),
        *a_draft.findChildren(QPlainTextEdit),
        *a_draft.findChildren(QComboBox),
        *a_draft.findChildren(QLineEdit),
    ]
    shown = [one for one in controls if one.isVisible()]
    assert len(shown) > 15
    unnamed = [one for one in shown if not (one.accessibleName() or getattr(one, "text", str)())]
    assert unnamed == []

"""Closing a study: what the server does not have yet comes back when it is opened again."""

import threading
from datetime import UTC, datetime

from app.domain.errors import NotFoundError, UnavailableError
from app.domain.report import Heading, KeyImage, ReportContent
from app.ui.reporting.journal import Entry, Journal
from app.ui.tasks import QUICK_THREADS
from tests.ui.reporting.conftest import DOCTOR, Captured


def findings(content):
    return content.sections.get(Heading.FINDINGS, "")


def write(panel, text):
    panel.form.sections.editors[Heading.FINDINGS].set_text(text)


def journal_of(server, drafts):
    return Journal(drafts, server.place, DOCTOR)


def away(monkeypatch, server, call, error=None):
    """Let a call of the client fail until the test is over or undoes it."""

    def fail(*_arguments):
        raise error or UnavailableError("away")

    monkeypatch.setattr(server, call, fail)


def test_text_is_kept_though_no_thread_was_free_to_save_it(
    a_draft, open_panel, server, tasks, drafts
):
    release = threading.Event()
    try:
        for number in range(QUICK_THREADS):
            tasks.run(f"busy/{number}", lambda _: release.wait(30), lambda _: None)
        write(a_draft, "Typed while everything was busy.")
        assert not a_draft.session.autosave.flush(0.2)
        a_draft.session.close(0.1)
    finally:
        release.set()
    (kept,) = drafts.glob("*.json")
    assert "Typed while everything was busy." in kept.read_text()
    again = open_panel(server)
    assert findings(again.form.content) == "Typed while everything was busy."


def test_a_picture_that_was_not_sent_comes_back_and_is_sent(
    a_draft, open_panel, server, drafts, a_png, qtbot, monkeypatch
):
    away(monkeypatch, server, "put_report_image")
    a_draft.insert_key_image(Captured(a_png, caption="First words"))
    qtbot.waitUntil(lambda: list(drafts.glob("*.picture")) != [])
    a_draft.form.key_images.cards[0].caption.setText("Better words")
    a_draft.form.key_images.cards[0].caption.textEdited.emit("Better words")
    a_draft.close()
    monkeypatch.undo()
    again = open_panel(server)
    qtbot.waitUntil(lambda: [one.caption for one in again.form.key_images.images] != [])
    assert "back in the report" in again.notice.text
    (image,) = again.form.key_images.images
    assert (image.caption, image.sop_instance_uid) == ("Better words", "1.2.3")
    assert list(drafts.glob("*.picture")) == []
    assert server.report_image(image.image_id) == a_png


def test_closing_waits_a_little_for_a_picture_on_its_way(a_draft, server, a_png, drafts, a_study):
    a_draft.insert_key_image(Captured(a_png, caption="Quick"))
    a_draft.close()
    (report,) = server.reports(a_study.summary.study_uid)
    assert [one.caption for one in report.content.key_images] == ["Quick"]
    assert list(drafts.glob("*")) == []


def test_a_picture_that_is_sent_while_the_journal_is_read_is_there_once(
    panel, server, a_png, qtbot, monkeypatch
):
    pictures, put = panel.session.journal.pictures, server.put_report_image
    was_read, was_sent = threading.Event(), threading.Event()

    def read(uid):
        while not (kept := pictures(uid)):
            pass
        was_read.set()
        assert was_sent.wait(30)
        return kept

    def send(uid, png):
        assert was_read.wait(30)
        return put(uid, png)

    monkeypatch.setattr(panel.session.journal, "pictures", read)
    monkeypatch.setattr(server, "put_report_image", send)
    panel.insert_key_image(Captured(a_png, caption="Once"))
    strip = panel.form.key_images
    qtbot.waitUntil(lambda: strip.images != ())
    was_sent.set()
    key = f"report/{panel.session.uid}/kept-pictures"
    qtbot.waitUntil(lambda: not panel.session._context.tasks.running(key))
    assert (len(strip.images), strip.waiting) == (1, ())


def test_a_picture_that_is_taken_out_is_neither_kept_nor_sent(
    a_draft, server, monkeypatch, drafts, a_png, qtbot
):
    away(monkeypatch, server, "put_report_image")
    a_draft.insert_key_image(Captured(a_png))
    qtbot.waitUntil(lambda: list(drafts.glob("*.picture")) != [])
    a_draft.form.key_images.cards[0].remove.click()
    assert not a_draft.uploads.pending
    assert list(drafts.glob("*.picture")) == []


def test_only_a_passing_trouble_lets_a_picture_be_asked_for_again(
    a_draft, qtbot, server, monkeypatch
):
    asked = []
    strip = a_draft.form.key_images
    image = KeyImage("gone", "1.2")
    away(monkeypatch, server, "report_image", NotFoundError("no such picture"))
    told = server.report_image

    def count(image_id):
        asked.append(image_id)
        return told(image_id)

    monkeypatch.setattr(server, "report_image", count)
    strip.show_images((image,))
    a_draft.uploads.fetch()
    qtbot.waitUntil(lambda: asked == ["gone"])
    qtbot.wait(50)
    a_draft.uploads.fetch()
    qtbot.wait(50)
    assert asked == ["gone"]


def test_text_for_a_report_the_server_lacks_is_offered_and_nothing_begins_by_itself(
    server, open_panel, drafts, a_study, qtbot
):
    uid = a_study.summary.study_uid
    content = ReportContent("en", sections={Heading.FINDINGS: "Kept."})
    journal = journal_of(server, drafts)
    journal.write(Entry(uid, "unknown", 3, datetime.now(UTC), content))
    panel = open_panel(server)
    assert "kept a text for this study" in panel.notice.text
    assert server.reports(uid) == ()
    panel.notice.buttons[0].click()
    qtbot.waitUntil(lambda: panel.session.is_draft)
    assert findings(panel.form.content) == "Kept."


def test_text_for_a_report_the_server_lacks_can_be_discarded(
    server, open_panel, drafts, a_study, qtbot
):
    uid = a_study.summary.study_uid
    journal = journal_of(server, drafts)
    journal.write(Entry(uid, "unknown", 3, datetime.now(UTC), ReportContent("en")))
    panel = open_panel(server)
    panel.notice.buttons[1].click()
    qtbot.waitUntil(lambda: journal.read(uid) is None)
    assert server.reports(uid) == ()

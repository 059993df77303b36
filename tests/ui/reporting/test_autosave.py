"""What was typed is not lost: a killed desktop, a killed server, another doctor."""

import itertools
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from app.client.server import Server
from app.domain.report import Heading, ReportContent
from app.ui.reporting.autosave import SaveState
from app.ui.reporting.panel import ReportPanel
from tests.clinic import a_server
from tests.conftest import PATIENCE_S, REPOSITORY
from tests.server.documents import a_pdf
from tests.server.samples import an_object, study_uid
from tests.ui.conftest import PASSWORD
from tests.ui.reporting.conftest import DOCTOR, SECOND

_numbers = itertools.count(1)


def newest(server, study):
    return server.reports(study.summary.study_uid)[0]


def findings(content):
    return content.sections.get(Heading.FINDINGS, "")


def write(panel, text):
    panel.form.sections.editors[Heading.FINDINGS].set_text(text)


def test_a_killed_desktop_loses_only_what_it_typed_since_it_saved_while_typing(
    an_archive, server, a_study, tmp_path
):
    uid = a_study.summary.study_uid
    server.start_report(uid, ReportContent("en"))
    desktop = Server(an_archive.url, an_archive.secret)
    desktop.sign_in(DOCTOR, PASSWORD)
    command = [sys.executable, "-m", "tests.ui.reporting.typist"]
    arguments = [an_archive.url, an_archive.secret, desktop.refresh_token, uid, str(tmp_path)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [*command, *arguments], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
    ) as typist:
        saved, deadline = {""}, time.monotonic() + PATIENCE_S
        while len(saved) < 3:
            assert time.monotonic() < deadline
            saved.add(findings(newest(server, a_study).content))
            time.sleep(0.1)
        typist.send_signal(signal.SIGKILL)
        typed = typist.stdout.read().split()
    kept = findings(newest(server, a_study).content).split()
    assert kept == typed[: len(kept)]
    desktop.close()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """A server that the tests may kill, and a signed-in doctor."""
    with a_server(tmp_path_factory.mktemp("own")) as running:
        server = Server(running.url, running.secret)
        server.create_first_administrator("chief", "Chief", PASSWORD)
        server.sign_in("chief", PASSWORD)
        yield running, server
        server.close()


@pytest.fixture
def own_panel(qtbot, own_server, context_of, drafts):
    """A draft on that server, opened; the same study opens again with the answered function."""
    _running, server = own_server
    number = next(_numbers)
    server.store_object(an_object(study=number))
    study = server.study(study_uid(number))
    server.start_report(study.summary.study_uid, ReportContent("en"))
    panels = []

    def make():
        panel = ReportPanel(context_of(server), study)
        panels.append(panel)
        qtbot.addWidget(panel)
        qtbot.waitUntil(lambda: panel.session.is_draft)
        return panel

    yield make
    for panel in panels:
        panel.close()


def test_text_survives_on_this_computer_while_the_server_is_gone(
    qtbot, own_server, own_panel, drafts
):
    running, server = own_server
    panel = own_panel()
    os.kill(running.pid, signal.SIGKILL)
    write(panel, "Written into the void.")
    qtbot.waitUntil(lambda: panel.session.autosave.state is SaveState.OFFLINE)
    assert "kept on this computer" in panel.head.told.text()
    (file,) = drafts.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    write(panel, "Written into the void, and closed.")
    panel.close()

    running.restart()
    server.move_to(running.url, running.secret)
    again = own_panel()
    assert findings(again.form.content) == "Written into the void, and closed."
    assert "is back in the report" in again.notice.text
    qtbot.waitUntil(lambda: not again.session.autosave.pending)
    assert findings(newest(server, again.session.study).content) == findings(again.form.content)
    qtbot.waitUntil(lambda: not list(drafts.iterdir()))


def test_a_server_that_hangs_costs_no_text_either(qtbot, own_server, own_panel, drafts):
    running, server = own_server
    panel = own_panel()
    os.kill(running.pid, signal.SIGSTOP)
    try:
        write(panel, "First.")
        qtbot.waitUntil(lambda: any("First." in file.read_text() for file in drafts.glob("*.json")))
        write(panel, "Second.")
        qtbot.waitUntil(lambda: "Second." in next(drafts.iterdir()).read_text())
        qtbot.waitUntil(lambda: "kept on this computer" in panel.head.told.text())
    finally:
        os.kill(running.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: not panel.session.autosave.pending)
    assert findings(newest(server, panel.session.study).content) == "Second."
    qtbot.waitUntil(lambda: not list(drafts.iterdir()))


def test_a_session_that_ended_is_no_reason_to_lose_text(qtbot, own_server, own_panel, drafts):
    _running, server = own_server
    panel = own_panel()
    server.sign_out()
    try:
        write(panel, "Written signed out.")
        qtbot.waitUntil(lambda: panel.session.autosave.state is SaveState.REFUSED)
        assert "Your session has ended" in panel.head.told.text()
        assert "Written signed out." in next(drafts.iterdir()).read_text()
    finally:
        server.sign_in("chief", PASSWORD)
    qtbot.waitUntil(lambda: not panel.session.autosave.pending)
    assert findings(newest(server, panel.session.study).content) == "Written signed out."


@pytest.fixture
def a_clash(a_draft, qtbot, signed_in, a_study):
    """A draft the other doctor has changed, and into which this one goes on typing."""
    write(a_draft, "Common.")
    qtbot.waitUntil(lambda: not a_draft.session.autosave.pending)
    other = signed_in(SECOND)
    report = newest(other, a_study)
    theirs = ReportContent("en", sections={Heading.FINDINGS: "Theirs."})
    other.save_report(report.report_id, report.revision, theirs)
    write(a_draft, "Mine.")
    qtbot.waitUntil(lambda: a_draft.session.clash is not None)
    return a_draft


def test_a_stale_save_is_shown_and_overwrites_nothing(a_clash, server, a_study, drafts, qtbot):
    assert findings(newest(server, a_study).content) == "Theirs."
    assert findings(a_clash.form.content) == "Mine."
    assert "Someone else changed this report" in a_clash.notice.text
    assert not a_clash.foot.sign.isEnabled()
    write(a_clash, "Mine, still typing.")
    qtbot.waitUntil(lambda: "still typing" in next(drafts.iterdir()).read_text())
    assert findings(newest(server, a_study).content) == "Theirs."


def test_a_clash_ends_with_theirs(a_clash, server, a_study, drafts, qtbot):
    a_clash.notice.buttons[0].click()
    assert findings(a_clash.form.content) == "Theirs."
    write(a_clash, "Theirs, and more.")
    qtbot.waitUntil(lambda: findings(newest(server, a_study).content) == "Theirs, and more.")
    qtbot.waitUntil(lambda: not list(drafts.iterdir()))


def test_a_clash_ends_with_both(a_clash, server, a_study, qtbot):
    a_clash.notice.buttons[1].click()
    qtbot.waitUntil(lambda: not a_clash.session.autosave.pending)
    lines = findings(newest(server, a_study).content).split("\n")
    assert (lines[0], lines[2]) == ("Theirs.", "Mine.")
    assert lines[1].startswith("___ My text")
    assert a_clash.foot.sign.isEnabled()


def test_a_clash_left_open_is_asked_again(a_clash, open_panel, server, qtbot):
    a_clash.close()
    again = open_panel(server)
    qtbot.waitUntil(lambda: again.session.clash is not None)
    assert findings(again.form.content) == "Mine."
    again.notice.buttons[0].click()
    assert findings(again.form.content) == "Theirs."


def test_closing_saves_the_last_word(a_draft, server, a_study):
    write(a_draft, "The last word.")
    a_draft.close()
    assert findings(newest(server, a_study).content) == "The last word."


def test_a_report_signed_by_another_takes_mine_as_an_amendment(
    a_draft, server, signed_in, a_study, qtbot
):
    other = signed_in(SECOND)
    report = newest(other, a_study)
    now = datetime.now(UTC)
    other.sign_report(report.report_id, report.revision, PASSWORD, a_pdf(), now)
    write(a_draft, "Mine.")
    qtbot.waitUntil(lambda: a_draft.session.clash is not None)
    assert "was signed meanwhile" in a_draft.notice.text
    a_draft.notice.buttons[1].click()
    qtbot.waitUntil(lambda: a_draft.session.is_draft)
    versions = server.reports(a_study.summary.study_uid)
    assert [one.version for one in versions] == [2, 1]
    assert findings(versions[0].content) == "Mine."

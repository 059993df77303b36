"""Every control of every window has a name for screen readers, and text that fits."""

import pytest
from PySide6.QtWidgets import QLabel

from app.client.imports import Refusal
from app.domain.access import Role
from app.domain.ingest import RefusalReason
from app.domain.routing import RoutingRule
from app.domain.study import StudySummary
from app.language import Language
from app.ui.accounts.dialog import AccountsDialog
from app.ui.context import Context
from app.ui.deletions.request import DeletionRequestDialog
from app.ui.deletions.window import DeletionsWindow
from app.ui.first_run.window import FirstRunWindow
from app.ui.help.dialogs import AboutDialog, KeysDialog
from app.ui.imports.details import RefusalsDialog
from app.ui.language import switch_language
from app.ui.nodes.dialog import NodesDialog
from app.ui.quarantine.window import QuarantineWindow
from app.ui.queue.window import QueueWindow
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.sign_dialog import SignDialog
from app.ui.routing.trial import TrialDialog
from app.ui.routing.window import RoutingWindow
from app.ui.sign_in.window import SignInWindow
from app.ui.widgets.empty import EmptyState
from tests.ui.accessibility import nameless


def a_trial(context):
    """The dry run of a rule."""
    return TrialDialog(context, RoutingRule("", "CT", ("FAR",)))


def a_request(context):
    """Asking for a deletion."""
    return DeletionRequestDialog(context, StudySummary("1.2.3", "Иванов^Пётр"))


def test_the_sign_in_window(qtbot, desktop_settings, tasks):
    window = SignInWindow(desktop_settings, tasks, lambda _address: None)
    qtbot.addWidget(window)
    window.show()
    assert nameless(window) == []


def test_every_page_of_the_assistant(qtbot, desktop_settings, tasks, tmp_path):
    window = FirstRunWindow(desktop_settings, tasks, lambda _folder: None, tmp_path)
    qtbot.addWidget(window)
    window.show()
    for number in range(len(window.pages)):
        window._show_page(number)
        assert nameless(window) == []


def test_the_accounts(qtbot, client_of, tasks, desktop_settings):
    dialog = AccountsDialog(Context(client_of(Role.ADMIN), tasks, desktop_settings))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0)
    assert nameless(dialog) == []


def test_the_nodes(qtbot, client_of, tasks, desktop_settings):
    dialog = NodesDialog(Context(client_of(Role.ADMIN), tasks, desktop_settings))
    qtbot.addWidget(dialog)
    dialog.show()
    assert nameless(dialog) == []


@pytest.mark.parametrize(
    "make", [QueueWindow, QuarantineWindow, DeletionsWindow, RoutingWindow, a_trial, a_request]
)
def test_the_windows_of_the_archive(qtbot, client_of, tasks, desktop_settings, make):
    window = make(Context(client_of(Role.ADMIN), tasks, desktop_settings))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not tasks.running(getattr(window, "_key", "")))
    assert nameless(window) == []


@pytest.mark.parametrize("make", [KeysDialog, AboutDialog])
def test_the_help(qtbot, make):
    dialog = make()
    qtbot.addWidget(dialog)
    dialog.show()
    assert nameless(dialog) == []


def test_the_list_of_refused_files(qtbot):
    dialog = RefusalsDialog([Refusal("a.dcm", RefusalReason.CORRUPT)])
    qtbot.addWidget(dialog)
    dialog.show()
    assert nameless(dialog) == []


def test_a_draft_its_preview_and_its_signature(qtbot, a_reading):
    panel = a_reading.desk.report
    assert nameless(a_reading) == []
    panel.foot.preview.click()
    (preview,) = a_reading.findChildren(PreviewWindow)
    qtbot.waitUntil(lambda: bool(preview.pages.papers))
    assert nameless(preview) == []
    preview.reject()
    panel.foot.sign.click()
    (dialog,) = a_reading.findChildren(SignDialog)
    qtbot.waitUntil(lambda: bool(dialog.pages.papers))
    assert nameless(dialog) == []
    dialog.reject()


def test_the_planes_and_the_volume(qtbot, a_reading):
    page = a_reading.desk.page
    page.commands.actions["view.mpr"].trigger()
    qtbot.waitUntil(lambda: page.volumes._page is not None)
    assert nameless(a_reading) == []
    page.volumes.leave()


def test_a_long_sentence_of_an_empty_page_is_shown_whole(qtbot):
    empty = EmptyState()
    qtbot.addWidget(empty)
    empty.resize(900, 600)
    empty.show()
    empty.show_state("scanner", lambda: "Title", lambda: "One sentence after the other. " * 12)
    switch_language(Language.RU)
    for label in empty.findChildren(QLabel):
        if label.wordWrap() and label.isVisible():
            assert label.height() >= label.heightForWidth(label.width())

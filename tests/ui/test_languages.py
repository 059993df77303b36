"""Every text of every window is translated, and follows the language while it is open.

A pseudo-language marks whatever goes through the catalogue, so that what does not is seen.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from app.client.imports import ImportSummary, Refusal
from app.domain.access import Role
from app.domain.deletion import Deletion, DeletionState
from app.domain.errors import StorageFullError
from app.domain.ingest import RefusalReason, SourceKind
from app.domain.jobs import Job, JobState
from app.domain.quarantine import Quarantined, QuarantineReason
from app.domain.report import Heading
from app.domain.routing import RoutingRule
from app.domain.study import StudySummary
from app.language import LANGUAGE_NAMES, Language, tr
from app.report.wording import heading_text
from app.ui.accounts.dialog import AccountsDialog
from app.ui.context import Context
from app.ui.deletions.window import DeletionsWindow
from app.ui.first_run.window import FirstRunWindow
from app.ui.help.dialogs import AboutDialog, KeysDialog
from app.ui.imports.details import RefusalsDialog
from app.ui.imports.panel import ImportPanel
from app.ui.language import switch_language
from app.ui.main_window import MainWindow
from app.ui.nodes.dialog import NodesDialog
from app.ui.nodes.form import NAMES
from app.ui.quarantine.window import QuarantineWindow
from app.ui.queue.window import QueueWindow
from app.ui.reporting.preview import PreviewWindow
from app.ui.reporting.sign_dialog import SignDialog
from app.ui.routing.window import RoutingWindow
from app.ui.sign_in.window import SignInWindow
from app.ui.worklist.archives.filters import MODALITIES
from app.ui.worklist.columns import Column
from app.ui.worklist.view import WorklistView
from tests.ui.conftest import PASSWORD
from tests.ui.shown import texts

DATA = {
    *LANGUAGE_NAMES.values(),
    "Klinika Pro",
    "Scroll Left",  # Qt's, of a tab bar that never scrolls
    "Scroll Right",
    "Иванов Пётр",
    "Иванов Пётр – Klinika Pro",
    "Иван Смирнов",
    "P-17",
    "CT",
    "CT 1",
    *MODALITIES,
}
"""What is the same in every language: names, what images say of themselves, our own name."""


NOW = datetime.now(UTC)
QUARANTINED = Quarantined(
    "1", "1.2", "1.3", "1.4", QuarantineReason.CONTENT, 9, SourceKind.C_STORE, "CT1", NOW
)
DELETION = Deletion(
    "1",
    "1.4",
    "",
    "Ошибка",
    DeletionState.REQUESTED,
    "ivanov",
    NOW,
    StudySummary("1.4", "Иванов^Пётр"),
)
OF_THE_ARCHIVE = {"FAR", "CT1", "Ошибка", "ivanov", "petrova", "Ночью", "3"}


def stays(window: QWidget, data: set[str] = frozenset()) -> list[str]:
    """What stays as it is when the language is switched, or does not come back with it."""
    data = data | of_the_studies(window)
    english = texts(window)
    switch_language(Language.RU)
    QApplication.processEvents()
    switched = texts(window)
    kept = [
        f"{place}: {text}"
        for place, text in switched.items()
        if "§" not in text and english.get(place) == text and not is_data(text, data)
    ]
    switch_language(Language.EN)
    QApplication.processEvents()
    back = texts(window)
    frozen = [f"{place}: {text}" for place, text in back.items() if "§" in text]
    return kept + frozen


def untranslated(window: QWidget, data: set[str] = frozenset()) -> list[str]:
    """What a window that was made in the pseudo-language shows in English."""
    data = data | of_the_studies(window)
    return [
        f"{place}: {text}"
        for place, text in texts(window).items()
        if "§" not in text and not is_data(text, data)
    ]


def is_data(text: str, data: set[str]) -> bool:
    native = QKeySequence.SequenceFormat.NativeText
    is_key = QKeySequence.fromString(text, native).toString(native) == text
    return text in DATA or text in data or is_key


def of_the_studies(window: QWidget) -> set[str]:
    """What the rows of the worklist say of patients, also those that other tests sent."""
    columns = (Column.PATIENT, Column.PATIENT_ID, Column.MODALITY, Column.DESCRIPTION)
    told = {
        view.model().index(row, column).data()
        for view in window.findChildren(WorklistView)
        for row in range(view.model().rowCount())
        for column in columns
    }
    return told - {tr("No name")}


def of_the_report(window: MainWindow) -> set[str]:
    """What is in the report's own language."""
    head = window.desk.report.head
    templates = {head.template.itemText(at) for at in range(head.template.count())}
    return templates | {heading_text(heading, Language.EN) for heading in Heading}


@pytest.fixture
def shown(qtbot):
    """Shows a window, to be closed at the end."""

    def show(window):
        qtbot.addWidget(window)
        window.show()
        return window

    return show


@pytest.fixture
def an_admin(client_of, tasks, desktop_settings) -> Context:
    """What a window gets when an administrator is signed in."""
    return Context(client_of(Role.ADMIN), tasks, desktop_settings)


def test_the_sign_in_window(shown, desktop_settings, tasks, pseudo):
    window = shown(SignInWindow(desktop_settings, tasks, lambda _address: None))
    assert stays(window) == []


def test_the_assistant(shown, desktop_settings, tasks, tmp_path, pseudo):
    window = shown(FirstRunWindow(desktop_settings, tasks, lambda _folder: None, tmp_path))
    found = []
    for number in range(len(window.pages)):
        window._show_page(number)
        found += stays(window, {str(tmp_path)})
    assert found == []


def test_the_accounts(qtbot, shown, client_of, tasks, desktop_settings, pseudo):
    dialog = shown(AccountsDialog(Context(client_of(Role.ADMIN), tasks, desktop_settings)))
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0)
    names = {word for each in dialog.table.records for word in (each.username, each.full_name)}
    assert stays(dialog, names) == []


def test_the_nodes(shown, client_of, tasks, desktop_settings, pseudo):
    dialog = shown(NodesDialog(Context(client_of(Role.ADMIN), tasks, desktop_settings)))
    dialog.message.show_message("error", lambda: tr(NAMES["host"]))
    assert stays(dialog, {"ISO_IR 192", "https://pacs.example/dicom-web", "A4", "A3"}) == []


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (QueueWindow, (Job(1, "forward", "", {"ae_title": "FAR"}, JobState.FAILED, 3, NOW, NOW),)),
        (QuarantineWindow, (QUARANTINED,)),
        (DeletionsWindow, (DELETION, replace(DELETION, id="2", confirmed_by="petrova"))),
        (RoutingWindow, (RoutingRule("1", "Ночью", ("FAR",)),)),
    ],
)
def test_the_windows_of_the_archive(qtbot, shown, an_admin, pseudo, make, rows):
    window = shown(make(an_admin))
    qtbot.waitUntil(lambda: window._is_loaded)
    assert stays(window) == []
    window._loaded(rows)
    window.table.selectRow(0)
    assert stays(window, OF_THE_ARCHIVE) == []


@pytest.mark.parametrize("make", [KeysDialog, AboutDialog])
def test_the_help(shown, make, pseudo):
    switch_language(Language.RU)
    assert untranslated(shown(make())) == []


def test_the_list_of_refused_files(shown, pseudo):
    switch_language(Language.RU)
    dialog = shown(RefusalsDialog([Refusal("a.dcm", RefusalReason.CORRUPT)]))
    assert untranslated(dialog, {"a.dcm"}) == []


@pytest.mark.parametrize(
    "tell",
    [
        lambda panel: panel._failed(StorageFullError("full")),
        lambda panel: panel._done(
            ImportSummary(1, 1, 1, 1, (Refusal("a", RefusalReason.CORRUPT),), ("1.2",), False)
        ),
    ],
)
def test_the_import_panel(shown, a_context, tell, pseudo):
    panel = shown(ImportPanel(a_context))
    tell(panel)
    assert stays(panel) == []


def test_the_worklist(qtbot, a_reading, pseudo):
    a_reading.back()
    a_reading.worklist.table.select_row(0)
    qtbot.waitUntil(lambda: bool(a_reading.worklist.preview._cards))
    assert stays(a_reading, of_the_report(a_reading)) == []


def test_a_draft_beside_its_images(a_reading, pseudo):
    assert stays(a_reading, of_the_report(a_reading)) == []


def test_the_preview_and_the_signature(qtbot, a_reading, pseudo):
    panel = a_reading.desk.report
    panel.foot.preview.click()
    (preview,) = a_reading.findChildren(PreviewWindow)
    qtbot.waitUntil(lambda: bool(preview.pages.papers))
    assert stays(preview) == []
    preview.reject()
    panel.foot.sign.click()
    (dialog,) = a_reading.findChildren(SignDialog)
    qtbot.waitUntil(lambda: bool(dialog.pages.papers))
    assert stays(dialog) == []
    dialog.password.setText(PASSWORD)
    with qtbot.waitSignal(dialog.signed):
        dialog.sign_button.click()
    qtbot.waitUntil(panel.foot.amend.isVisible)
    assert stays(a_reading, of_the_report(a_reading)) == []


def test_the_planes_and_the_volume(qtbot, a_reading, pseudo):
    page = a_reading.desk.page
    page.commands.actions["view.mpr"].trigger()
    qtbot.waitUntil(lambda: page.volumes._page is not None)
    assert stays(a_reading, of_the_report(a_reading)) == []
    page.volumes.leave()

"""Chapter two: studies come in by C-STORE, by folder and by ZIP, and are found."""

import time
import zipfile
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.client.imports import ImportSummary
from app.demo import hands, sending
from app.demo.journey.stage import Stage
from app.demo.steps import Step, check
from app.domain.access import Role
from app.domain.errors import ForbiddenError
from app.domain.report import ReportContent
from app.domain.study import WorklistQuery
from app.ui.imports.panel import ImportPanel
from app.ui.worklist.page import WorklistPage

LIVE_S = 2.0
IMPORT_S = 120.0
FEW = 20
"""Fewer objects than this may all be on their way when a hand cancels."""


def worklist(stage: Stage) -> WorklistPage:
    """The worklist on screen."""
    return hands.find(stage.main, WorklistPage)


def empty_worklist(stage: Stage, step: Step) -> None:
    """The empty worklist says what to do."""
    page = worklist(stage)
    hands.wait_for(lambda: page.model.is_loaded and page.empty.isVisible(), "the empty worklist")
    port = stage.note().dicom_port
    hands.wait_for(lambda: hands.has_text(page, str(port)), "the port for scanners in the window")
    stage.picture("worklist-empty")
    step.saw(f"it names the DICOM port {port}")


def echo(stage: Stage, step: Step) -> None:
    """C-ECHO."""
    step.saw(sending.echo(stage.note().dicom_port, stage.ae_title))


def arrive_live(stage: Stage, step: Step) -> None:
    """A study that a scanner sends is in the window within two seconds."""
    page, files = worklist(stage), stage.material.late
    before = page.model.rowCount()
    step.saw(sending.store(stage.note().dicom_port, stage.ae_title, files))
    sent = time.monotonic()
    hands.wait_for(lambda: page.model.rowCount() > before, "the new row", 10)
    seconds = time.monotonic() - sent
    step.saw(f"in the worklist {seconds:.2f} s after the last C-STORE answer")
    check(seconds <= LIVE_S, f"it took {seconds:.1f} s, more than {LIVE_S:g} s")


def send(stage: Stage, step: Step) -> None:
    """C-STORE of a whole series or more; each answer is success, the objects are in the index."""
    files = stage.material.sent
    total = sum(row.instance_count for row in _all_rows(stage))
    started = time.monotonic()
    step.saw(sending.store(stage.note().dicom_port, stage.ae_title, files))
    seconds = time.monotonic() - started
    now = sum(row.instance_count for row in _all_rows(stage))
    check(now == total + len(files), f"{now - total} of {len(files)} objects are in the index")
    step.saw(f"{len(files)} objects, {len(files) / seconds:.0f} a second")


def _all_rows(stage: Stage) -> tuple:
    return stage.server.worklist(WorklistQuery()).rows


def cancel_import(stage: Stage, step: Step) -> None:
    """An import that is cancelled stops, and says so."""
    page = worklist(stage)
    panel, summaries = _panel(stage)
    hands.drop_files(page, [stage.material.archive])
    check(panel.cancel_button.isVisible() or summaries, "an import can't be cancelled")
    panel.cancel_button.click()
    summary = hands.wait_for(lambda: summaries and summaries[-1], "the import's end", IMPORT_S)
    with zipfile.ZipFile(stage.material.archive) as archive:
        total = len(archive.namelist())
    stage.picture("import-cancelled")
    check(summary.cancelled or total < FEW, "the import was not cancelled")
    check(_taken(summary) < total or total < FEW, "all of it was imported in spite of that")
    step.saw(f"{_taken(summary)} of {total} objects were stored before")


def import_folder(stage: Stage, step: Step) -> None:
    """A folder dropped on the worklist."""
    folder = stage.material.folder
    summary = _import(stage, step, lambda: hands.drop_files(worklist(stage), [folder]), "folder")
    check(_taken(summary), "nothing came of it")


def import_archive(stage: Stage, step: Step) -> None:
    """A ZIP archive chosen from the menu; what a cancelled import left out is added."""

    def choose(dialog: QFileDialog) -> None:
        hands.name_file(dialog, stage.material.archive)
        stage.picture("import-dialog", dialog)

    def ask() -> None:
        show = partial(hands.trigger, stage.main, "file.import-files")
        hands.in_dialog(QFileDialog, show, choose)

    summary = _import(stage, step, ask, "zip")
    check(_taken(summary), "nothing came of it")


def _import(stage: Stage, step: Step, begin: Callable[[], None], what: str) -> ImportSummary:
    panel, summaries = _panel(stage)
    begin()
    progress: list[int] = []
    pictured = False

    def ended() -> object:
        nonlocal pictured
        value = panel.bar.value()
        if panel.bar.isVisible() and value > 0 and value not in progress:
            progress.append(value)
        if len(progress) > 1 and not pictured:
            stage.picture(f"import-{what}")
            pictured = True
        return summaries

    hands.wait_for(ended, "the import's end", IMPORT_S)
    summary = summaries[-1]
    stage.picture(f"import-{what}-done")
    check(not summary.cancelled, "the import was cancelled")
    # Own files came by C-STORE before: DCMTK writes them anew, and the first copy is kept.
    check(not summary.conflicts or stage.material.overlaps, f"{summary.conflicts} conflicts")
    check(not summary.refusals, f"{len(summary.refusals)} files were refused")
    check(progress, "no progress was shown")
    step.saw(
        f"{summary.stored} stored, {summary.duplicates} already there, "
        f"{summary.conflicts} there in another encoding, {summary.ignored} other files; "
        f"progress shown {len(progress)} times"
    )
    return summary


def _taken(summary: ImportSummary) -> int:
    return summary.stored + summary.duplicates + summary.conflicts


def _panel(stage: Stage) -> tuple[ImportPanel, list[ImportSummary]]:
    panels = stage.main.findChildren(ImportPanel)
    check(panels, "the window has no import panel")
    summaries: list[ImportSummary] = []
    panels[0].finished.connect(summaries.append)
    return panels[0], summaries


def search(stage: Stage, step: Step) -> None:
    """Search as one types: any word, any case; ё is е."""
    page, material = worklist(stage), stage.material
    everything = hands.wait_for(page.model.rowCount, "rows")
    stage.picture("worklist")
    for words in (*material.other_searches, material.search):
        hands.write(page.search, words)
        _wait_for_rows(stage, page, words)
        found = page.model.rowCount()
        check(0 < found < everything or everything == 1, f"{found} of {everything} rows")
        step.saw(f"{len(words.split())} words: {found} of {everything} rows")
    row = page.model.row_of(material.study.study_uid)
    check(row >= 0, "the study is not among what was found")
    stage.picture("worklist-search")
    hands.press(page.search, Qt.Key.Key_Escape)
    _wait_for_rows(stage, page, "")
    hands.wait_for(lambda: page.model.rowCount() == everything, "all rows again", 5)


def _wait_for_rows(stage: Stage, page: WorklistPage, words: str) -> None:
    tasks = stage.desktop.tasks
    hands.wait_for(
        lambda: page.model.text == words and not tasks.running("worklist/search"),
        "the answer to the search",
        5,
    )


def refuse_operator(stage: Stage, step: Step) -> None:
    """An operator may read the worklist, but a report of theirs is refused by the server."""
    operator = stage.client(Role.OPERATOR)
    uid = stage.material.study.study_uid
    check(operator.worklist(WorklistQuery()).total > 0, "the operator sees no studies")
    try:
        operator.start_report(uid, ReportContent("en"))
    except ForbiddenError:
        step.saw("the server answered: forbidden")
    else:
        check(condition=False, text="the server let the operator write a report")
    finally:
        operator.sign_out()
        operator.close()
    check(not stage.server.reports(uid), "a report came into being")

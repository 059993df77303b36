"""Imports into a real server: progress, summary, refusals, cancelling, samples."""

import itertools
import threading
import zipfile

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.ingest import RefusalReason
from app.ui.imports.details import RefusalsDialog
from app.ui.imports.panel import ImportPanel
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object

_studies = itertools.count(71_001)
"""The archive is shared: another test may have stored other bytes under the same UIDs."""


@pytest.fixture
def a_panel(qtbot, a_context):
    panel = ImportPanel(a_context)
    qtbot.addWidget(panel, before_close_func=ImportPanel.close_panel)
    return panel


@pytest.fixture
def a_folder(tmp_path):
    """Three images, a note, and an image that was cut off."""
    folder = tmp_path / "disc"
    folder.mkdir()
    study = next(_studies)
    for number in (1, 2, 3):
        (folder / f"IM{number}").write_bytes(an_object(study=study, number=number))
    (folder / "readme.txt").write_text("not an image")
    (folder / "cut.dcm").write_bytes(an_object(study=study, number=4)[:-100])
    return folder


def imported(qtbot, panel, paths):
    with qtbot.waitSignal(panel.finished) as told:
        panel.start(paths)
    return told.args[0]


def test_a_folder_is_imported_and_its_refusals_are_listed(qtbot, a_panel, a_folder, a_context):
    summary = imported(qtbot, a_panel, [a_folder])
    assert summary.stored == 3
    assert [refusal.reason for refusal in summary.refusals] == [RefusalReason.TRUNCATED]
    assert "Import finished" in a_panel.text()
    assert a_panel.details_button.text() == "1 refused file…"
    assert len(a_context.server.study(summary.studies[0]).series) == 1


def test_the_refused_files_are_counted_while_it_runs(qtbot, a_panel, a_folder):
    texts = []
    show = a_panel._progress
    a_panel._progress = lambda value: (show(value), texts.append(a_panel.text()))
    imported(qtbot, a_panel, [a_folder])
    assert texts[-1] == ("Importing: 5 of 5 files looked at, 3 images stored, 1 file refused")


def test_a_second_import_of_the_same_files_adds_nothing(qtbot, a_panel, a_folder):
    imported(qtbot, a_panel, [a_folder])
    assert imported(qtbot, a_panel, [a_folder]).duplicates == 3
    assert "3 were here already" in a_panel.text()


def test_a_zip_archive_is_imported_without_being_unpacked(qtbot, a_panel, a_folder, tmp_path):
    archive = tmp_path / "disc.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in a_folder.glob("IM*"):
            packed.write(file, file.name)
    summary = imported(qtbot, a_panel, [archive])
    assert summary.stored == 3


def test_an_import_can_be_cancelled_and_says_so(qtbot, a_panel):
    begun = threading.Event()

    def never_ends(_progress, stopping):
        begun.set()
        while not stopping():
            threading.Event().wait(0.01)
        return ()

    a_panel.start_samples(never_ends)
    begun.wait(PATIENCE_S)
    assert a_panel.cancel_button.isEnabled()
    with qtbot.waitSignal(a_panel.finished) as told:
        a_panel.cancel_button.click()
    assert told.args[0].stored == 0
    assert not a_panel.is_running()


def test_paths_dropped_during_an_import_are_imported_after_it(qtbot, a_panel, a_folder, tmp_path):
    late = tmp_path / "late.dcm"
    late.write_bytes(an_object(study=next(_studies)))
    summaries = []
    a_panel.finished.connect(summaries.append)
    a_panel.start([a_folder])
    a_panel.start([late])
    qtbot.waitUntil(lambda: len(summaries) == 2)
    assert len(summaries[1].studies) == 1


def test_made_samples_are_imported_with_progress(qtbot, a_panel, a_folder):
    def make(progress, _stopping):
        progress(1, 2)
        return [a_folder]

    with qtbot.waitSignal(a_panel.finished) as told:
        a_panel.start_samples(make)
    assert told.args[0].studies


def test_the_list_of_refusals_can_be_copied(qtbot, a_panel, a_folder):
    summary = imported(qtbot, a_panel, [a_folder])
    dialog = RefusalsDialog(summary.refusals)
    qtbot.addWidget(dialog)
    dialog.copy_list()
    assert "cut.dcm\tthe file is cut off" in QApplication.clipboard().text()

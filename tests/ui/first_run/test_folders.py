"""What a folder is good for."""

from pathlib import Path

from app.ui.first_run.folders import look_at


def test_a_folder_that_is_not_there_yet_is_judged_by_its_parent(tmp_path):
    finding = look_at(tmp_path / "new" / "archive")
    assert finding.writable
    assert finding.free_bytes > 0
    assert not finding.has_archive
    assert not (tmp_path / "new").exists()


def test_a_folder_with_an_archive_is_recognised(tmp_path):
    (tmp_path / "index.sqlite").touch()
    assert look_at(tmp_path).has_archive


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    assert not look_at(tmp_path / "file").writable


def test_a_relative_path_is_no_home_for_an_archive():
    assert not look_at(Path("somewhere")).writable


def test_a_system_folder_can_not_be_written_to():
    assert not look_at(Path("/proc/klinika")).writable

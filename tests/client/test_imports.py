"""Imports of files, folders and archives: everything is counted, nothing is written elsewhere."""

import os
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from app.client import candidates, imports
from app.client.imports import ImportProgress, ImportSummary, Refusal, import_paths
from app.client.server import Server
from app.domain.access import Role
from app.domain.errors import UnauthenticatedError, UnavailableError
from app.domain.ingest import RefusalReason
from tests.server.samples import an_object, study_uid


def never() -> bool:
    return False


@pytest.fixture
def run(doctor):
    """Imports paths and answers the summary."""

    def imported(*paths: Path, progress=lambda _progress: None, cancelled=never) -> ImportSummary:
        return import_paths(doctor, paths, progress, cancelled)

    return imported


@pytest.fixture
def a_folder(tmp_path):
    """Makes a folder of objects of a study, some of them deeper."""

    def made(study: int, count: int = 3) -> Path:
        folder = tmp_path / f"disc {study}"
        (folder / "deeper").mkdir(parents=True)
        for number in range(count):
            where = folder / "deeper" if number % 2 else folder
            (where / f"IM{number:04d}").write_bytes(an_object(study, 1, number))
        return folder

    return made


def a_zip(file: Path, entries: dict[str, bytes], compression=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file


def test_a_folder_is_imported_with_everything_in_it(run, a_folder):
    folder = a_folder(301)
    (folder / "readme.txt").write_text("not an image" * 20)
    (folder / "empty").write_bytes(b"")
    summary = run(folder)
    assert summary == ImportSummary(3, 0, 0, 2, (), (study_uid(301),), cancelled=False)
    assert run(folder).duplicates == 3


def test_progress_rises_to_the_total(run, a_folder):
    told: list[ImportProgress] = []
    run(a_folder(302, 12), progress=told.append)
    assert told[-1] == ImportProgress(12, 12, 12)
    assert [each.done for each in told] == sorted(each.done for each in told)


def test_a_cancelled_import_keeps_what_it_stored(run, a_folder, doctor):
    stop = threading.Event()
    summary = run(a_folder(303, 60), progress=lambda _told: stop.set(), cancelled=stop.is_set)
    assert summary.cancelled
    assert 0 < summary.stored < 60
    assert doctor.study(study_uid(303)).summary.instance_count == summary.stored


def test_a_zip_is_imported_entry_by_entry(run, tmp_path):
    entries = {f"CD/IM{number}": an_object(304, 1, number) for number in range(3)}
    archive = a_zip(tmp_path / "study.zip", {**entries, "CD/autorun.inf": b"[autorun]" * 30})
    summary = run(archive)
    assert (summary.stored, summary.ignored, summary.refusals) == (3, 1, ())


def test_an_archive_in_a_folder_is_looked_into(run, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    a_zip(folder / "study.zip", {"IM1": an_object(305, 1, 1)})
    assert run(folder).stored == 1


def test_names_in_an_archive_lead_nowhere(run, tmp_path):
    archive = a_zip(
        tmp_path / "slip.zip",
        {"../../escaped.dcm": an_object(306, 1, 1), "/tmp/escaped.dcm": an_object(306, 1, 2)},  # noqa: S108 - a trap
    )
    assert run(archive).stored == 2
    assert list(tmp_path.parent.rglob("escaped*")) == []
    assert not Path("/tmp/escaped.dcm").exists()  # noqa: S108 - a trap


def test_an_entry_that_grows_beyond_reason_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(candidates, "BOMB_SIZE", 1_000_000)
    bomb = an_object(307, 1, 1) + bytes(5_000_000)
    summary = run(a_zip(tmp_path / "bomb.zip", {"bomb.dcm": bomb}))
    assert summary.refusals == (Refusal("bomb.zip/bomb.dcm", RefusalReason.TOO_LARGE),)


def test_a_large_entry_goes_through_a_file_that_is_removed(run, tmp_path, monkeypatch):
    monkeypatch.setattr(candidates, "IN_MEMORY", 100_000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    archive = a_zip(tmp_path / "large.zip", {"IM1": an_object(308, 1, 1, side=1000)})
    assert run(archive).stored == 1
    assert list(tmp_path.iterdir()) == [archive]


def test_an_encrypted_entry_is_refused(run, tmp_path):
    archive = a_zip(tmp_path / "secret.zip", {"IM1": an_object(309, 1, 1)})
    data = bytearray(archive.read_bytes())
    data[6] |= 1  # the local header's flag
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the directory's
    archive.write_bytes(data)
    (refusal,) = run(archive).refusals
    assert refusal == Refusal("secret.zip/IM1", RefusalReason.ENCRYPTED_ARCHIVE)


@pytest.mark.parametrize("damage", [slice(200, None), slice(0, -30)])
def test_a_broken_archive_is_refused(run, tmp_path, damage):
    archive = a_zip(tmp_path / "broken.zip", {"IM1": an_object(310, 1, 1)})
    data = archive.read_bytes()
    archive.write_bytes(data[:4] + data[damage][4:])
    (refusal,) = run(archive).refusals
    assert refusal.reason is RefusalReason.CORRUPT


def test_a_broken_entry_leaves_the_others(run, tmp_path):
    entries = {"bad": an_object(311, 1, 1), "good": an_object(311, 1, 2)}
    archive = a_zip(tmp_path / "half.zip", entries, zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[400] ^= 0xFF
    archive.write_bytes(data)
    summary = run(archive)
    assert (summary.stored, summary.refusals) == (
        1,
        (Refusal("half.zip/bad", RefusalReason.CORRUPT),),
    )


def test_a_chosen_file_that_is_no_object_is_told(run, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("dear doctor")
    assert run(letter).refusals == (Refusal("letter.txt", RefusalReason.NOT_DICOM),)


def test_a_refused_object_names_its_file_and_leaves_the_others(run, a_folder):
    folder = a_folder(312, 2)
    (folder / "cut.dcm").write_bytes(an_object(312, 1, 9)[:-100])
    summary = run(folder)
    assert summary.stored == 2
    assert summary.refusals == (Refusal("disc 312/cut.dcm", RefusalReason.TRUNCATED),)


def test_what_is_not_there_is_told(run, tmp_path):
    assert run(tmp_path / "absent").refusals == (Refusal("absent", RefusalReason.UNREADABLE),)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_pipes_and_links_that_go_round_are_passed_over(run, a_folder):
    folder = a_folder(313, 1)
    os.mkfifo(folder / "pipe.dcm")
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere").symlink_to(folder / "absent")
    summary = run(folder)
    assert summary.stored == 1
    assert [refusal.reason for refusal in summary.refusals] == [RefusalReason.UNREADABLE]


def test_an_import_ends_with_the_session(clinic, a_folder):
    operator = clinic.signed_in(Role.OPERATOR)
    operator.sign_out()
    with pytest.raises(UnauthenticatedError):
        import_paths(operator, [a_folder(314)], lambda _progress: None, never)


def test_a_server_that_stays_away_ends_the_import(doctor, a_folder, monkeypatch):
    monkeypatch.setattr(imports, "PATIENCE_S", 0.1)
    monkeypatch.setattr(imports, "ASK_AGAIN_S", 0.05)
    away = Server("http://127.0.0.1:9")
    away.connection.keep(doctor.connection.grant)
    with pytest.raises(UnavailableError):
        import_paths(away, [a_folder(315)], lambda _progress: None, never)
    away.close()


def test_an_import_waits_for_a_server_that_comes_back(doctor, a_folder, monkeypatch):
    monkeypatch.setattr(imports, "ASK_AGAIN_S", 0.05)
    real, failures = doctor.store_object, iter(range(5))

    def flaky(data):
        if next(failures, None) is not None:
            raise UnavailableError("restarting")
        return real(data)

    monkeypatch.setattr(doctor, "store_object", flaky)
    summary = import_paths(doctor, [a_folder(316, 4)], lambda _progress: None, never)
    assert summary.stored == 4


@pytest.mark.parametrize(
    ("head", "name", "looks"),
    [
        (bytes(128) + b"DICM", "IM1", True),
        (b"\x08\x00\x05\x00CS".ljust(132, b"x"), "IM1", True),
        (b"\x08\x00\x05\x00\x0a\0\0\0".ljust(132, b"x"), "IM1", True),
        (b"\x00\x08\x00\x05CS".ljust(132, b"x"), "IM1", True),
        (b"", "IM1.DCM", True),
        (b"\x08\x00", "IM1", False),
        (b"%PDF-1.7".ljust(132), "report.pdf", False),
        (bytes(132), "zeros", False),
    ],
)
def test_what_looks_like_dicom_is_sent(head, name, looks):
    assert candidates.looks_like_dicom(head, name) is looks


def test_a_name_with_control_characters_can_be_shown():
    assert candidates.printable("a\x1b[31m\n.dcm") == "a�[31m�.dcm"

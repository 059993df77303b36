"""The archive's storage, asked through the client of a running server."""

import subprocess

import pytest

from app.domain.access import Role
from app.domain.changes import ChangeKind
from app.domain.errors import ForbiddenError, StorageFullError
from app.domain.storage import DiskLevel
from tests.clinic import a_clinic
from tests.server.samples import an_object


@pytest.fixture(scope="module")
def a_full_clinic(tmp_path_factory):
    """A server whose disk counts as full whatever is free."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KLINIKA_DISK_LOW_PERCENT", "100")
        patch.setenv("KLINIKA_DISK_FULL_PERCENT", "99")
        with a_clinic(tmp_path_factory.mktemp("full-clinic")) as clinic:
            yield clinic


def test_a_full_archive_says_so_to_everyone_and_takes_nothing(a_full_clinic):
    doctor = a_full_clinic.signed_in(Role.DOCTOR)
    assert [each.kind for each in doctor.changes(0)] == [ChangeKind.DISK_LEVEL_CHANGED]
    assert doctor.status().disk is DiskLevel.FULL
    with pytest.raises(StorageFullError):
        doctor.store_object(an_object())
    with pytest.raises(ForbiddenError):
        doctor.storage()
    disk = a_full_clinic.signed_in(Role.ADMIN).storage().disk
    assert disk.level is DiskLevel.FULL
    assert 0 < disk.free < disk.total


def test_a_scanner_is_told_that_resources_are_out(a_full_clinic, tmp_path):
    file = tmp_path / "object.dcm"
    file.write_bytes(an_object())
    port = a_full_clinic.server().status().dicom_port
    sent = subprocess.run(
        ["storescu", "-v", "-aec", "KLINIKA", "127.0.0.1", str(port), file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Refused: OutOfResources" in sent.stdout + sent.stderr

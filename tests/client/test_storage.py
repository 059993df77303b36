"""The archive's storage, asked through the client of a running server."""

import contextlib
import subprocess

import pytest

from app.domain.access import Role
from app.domain.changes import ChangeKind
from app.domain.errors import ForbiddenError, NotFoundError, StorageFullError
from app.domain.quarantine import QuarantineReason
from app.domain.storage import DiskLevel
from tests.clinic import a_clinic
from tests.conftest import PATIENCE_S
from tests.logs import LOG
from tests.server.samples import an_object


@pytest.fixture(scope="module")
def a_full_clinic(tmp_path_factory):
    """A server whose disk counts as full whatever is free."""
    with contextlib.ExitStack() as running:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KLINIKA_DISK_LOW_PERCENT", "100")
            patch.setenv("KLINIKA_DISK_FULL_PERCENT", "99")
            clinic = running.enter_context(a_clinic(tmp_path_factory.mktemp("full-clinic")))
        LOG.expect("disk-level", PATIENCE_S)
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


@pytest.mark.logs("request-not-done")
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


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with a_clinic(tmp_path_factory.mktemp("clinic")) as clinic:
        yield clinic


@pytest.mark.logs("object-conflict")
def test_an_administrator_decides_what_becomes_of_conflicts(clinic):
    admin = clinic.signed_in(Role.ADMIN)
    for value in (1, 2, 3):
        admin.store_object(an_object(value=value))
    third, second = admin.quarantine().objects
    assert admin.storage().quarantined == 2
    assert admin.quarantined(third.id).differences == ("PixelData",)
    kept = admin.quarantined_bytes(third.id)
    admin.accept_quarantined(third.id)
    assert admin.object_bytes(third.sop_instance_uid) == kept
    admin.delete_quarantined(second.id)
    assert [each.reason for each in admin.quarantine().objects] == [QuarantineReason.REPLACED]
    with pytest.raises(ForbiddenError):
        clinic.signed_in(Role.DOCTOR).delete_quarantined(third.id)


def test_two_persons_delete_a_study_and_bring_it_back(clinic):
    admin, doctor = clinic.signed_in(Role.ADMIN), clinic.signed_in(Role.DOCTOR)
    uid = doctor.store_object(an_object(7)).study_uid
    refused = doctor.request_deletion(uid, "sent twice")
    admin.withdraw_deletion(refused.id)
    asked = doctor.request_deletion(uid, "sent twice")
    with pytest.raises(ForbiddenError):
        doctor.confirm_deletion(asked.id)
    deleted = admin.confirm_deletion(asked.id)
    assert admin.deletions() == (deleted,)
    with pytest.raises(NotFoundError):
        doctor.study(uid)
    doctor.restore_deletion(asked.id)
    assert doctor.study(uid).summary.instance_count == 1

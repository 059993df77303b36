"""An archive that encrypts: nothing plain on the disk, and everything else as in any other."""

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pydicom
import pytest
import sqlalchemy as sa

from app.dicom.encoders import JPEG_LS
from app.dicom.header import read_object
from app.dicom.part10 import EXPLICIT
from app.dicom.transcode import transcode
from app.domain.access import Role
from app.domain.deletion import DeletionRequest
from app.domain.errors import ConfigurationError, DamagedError, UnavailableError
from app.domain.ingest import StoreOutcome
from app.server.core import audit, pixels, retrieve
from app.server.core.audit import Action
from app.server.core.deletions import Deletions
from app.server.core.fixity import Fixity
from app.server.core.ingest import Ingest
from app.server.core.key_rotation import rotate
from app.server.core.packing import KEPT_FOR, Packing
from app.server.core.quarantine import Quarantine
from app.server.core.retrieve import Scope
from app.server.core.storage import Storage
from app.server.core.studies import manifest
from app.server.store.data_keys import DataKeys
from app.server.store.key_encryption import LocalKey, new_key
from app.server.store.objects import ObjectStore
from app.server.store.tables import data_key
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

PLANTED = "PLANTED^NAME"
KEY = LocalKey.of(bytes(32))


class SilentVault:
    """A key that answers until it is silent."""

    id = KEY.id
    is_silent = False

    def wrap(self, secret, name):
        return KEY.wrap(secret, name)

    def unwrap(self, wrapped, name):
        if self.is_silent:
            raise UnavailableError("Vault")
        return KEY.unwrap(wrapped, name)


@pytest.fixture
def wrapper():
    return SilentVault()


@pytest.fixture
def keys(database, wrapper) -> DataKeys:
    return DataKeys(database, wrapper)


@pytest.fixture
def objects(server_settings, keys):
    objects = ObjectStore(server_settings.data_dir, keys=keys)
    yield objects
    objects.close()


@pytest.fixture
def store(ingest, doctor, source):
    return lambda *args, **elements: (
        ingest.store(
            doctor, source, an_object(*args, **{"PatientName": PLANTED, **elements})
        ).outcome
    )


@dataclass
class Folder:
    """What lies on the disk beside the index."""

    path: Path

    def files(self, part: str = "") -> list[Path]:
        found = sorted(path for path in (self.path / part).rglob("*") if path.is_file())
        return [path for path in found if not path.name.startswith("index.sqlite")]


@pytest.fixture
def folder(server_settings) -> Folder:
    return Folder(server_settings.data_dir)


@pytest.fixture
def read(database, objects, doctor):
    def read(number=1, series=1):
        key = pixels.stored_object(database, doctor, sop_uid(1, series, number)).key
        with objects.open(key) as file:
            return file.readall()

    return read


@pytest.fixture
def check(database, objects, clock):
    def check(days=8):
        """Everything that is due; those days later it is due again."""
        Fixity(database, objects, clock, portion=1 << 30).check_some()
        clock.ahead += timedelta(days=days)

    return check


@pytest.fixture
def storage(database, objects, clock) -> Storage:
    return Storage(database, objects, clock)


@pytest.fixture
def stored_plain(database, server_settings, doctor, source, clock):
    """An object that was stored before the archive began to encrypt."""
    plain = ObjectStore(server_settings.data_dir)
    before = Ingest(database, plain, max_object_size=1 << 20, clock=clock)
    before.store(doctor, source, an_object(PatientName=PLANTED))
    before.close()


@pytest.fixture
def deletions(database, objects, clock) -> Deletions:
    return Deletions(database, objects, clock)


def key_count(database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(data_key))


def flip_a_byte(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)


@pytest.mark.logs("object-conflict", "object-damaged")
def test_no_file_shows_a_name_or_a_pixel(store, folder, check, database, objects, doctor):
    for number in (1, 2, 3):
        store(number=number, value=0x5A5A)
    assert store(number=3, value=0x5A5A, PatientID="PLANTED-2") is StoreOutcome.CONFLICT
    assert pixels.thumbnail(database, objects, doctor, series_uid(1, 1)).startswith(b"\x89PNG")
    flip_a_byte(folder.files("objects")[0], -1)
    check()
    files = folder.files()
    parts = {path.relative_to(folder.path).parts[0] for path in files}
    assert parts == {"objects", "damaged", "thumbnails"}
    for path in files:
        content = path.read_bytes()
        for plain in (b"PLANTED", b"DICM", b"ZZZZZZZZ", b"PNG", b"1.2.840.10008"):
            assert plain not in content, path


def test_what_was_stored_is_read(store, read, objects, database, doctor):
    store(value=7)
    content = read()
    parsed = read_object(content)
    assert parsed.study.patient_name == PLANTED
    key = pixels.stored_object(database, doctor, sop_uid(1, 1, 1)).key
    assert objects.size(key) == len(content)
    assert objects.digest(key) == hashlib.sha256(content).hexdigest()
    assert store(value=7) is StoreOutcome.DUPLICATE


def test_a_series_is_compressed_without_anything_plain_on_the_disk(
    store, read, folder, database, objects, clock
):
    store(side=64, value=7)
    sent = read()
    packing = Packing(database, objects, clock, JPEG_LS)
    packing.pack(series_uid(1, 1), lambda: False)
    clock.ahead += KEPT_FOR + timedelta(minutes=1)
    packing.remove_replaced()
    (file,) = folder.files("objects")
    assert b"PLANTED" not in file.read_bytes()
    assert file.suffix == ".sealed"
    packed = read()
    assert read_object(packed).transfer_syntax_uid == JPEG_LS
    assert pydicom.dcmread(io.BytesIO(transcode(packed, EXPLICIT))).PixelData == (
        pydicom.dcmread(io.BytesIO(sent)).PixelData
    )


def test_nobody_gets_a_path(store, database, objects, doctor):
    store()
    (image,) = manifest(database, objects, doctor, series_uid(1, 1), with_paths=True).images
    assert image.path == ""


def test_a_thumbnail_is_made_once_and_anew_by_the_next_start(
    store, database, objects, doctor, server_settings, keys, monkeypatch
):
    store()
    picture = pixels.thumbnail(database, objects, doctor, series_uid(1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(pixels.thumbnails, "render", None)
        assert pixels.thumbnail(database, objects, doctor, series_uid(1, 1)) == picture
    again = ObjectStore(server_settings.data_dir, keys=keys)
    assert pixels.thumbnail(database, again, doctor, series_uid(1, 1)) == picture
    assert pixels.thumbnail(database, objects, doctor, series_uid(1, 1)) == picture  # not its own
    again.close()


def test_what_was_stored_plain_stays_as_it_is(stored_plain, store, read, folder):
    store(number=2)
    assert [path.suffix for path in folder.files("objects")].count(".sealed") == 1
    assert PLANTED.encode() in read(1)
    assert PLANTED.encode() in read(2)


def test_each_study_has_a_key_of_its_own(store, database):
    for study in (1, 2):
        for number in (1, 2):
            store(study, 1, number)
    assert key_count(database) == 2


@pytest.mark.logs("object-damaged", "object-restored")
def test_a_changed_file_is_never_served_and_mended_by_the_same_object(
    store, read, folder, check, storage, admin
):
    store()
    (file,) = folder.files("objects")
    flip_a_byte(file, len(file.read_bytes()) // 2)
    with pytest.raises(DamagedError):
        read()
    check()
    assert folder.files("objects") == []
    assert len(folder.files("damaged")) == 1
    assert store() is StoreOutcome.DUPLICATE
    assert read()
    assert len(folder.files("objects")) == 1
    assert storage.damaged(admin) == ()


@pytest.fixture
def send_on(database, objects, doctor):
    """Reads the one object of the study as those do who send it on."""

    def read() -> bytes:
        scope = Scope(study_uids=(study_uid(1),))
        (stored,) = retrieve.objects_of(database, doctor, scope)
        with retrieve.read(objects, stored) as file:
            return file.readall()

    return read


@pytest.mark.logs("object-damaged")
@pytest.mark.parametrize("place", [200, -1])
def test_damage_that_a_read_finds_is_checked_at_once(
    store, folder, check, storage, admin, send_on, place
):
    store(side=400)  # more than a chunk: the last is not looked at before it is read
    check(days=0)
    flip_a_byte(folder.files("objects")[0], place)
    with pytest.raises(DamagedError):
        send_on()
    check()
    assert [each.sop_instance_uid for each in storage.damaged(admin)] == [sop_uid(1, 1, 1)]
    assert storage.status(admin).fixity.checked == 1  # no round has come to it


@pytest.mark.logs("object-restored")
def test_a_plain_file_that_was_lost_comes_back_encrypted(stored_plain, store, read, folder):
    folder.files("objects")[0].unlink()
    assert store() is StoreOutcome.DUPLICATE
    assert [path.suffix for path in folder.files("objects")] == [".sealed"]
    assert PLANTED.encode() in read()


def test_a_vault_that_is_silent_is_no_damage(store, check, storage, wrapper, keys, admin):
    store()
    keys.forget()
    wrapper.is_silent = True
    with pytest.raises(UnavailableError):
        check()
    assert storage.damaged(admin) == ()
    wrapper.is_silent = False
    check()
    assert storage.status(admin).fixity.checked == 1


def test_the_key_goes_with_the_last_of_a_study(
    store, database, deletions, admin, sign_in_as, clock, folder
):
    second = sign_in_as(Role.DOCTOR)
    store(1, 1)
    store(1, 2, Modality="PT")
    for uid, left in ((series_uid(1, 2), 1), ("", 0)):
        asked = deletions.request(admin, DeletionRequest(study_uid(1), "sent twice", uid))
        deletions.confirm(second, asked.id)
        assert key_count(database) == 1
        clock.ahead += timedelta(days=31)
        deletions.purge_due()
        assert key_count(database) == left
        assert len(folder.files("objects")) == left


@pytest.mark.logs("object-conflict")
def test_an_object_in_quarantine_keeps_the_key_of_its_study(
    store, database, objects, deletions, admin, sign_in_as, clock
):
    second = sign_in_as(Role.DOCTOR)
    quarantine = Quarantine(database, objects, clock)
    store()
    store(value=9)
    asked = deletions.request(admin, DeletionRequest(study_uid(1), "sent twice"))
    deletions.confirm(second, asked.id)
    clock.ahead += timedelta(days=31)
    deletions.purge_due()
    (aside,) = quarantine.page(admin).objects
    assert quarantine.one(admin, aside.id).study.patient_name == PLANTED
    quarantine.delete(admin, aside.id)
    assert key_count(database) == 0


@pytest.fixture
def with_keys(server_settings, monkeypatch):
    """Settings of the same archive under keys in variables."""
    for name in ("OLD", "NEW"):
        monkeypatch.setenv(name, new_key())

    def settings(key, *former):
        changed = {"encryption_key": key, "encryption_former_keys": list(former)}
        return server_settings.model_copy(update=changed)

    return settings


@pytest.fixture
def archive(with_keys, database, clock):
    """Opens the archive with keys."""

    def opened(*names) -> tuple[ObjectStore, Ingest]:
        settings = with_keys(*names)
        objects = ObjectStore(settings.data_dir, keys=DataKeys.open(settings, database))
        return objects, Ingest(database, objects, max_object_size=1 << 20, clock=clock)

    return opened


def test_a_new_key_rewrites_no_object(archive, with_keys, database, doctor, source, folder):
    _, ingest = archive("env:OLD")
    for study in (1, 2, 3):
        ingest.store(doctor, source, an_object(study))
    ingest.close()
    before = {path: path.read_bytes() for path in folder.files("objects")}
    assert rotate(with_keys("env:NEW", "env:OLD"), database, datetime.now(UTC)) == 3
    assert {path: path.read_bytes() for path in folder.files("objects")} == before
    objects, ingest = archive("env:NEW")
    for study in (1, 2, 3):
        key = pixels.stored_object(database, doctor, sop_uid(study, 1, 1)).key
        with objects.open(key) as file:
            assert read_object(file).study.study_uid == study_uid(study)
    ingest.close()
    with pytest.raises(ConfigurationError):
        archive("env:OLD")


def test_a_rotation_is_audited(with_keys, database, clock, admin):
    rotate(with_keys("env:NEW"), database, clock())
    entry = audit.newest(database, admin, 1)[0]
    assert (entry.actor, entry.action) == ("operator", Action.KEYS_ROTATED)


def test_without_a_key_nothing_is_rotated(server_settings, database, clock):
    with pytest.raises(ConfigurationError, match="encryption_key"):
        rotate(server_settings, database, clock())

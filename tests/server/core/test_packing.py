"""Compression on receive and of complete series: never a moment without a whole object."""

import hashlib
import io
from concurrent.futures import wait
from datetime import timedelta

import numpy as np
import pydicom
import pytest
import sqlalchemy as sa

from app.dicom.encoders import JPEG_LS
from app.dicom.transcode import transcode
from app.domain.access import Role
from app.domain.deletion import DeletionRequest
from app.domain.errors import StorageFullError, UnavailableError
from app.domain.ingest import StoreOutcome
from app.server.core import packing as module
from app.server.core.deletions import Deletions
from app.server.core.ingest import Ingest
from app.server.core.packing import KEPT_FOR, KIND, Packing
from app.server.core.reception import Reception
from app.server.core.routing import Routing
from app.server.core.studies import manifest
from app.server.core.usage import Usage
from app.server.store import jobs, tables
from app.server.store.jobs import Room
from app.server.store.objects import ObjectStore
from app.settings import TagRule
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.stored import object_file

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


def an_image(number=1, **said) -> bytes:
    """An object that compression makes much smaller."""
    return an_object(number=number, side=64, value=number, **said)


def pixels(data: bytes) -> bytes:
    if pydicom.dcmread(io.BytesIO(data)).file_meta.TransferSyntaxUID != EXPLICIT:
        data = transcode(data, EXPLICIT)
    return pydicom.dcmread(io.BytesIO(data)).PixelData


@pytest.fixture
def packing(database, objects, clock) -> Packing:
    return Packing(database, objects, clock, JPEG_LS)


@pytest.fixture
def store(ingest, doctor, source):
    return lambda data: ingest.store(doctor, source, data).outcome


@pytest.fixture
def pack(packing):
    return lambda: packing.pack(series_uid(1, 1), lambda: False)


@pytest.fixture
def kept(database, objects, doctor):
    return lambda number=1: object_file(
        database, objects, doctor, sop_uid(1, 1, number)
    ).read_bytes()


@pytest.fixture
def rows(database):
    def rows():
        with database.read() as connection:
            return connection.execute(sa.select(tables.instance).order_by("id")).all()

    return rows


@pytest.fixture
def files(server_settings):
    """The names of the archive's files in a folder."""

    def files(folder: str) -> set[str]:
        root = server_settings.data_dir / folder
        return {path.name for path in root.rglob("*") if path.is_file()}

    return files


@pytest.fixture
def an_archive(store, pack, kept, rows, files):
    return store, pack, kept, rows, files


def test_a_complete_series_is_compressed_and_every_pixel_stays(store, pack, kept, rows, files):
    sent = [an_image(number) for number in (1, 2)]
    for data in sent:
        store(data)
    before = rows()
    pack()
    for number, row, was in zip((1, 2), rows(), before, strict=True):
        file = kept(number)
        assert len(file) == row.size < was.size
        assert row.transfer_syntax_uid == JPEG_LS
        assert (row.sha256, row.received_sha256) == (hashlib.sha256(file).hexdigest(), was.sha256)
        assert (row.pixel_offset, row.pixel_length) == (-1, 0)
        assert pixels(file) == pixels(sent[number - 1])
    assert len(files("objects")) == 4
    assert files("staging") == set()


@pytest.mark.logs("object-conflict")
def test_the_same_in_another_syntax_is_a_repetition_and_other_pixels_are_put_aside(store, pack):
    store(an_image())
    pack()
    assert store(transcode(an_image(), IMPLICIT)) is StoreOutcome.DUPLICATE
    assert store(an_object(number=1, side=64, value=9)) is StoreOutcome.CONFLICT


def test_it_is_safe_to_repeat_and_the_same_object_again_is_a_repetition(store, pack, rows):
    store(an_image())
    pack()
    once = rows()
    pack()
    assert rows() == once
    assert store(an_image()) is StoreOutcome.DUPLICATE


def test_a_viewer_that_asks_again_is_told_of_the_new_file(store, pack, database, objects, doctor):
    store(an_image())
    before = manifest(database, objects, doctor, series_uid(1, 1), with_paths=True).images[0]
    pack()
    after = manifest(database, objects, doctor, series_uid(1, 1), with_paths=True).images[0]
    assert before.path != after.path
    assert (before.pixel_offset > 0, after.pixel_offset) == (True, -1)
    assert after.image.format.transfer_syntax_uid == JPEG_LS


def test_the_old_file_stays_for_those_who_read_it_and_goes_then(
    an_archive, packing, clock, database, server_settings
):
    store, pack, kept, _, files = an_archive
    store(an_image())
    (old,) = files("objects")
    pack()
    packing.remove_replaced()
    assert old in files("objects")
    usage = Usage(database)
    usage.count()
    found = (server_settings.data_dir / "objects").rglob("*.*")
    assert usage.used() == sum(path.stat().st_size for path in found)
    clock.ahead += KEPT_FOR + timedelta(minutes=1)
    packing.remove_replaced()
    assert len(files("objects")) == 1
    assert pixels(kept()) == pixels(an_image())


def test_files_that_were_replaced_go_together_and_none_that_a_row_names(
    an_archive, packing, clock, database, monkeypatch
):
    store, pack, _, rows, files = an_archive
    monkeypatch.setattr(module.rows, "MOST", 2)
    for number in range(1, 6):
        store(an_image(number))
    pack()
    with database.write() as connection:
        module.rows.replaced(connection, rows()[0].object_key, 1, "doctor", clock())
    clock.ahead += KEPT_FOR + timedelta(minutes=1)
    packing.remove_replaced()
    assert files("objects") == {row.object_key.rsplit("/", 1)[1] for row in rows()}


def test_what_has_no_pixels_or_would_not_be_smaller_stays(store, pack, rows):
    store(an_object(1, 1, 1, PixelData=np.random.default_rng(1).bytes(512)))
    store(an_object(1, 1, 2, Modality="SR", PixelData=None, Rows=None, Columns=None))
    before = rows()
    pack()
    assert rows() == before


def test_a_damaged_or_lost_file_is_left_to_the_fixity_round(
    store, pack, rows, objects, server_settings
):
    store(an_image(1))
    store(an_image(2))
    before = rows()
    damaged, lost = (objects.plain_file(row.object_key) for row in before)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\x01")
    lost.unlink()
    pack()
    assert rows() == before


def test_who_is_stopped_goes_on_later(store, packing, rows):
    for number in (1, 2):
        store(an_image(number))
    answers = iter((False, True))
    packing.pack(series_uid(1, 1), lambda: next(answers))
    assert [row.transfer_syntax_uid == JPEG_LS for row in rows()] == [True, False]
    packing.pack(series_uid(1, 1), lambda: False)
    assert [row.transfer_syntax_uid == JPEG_LS for row in rows()] == [True, True]


@pytest.fixture
def delete(database, objects, clock, admin, sign_in_as):
    """Deletes the study, and answers what brings it back."""

    def delete():
        deletions = Deletions(database, objects, clock)
        asked = deletions.request(admin, DeletionRequest(study_uid(1), "a mistake"))
        deletions.confirm(sign_in_as(Role.DOCTOR), asked.id)
        return lambda: deletions.restore(admin, asked.id)

    return delete


def test_an_object_that_is_deleted_meanwhile_stays_deleted(store, pack, delete, monkeypatch, files):
    store(an_image())
    really, restores = module.compress_guarded, []

    def slowly(path, syntax):
        restores.append(delete())
        return really(path, syntax)

    monkeypatch.setattr(module, "compress_guarded", slowly)
    before = files("objects")
    pack()
    assert files("objects") == before
    assert files("staging") == set()
    restores[0]()
    assert store(an_image()) is StoreOutcome.DUPLICATE


class DiesError(BaseException):
    """Not an error of ours: nothing is tidied up, as when the process dies."""


def die(*_arguments):
    raise DiesError


def die_before_the_sync(_objects, staged):
    wait([each.safe for each in staged])
    raise DiesError


@pytest.fixture
def restart(database, server_settings, clock):
    """Starts an archive after a crash."""

    def restart():
        objects = ObjectStore(server_settings.data_dir)
        Ingest(database, objects, max_object_size=1 << 24, clock=clock).close()

    return restart


@pytest.mark.parametrize(
    ("where", "name", "dies"),
    [
        (ObjectStore, "syncing", die_before_the_sync),
        (module.rows, "replaced", die),
        (ObjectStore, "keep", die),
    ],
    ids=["before the sync", "before the commit", "after the commit"],
)
def test_a_crash_at_any_step_leaves_a_whole_object(
    an_archive, monkeypatch, restart, where, name, dies
):
    store, pack, kept, rows, files = an_archive
    store(an_image())
    with monkeypatch.context() as broken:
        broken.setattr(where, name, dies)
        with pytest.raises(DiesError):
            pack()
    assert pixels(kept()) == pixels(an_image())
    restart()
    assert files("staging") == set()
    assert pixels(kept()) == pixels(an_image())
    is_done = name == "keep"
    assert (rows()[0].transfer_syntax_uid == JPEG_LS) is is_done
    assert len(files("objects")) == 1 + is_done
    pack()
    assert rows()[0].transfer_syntax_uid == JPEG_LS


@pytest.mark.parametrize("error", [UnavailableError("the database"), StorageFullError("disk")])
def test_a_new_file_that_got_no_row_is_discarded(store, pack, kept, files, monkeypatch, error):
    def fail(*_arguments):
        raise error

    store(an_image())
    monkeypatch.setattr(module.rows, "replaced", fail)
    with pytest.raises(type(error)):
        pack()
    assert files("staging") == set()
    assert pixels(kept()) == pixels(an_image())


def test_a_new_file_stays_when_nobody_knows_whether_its_row_was_committed(
    an_archive, unheard_commits, restart
):
    store, pack, kept, _, files = an_archive
    store(an_image())
    with unheard_commits(), pytest.raises(UnavailableError):
        pack()
    assert len(files("staging")) == 1
    restart()
    assert pixels(kept()) == pixels(an_image())


def test_a_series_that_is_complete_gets_its_job(store, database, clock):
    store(an_image())
    routing = Routing(database, clock, (KIND,))
    with database.write() as connection:
        jobs.postpone(
            connection, "settle-series", series_uid(1, 1), clock(), at_most=timedelta(hours=1)
        )
        jobs.claim(connection, Room(("settle-series",)), "lease", clock(), clock())
    routing.settled(series_uid(1, 1))
    with database.read() as connection:
        (job,) = jobs.newest(connection, None, 10, kind=KIND)
    assert (job.subject, job.payload) == (study_uid(1), {"series_uid": series_uid(1, 1)})


@pytest.fixture
def packed_door(database, objects, clock):
    rule = TagRule(modalities=["OT"], set={"StationName": "S"})
    ingest = Ingest(
        database,
        objects,
        max_object_size=1 << 24,
        clock=clock,
        reception=Reception((rule,), "KLINIKA", JPEG_LS),
    )
    yield ingest
    ingest.close()


@pytest.mark.parametrize("modality", ["CT", "OT"])
def test_an_object_is_compressed_on_receive_and_known_when_it_comes_again(
    packed_door, doctor, source, kept, rows, modality, tmp_path
):
    sent = an_image(Modality=modality)
    file = tmp_path / "1.dcm"
    file.write_bytes(sent)
    result = packed_door.store(doctor, source, file)
    assert (result.outcome, result.is_coerced) == (StoreOutcome.STORED, modality == "OT")
    (row,) = rows()
    assert (row.transfer_syntax_uid, row.size) == (JPEG_LS, len(kept()))
    assert row.sha256 == hashlib.sha256(kept()).hexdigest()
    assert pixels(kept()) == pixels(sent)
    assert packed_door.store(doctor, source, sent).outcome is StoreOutcome.DUPLICATE


def test_what_is_not_compressed_on_receive_is_kept_as_it_came(packed_door, doctor, source, rows):
    noise = np.random.default_rng(1).bytes(512)
    packed_door.store(doctor, source, an_object(PixelData=noise))
    packed_door.store(
        doctor,
        source,
        an_object(2, Modality="SR", PixelData=None, Rows=None, Columns=None),
    )
    assert [row.received_sha256 for row in rows()] == [None, None]


@pytest.mark.logs("object-restored")
def test_a_compressed_file_that_was_lost_is_put_back_as_it_comes(store, pack, rows, objects, kept):
    store(an_image())
    pack()
    objects.remove(rows()[0].object_key)
    assert store(an_image()) is StoreOutcome.DUPLICATE
    (row,) = rows()
    assert (row.transfer_syntax_uid, row.sha256) == (EXPLICIT, hashlib.sha256(kept()).hexdigest())
    assert store(an_image()) is StoreOutcome.DUPLICATE

"""What went through the one door is in the archive once, whole and counted."""

import hashlib
import io
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pydicom
import pytest
import sqlalchemy as sa
from pydicom.uid import CTImageStorage

from app.domain.changes import ChangeKind
from app.domain.errors import ForbiddenError, StorageFullError, UnavailableError
from app.domain.ingest import RefusalReason, RefusedObjectError, StoreOutcome, StoreResult
from app.domain.storage import Watermarks
from app.server.core import changes
from app.server.core.ingest import Ingest
from app.server.core.studies import study
from app.server.store import tables
from app.server.store.objects import ObjectStore
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.stored import data_set, files, object_file


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def aside(database, objects):
    """The data sets of what was put aside."""

    def found() -> list[bytes]:
        with database.read() as connection:
            keys = connection.scalars(sa.select(tables.quarantined.c.object_key)).all()
        return [data_set(objects.plain_file(key).read_bytes()) for key in keys]

    return found


def test_an_object_is_kept_bit_by_bit_under_an_empty_preamble(
    store, database, objects, doctor, server_settings
):
    sent = b"#!/bin/sh".ljust(128) + an_object()[128:]
    assert store(sent) == StoreResult(
        sop_uid(1, 1, 1), StoreOutcome.STORED, study_uid(1), series_uid(1, 1), CTImageStorage
    )
    kept = object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes()
    assert data_set(kept) == data_set(sent)
    assert kept[:132] == bytes(128) + b"DICM"
    with database.read() as connection:
        sha256, size = connection.execute(
            sa.select(tables.instance.c.sha256, tables.instance.c.size)
        ).one()
    assert (sha256, size) == (hashlib.sha256(kept).hexdigest(), len(kept))
    assert files(server_settings, "staging") == []


def test_a_file_is_kept_like_bytes(store, tmp_path):
    file = tmp_path / "object.dcm"
    file.write_bytes(an_object())
    assert store(file).outcome is StoreOutcome.STORED
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE


def test_a_repeated_object_is_answered_as_such_and_counted_once(
    store, database, doctor, server_settings
):
    assert store(an_object()).outcome is StoreOutcome.STORED
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    assert study(database, doctor, study_uid(1)).summary.instance_count == 1
    assert len(files(server_settings, "objects")) == 1
    assert files(server_settings, "staging") == []


@pytest.mark.logs("object-conflict")
def test_other_bytes_under_a_known_uid_are_put_aside_once(
    store, database, objects, doctor, server_settings, aside
):
    store(an_object(value=1))
    for _ in range(2):
        result = store(an_object(value=2))
        assert result.outcome is StoreOutcome.CONFLICT
    kept = object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes()
    assert data_set(kept) == data_set(an_object(value=1))
    assert aside() == [data_set(an_object(value=2))]
    assert len(files(server_settings, "objects")) == 2
    assert files(server_settings, "staging") == []


def test_the_same_content_written_another_way_is_a_repetition(
    store, database, doctor, server_settings, aside
):
    explicit = an_object(side=64, value=5)
    ds = pydicom.dcmread(io.BytesIO(explicit))
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    implicit = io.BytesIO()
    pydicom.dcmwrite(implicit, ds, implicit_vr=True, little_endian=True)
    assert store(implicit.getvalue()).outcome is StoreOutcome.STORED
    assert store(explicit).outcome is StoreOutcome.DUPLICATE
    assert study(database, doctor, study_uid(1)).summary.instance_count == 1
    assert len(files(server_settings, "objects")) == 1
    assert aside() == files(server_settings, "staging") == []


@pytest.mark.logs("object-conflict", "object-restored")
def test_an_object_whose_file_was_lost_is_healed_when_it_is_sent_again(
    store, database, objects, doctor, server_settings
):
    store(an_object())
    (lost,) = files(server_settings, "objects")
    kept = lost.read_bytes()
    shutil.rmtree(lost.parent)
    assert store(an_object(value=1)).outcome is StoreOutcome.CONFLICT
    assert not lost.exists()
    assert store(an_object()).outcome is StoreOutcome.DUPLICATE
    assert object_file(database, objects, doctor, sop_uid(1, 1, 1)).read_bytes() == kept
    assert files(server_settings, "staging") == []


@pytest.mark.logs("object-conflict", "object-left-in-staging")
def test_what_was_put_aside_and_not_moved_is_found_and_moved_at_the_next_start(
    store, monkeypatch, database, objects, server_settings, aside
):
    def fail(_staged):
        raise OSError(5, "Input/output error")

    store(an_object(value=1))
    with monkeypatch.context() as broken:
        broken.setattr(ObjectStore, "keep", lambda _objects, staged: fail(staged))
        assert store(an_object(value=2)).outcome is StoreOutcome.CONFLICT
    assert len(files(server_settings, "staging")) == 1
    Ingest(database, objects, max_object_size=1, clock=now)
    assert files(server_settings, "staging") == []
    assert aside() == [data_set(an_object(value=2))]


@pytest.mark.logs("object-conflict")
def test_a_series_of_another_study_does_not_mix_with_it(store, database, doctor, aside):
    store(an_object(1))
    result = store(an_object(2, SeriesInstanceUID=series_uid(1, 1)))
    assert result.outcome is StoreOutcome.CONFLICT
    assert study(database, doctor, study_uid(1)).summary.instance_count == 1
    assert len(aside()) == 1


@pytest.mark.logs("object-conflict")
def test_a_study_never_holds_two_patients(store, database, doctor, aside):
    store(an_object(number=1, PatientID="A", PatientName="Hello^A"))
    other = store(an_object(number=2, PatientID="B", PatientName="Hello^B"))
    assert other.outcome is StoreOutcome.CONFLICT
    assert study(database, doctor, study_uid(1)).summary.instance_count == 1
    assert len(aside()) == 1


def test_a_corrected_or_missing_id_or_name_is_still_the_same_patient(store, database, doctor):
    for number, (patient_id, name) in enumerate(
        [("A", "Ёлкин^Пётр"), ("B", "ЕЛКИН^ПЕТР"), ("A", "Smith"), ("", "Smith"), ("C", "")]
    ):
        data = an_object(number=number, PatientID=patient_id, PatientName=name)
        assert store(data).outcome is StoreOutcome.STORED
    assert study(database, doctor, study_uid(1)).summary.patient_name == "Ёлкин^Пётр"


def test_counts_and_modalities_follow_what_arrives(store, database, doctor):
    store(an_object(1, 1, 1))
    store(an_object(1, 1, 2))
    store(an_object(1, 2, 1, Modality="PT"))
    store(an_object(1, 3, 1, Modality="SR", PixelData=None, Rows=None, Columns=None))
    found = study(database, doctor, study_uid(1))
    assert (found.summary.series_count, found.summary.instance_count) == (3, 4)
    assert found.summary.modalities == ("CT", "PT")
    assert [(each.instance_count, each.image_count) for each in found.series] == [
        (2, 2),
        (1, 1),
        (1, 0),
    ]


def test_a_study_without_images_has_the_modality_it_says(store, database, doctor):
    store(an_object(Modality="SR", PixelData=None, Rows=None, Columns=None))
    assert study(database, doctor, study_uid(1)).summary.modalities == ("SR",)


def test_a_blank_field_is_filled_by_a_later_object_and_a_filled_one_stays(store, database, doctor):
    store(an_object(number=1, StudyDescription="", PatientID="first"))
    store(an_object(number=2, StudyDescription="Chest", PatientID="second"))
    summary = study(database, doctor, study_uid(1)).summary
    assert (summary.description, summary.patient_id) == ("Chest", "first")


def test_the_feed_tells_of_the_study_once_for_each_commit(store, database, doctor):
    seen = database.bell.count
    store(an_object(number=1))
    store(an_object(number=1))
    store(an_object(number=2))
    told = changes.since(database, doctor, 0, 10)
    assert [(each.kind, each.study_uid) for each in told] == [
        (ChangeKind.STUDY_STORED, study_uid(1))
    ] * 2
    assert database.bell.count > seen


def test_without_permission_nothing_is_even_read(ingest, nobody, source):
    with pytest.raises(ForbiddenError):
        ingest.store(nobody, source, b"not read")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", RefusalReason.NOT_DICOM),
        (b"hello, world" * 100, RefusalReason.NOT_DICOM),
        (an_object(SOPInstanceUID="", SeriesNumber=1), RefusalReason.MISSING_UID),
        (
            an_object(StudyInstanceUID="1.2.3.4.5").replace(b"1.2.3.4.5", b"../../etc"),
            RefusalReason.BAD_UID,
        ),
        (an_object()[:-100], RefusalReason.TRUNCATED),
    ],
)
def test_what_can_not_be_kept_is_refused_and_leaves_nothing(store, server_settings, data, reason):
    with pytest.raises(RefusedObjectError) as refusal:
        store(data)
    assert refusal.value.reason is reason
    assert files(server_settings, "staging") == []


@pytest.mark.parametrize("announced", [(CTImageStorage, sop_uid(1, 1, 2)), ("1.2.3", "")])
def test_an_object_that_was_not_announced_is_refused(ingest, doctor, source, announced):
    with pytest.raises(RefusedObjectError) as refusal:
        ingest.store(doctor, replace(source, announced=announced), an_object())
    assert refusal.value.reason is RefusalReason.NOT_ANNOUNCED
    said = replace(source, announced=(CTImageStorage, sop_uid(1, 1, 1)))
    assert ingest.store(doctor, said, an_object()).outcome is StoreOutcome.STORED


def test_an_object_above_the_limit_is_refused(database, objects, doctor, source, ingest):
    with pytest.raises(RefusedObjectError) as refusal:
        ingest.store(doctor, source, an_object() + bytes(64 * 1024 * 1024))
    assert refusal.value.reason is RefusalReason.TOO_LARGE


def test_many_threads_count_right(ingest, database, doctor, source, server_settings):
    outcomes = []

    def send(first):
        for number in range(20):
            result = ingest.store(doctor, source, an_object(1 + number % 3, 1, first + number))
            outcomes.append(result.outcome)

    threads = [threading.Thread(target=send, args=(first,)) for first in (0, 0, 10, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {(1 + number % 3, first + number) for first in (0, 10, 40) for number in range(20)}
    assert outcomes.count(StoreOutcome.STORED) == len(expected)
    assert outcomes.count(StoreOutcome.DUPLICATE) == 80 - len(expected)
    counts = [study(database, doctor, study_uid(each)).summary.instance_count for each in (1, 2, 3)]
    assert counts == [sum(1 for of, _ in expected if of == each) for each in (1, 2, 3)]
    assert len(files(server_settings, "objects")) == len(expected)
    assert files(server_settings, "staging") == []


@pytest.mark.parametrize("server_settings", ["postgresql"], indirect=True)
@pytest.mark.logs("object-restored")  # each has files of its own
def test_two_servers_on_one_database_agree(server_settings, database, doctor, source, tmp_path):
    results = []

    def serve(name):
        objects = ObjectStore(tmp_path / name)
        ingest = Ingest(database, objects, max_object_size=1 << 20, clock=now)
        results.extend(
            ingest.store(doctor, source, an_object(number % 4, 1, number)).outcome
            for number in range(30)
        )
        ingest.close()

    threads = [threading.Thread(target=serve, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(StoreOutcome.STORED) == 30
    assert results.count(StoreOutcome.DUPLICATE) == 30
    numbers = [each.number for each in changes.since(database, doctor, 0, 1000)]
    assert numbers == sorted(set(numbers))


def test_a_full_disk_is_told_before_anything_is_written(database, server_settings, doctor, source):
    objects = ObjectStore(server_settings.data_dir, Watermarks(full_percent=100))
    ingest = Ingest(database, objects, max_object_size=1 << 20, clock=None)
    with pytest.raises(StorageFullError):
        ingest.store(doctor, source, an_object())
    ingest.close()
    assert files(server_settings, "staging") == []


def test_a_closed_archive_takes_nothing_more(ingest, doctor, source):
    ingest.close()
    with pytest.raises(UnavailableError):
        ingest.store(doctor, source, an_object())

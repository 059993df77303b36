"""A server does not start on objects that are not those of its database."""

import pytest

from app.dicom.header import read_object
from app.domain.errors import ConfigurationError
from app.server.core import identity as module
from app.server.core.identity import require_one_archive
from app.server.core.pixels import stored_object
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.settings import Settings
from tests.server.samples import an_object, sop_uid


@pytest.fixture(params=["files", "bucket"])
def open_objects(request, tmp_path):
    """Opens the objects of an archive by a name: other files for each, or the same bucket."""
    opened = []

    def open_objects(name: str, bucket=None) -> ObjectStore:
        if request.param == "files":
            settings = Settings(data_dir=tmp_path / name)
        else:
            bucket = bucket or request.getfixturevalue("a_bucket")
            settings = bucket.settings(tmp_path / name)
        opened.append(ObjectStore.of(settings))
        return opened[-1]

    open_objects.is_bucket = request.param == "bucket"
    yield open_objects
    for each in opened:
        each.close()


def test_an_archive_knows_its_objects_again(database, open_objects):
    for _ in range(2):
        require_one_archive(database, open_objects("a"))
    assert open_objects("a").identity()


def test_servers_of_one_database_share_a_bucket_and_no_folders(database, open_objects):
    require_one_archive(database, open_objects("a"))
    if open_objects.is_bucket:
        require_one_archive(database, open_objects("b"))
    else:
        with pytest.raises(ConfigurationError, match="archive-id"):
            require_one_archive(database, open_objects("b"))


def test_another_archives_objects_are_not_taken(database, open_objects, s3_service):
    require_one_archive(database, open_objects("a"))
    other = open_objects("b", s3_service.new_bucket())
    other.identify("0" * 32)
    with pytest.raises(ConfigurationError, match="0" * 32):
        require_one_archive(database, other)


def test_a_new_database_takes_over_the_objects_that_are_there(database, open_objects):
    objects = open_objects("a")
    objects.identify("0" * 32)
    for _ in range(2):
        require_one_archive(database, objects)


def test_two_servers_that_start_for_the_first_time_agree(
    database, server_settings, open_objects, monkeypatch
):
    if not database.is_postgresql:
        return  # one server alone
    insert, other = module.rows.insert, Database.open(server_settings)

    def after_another(connection, identity):
        monkeypatch.setattr(module.rows, "insert", insert)
        require_one_archive(other, open_objects("a"))
        insert(connection, identity)

    monkeypatch.setattr(module.rows, "insert", after_another)
    require_one_archive(database, open_objects("a"))
    other.close()


def test_an_archive_moves_into_a_bucket_with_its_files(
    database, ingest, objects, server_settings, doctor, source, a_bucket
):
    require_one_archive(database, objects)
    ingest.store(doctor, source, an_object())
    folder = server_settings.data_dir
    for path in [folder / "archive-id", *(folder / "objects").rglob("*.*")]:
        name = path.relative_to(folder).as_posix()
        a_bucket.store.put(f"archive/{name}", path.read_bytes())
    moved = ObjectStore.of(a_bucket.settings(folder))
    require_one_archive(database, moved)
    with moved.open(stored_object(database, doctor, sop_uid(1, 1, 1)).key) as file:
        assert read_object(file).sop_instance_uid == sop_uid(1, 1, 1)
    moved.close()


@pytest.mark.logs("archive-identity-not-compared")
def test_a_bucket_that_is_away_is_compared_another_time(database, a_bucket, tmp_path):
    objects = ObjectStore.of(a_bucket.settings(tmp_path / "a"))
    a_bucket.service.stop()
    try:
        require_one_archive(database, objects)
    finally:
        a_bucket.service.start()
    require_one_archive(database, objects)
    objects.close()

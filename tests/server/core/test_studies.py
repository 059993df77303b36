"""A study, its series, and their manifests."""

import pytest

from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.server.core import changes
from app.server.core.studies import manifest, study
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.stored import object_file


@pytest.fixture
def a_study(ingest, doctor, source):
    for number in (3, 1, 2):
        ingest.store(doctor, source, an_object(1, 2, number))
    ingest.store(doctor, source, an_object(1, 1, 1, SeriesNumber=None))
    ingest.store(
        doctor, source, an_object(1, 2, 9, Modality="PR", PixelData=None, Rows=None, Columns=None)
    )


def test_series_come_in_the_order_of_their_numbers(a_study, database, doctor):
    found = study(database, doctor, study_uid(1))
    assert [(each.series_uid, each.number) for each in found.series] == [
        (series_uid(1, 2), 2),
        (series_uid(1, 1), None),
    ]


def test_a_manifest_has_the_images_in_display_order(a_study, database, objects, doctor):
    found = manifest(database, objects, doctor, series_uid(1, 2), with_paths=False)
    assert [each.image.instance_number for each in found.images] == [1, 2, 3]
    assert found.others == 1
    assert found.series == study(database, doctor, study_uid(1)).series[0]
    assert {each.path for each in found.images} == {""}


def test_a_manifest_tells_where_pixels_lie_in_the_file(a_study, database, objects, doctor):
    found = manifest(database, objects, doctor, series_uid(1, 2), with_paths=True)
    for each in found.images:
        path = object_file(database, objects, doctor, each.image.sop_instance_uid)
        content = path.read_bytes()
        assert (str(path), len(content)) == (each.path, each.file_size)
        assert each.pixel_length == 16 * 16 * 2
        assert content[each.pixel_offset :][: each.pixel_length] == bytes(each.pixel_length)


def test_a_manifest_has_no_paths_where_no_plain_files_lie(
    a_study, database, objects, doctor, monkeypatch
):
    monkeypatch.setattr(type(objects), "plain_file", lambda _objects, _key: None)
    found = manifest(database, objects, doctor, series_uid(1, 2), with_paths=True)
    assert {each.path for each in found.images} == {""}


def test_what_is_not_there_is_not_found(database, objects, doctor):
    with pytest.raises(NotFoundError):
        study(database, doctor, "1.2")
    with pytest.raises(NotFoundError):
        manifest(database, objects, doctor, "1.2", with_paths=False)
    with pytest.raises(NotFoundError):
        object_file(database, objects, doctor, "1.2")


def test_an_object_whose_file_is_gone_is_not_found(a_study, database, objects, doctor):
    object_file(database, objects, doctor, sop_uid(1, 2, 1)).unlink()
    with pytest.raises(NotFoundError):
        object_file(database, objects, doctor, sop_uid(1, 2, 1))


def test_strangers_read_nothing(a_study, database, objects, nobody):
    for read in (
        lambda: study(database, nobody, study_uid(1)),
        lambda: manifest(database, objects, nobody, series_uid(1, 2), with_paths=True),
        lambda: object_file(database, objects, nobody, sop_uid(1, 2, 1)),
        lambda: changes.since(database, nobody, 0, 1),
        lambda: changes.last(database, nobody),
    ):
        with pytest.raises(ForbiddenError):
            read()


def test_the_feed_is_read_in_pieces(a_study, database, doctor):
    everything = changes.since(database, doctor, 0, 1000)
    assert [each.number for each in everything] == sorted(each.number for each in everything)
    assert changes.since(database, doctor, everything[0].number, 2) == everything[1:3]
    assert changes.last(database, doctor) == everything[-1].number
    for number, limit in ((-1, 1), (0, -1)):
        with pytest.raises(InvalidError):
            changes.since(database, doctor, number, limit)

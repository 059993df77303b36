"""Files that no row names are told of and stay."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from app.dicom.encoders import JPEG_LS
from app.domain.access import Role
from app.domain.deletion import DeletionRequest
from app.server.core.deletions import Deletions
from app.server.core.fixity import Fixity
from app.server.core.packing import Packing
from app.server.store import folder, tables
from app.server.store.objects import ObjectStore
from tests.server.samples import an_object, series_uid, study_uid


@pytest.fixture(params=["files", "bucket"])
def objects(request, server_settings):
    settings = server_settings
    if request.param == "bucket":
        settings = request.getfixturevalue("a_bucket").settings(server_settings.data_dir)
    objects = ObjectStore.of(settings)
    yield objects
    objects.close()


@pytest.fixture
def told(database, objects, clock):
    """What a round of fixity says of files without a row when so much time has passed."""

    def told(later: timedelta = timedelta(days=8)) -> list[dict]:
        clock.ahead += later
        with capture_logs() as lines:
            Fixity(database, objects, clock, portion=1 << 30).check_some()
        return [line for line in lines if line["event"] == "files-without-row"]

    return told


def forget_rows(database) -> None:
    """As a database does that is restored from an older copy."""
    with database.write() as connection:
        connection.execute(sa.delete(tables.instance))


def test_files_that_lost_their_rows_are_told_of_and_stay(store, database, told, monkeypatch):
    monkeypatch.setattr(folder, "LISTED_AT_ONCE", 2)
    for number in (1, 2, 3):
        store(an_object(number=number))
    forget_rows(database)
    assert told(timedelta(0)) == []  # they may be on their way in
    (line,) = told()
    assert (line["count"], line["size"] > 3 * 512) == (3, True)
    assert told()[0]["count"] == 3


@pytest.mark.logs("object-conflict")
def test_what_has_a_row_of_any_kind_is_no_stray(
    store, database, objects, clock, told, admin, sign_in_as
):
    store(an_object(1, side=64))
    store(an_object(1, side=64, value=1))  # is put aside
    store(an_object(2, side=64, value=1))
    Packing(database, objects, clock, JPEG_LS).pack(series_uid(1, 1), lambda: False)
    deletions = Deletions(database, objects, clock)
    asked = deletions.request(admin, DeletionRequest(study_uid(2), "a mistake"))
    deletions.confirm(sign_in_as(Role.DOCTOR), asked.id)
    assert told() == []

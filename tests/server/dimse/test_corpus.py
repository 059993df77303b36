"""Real objects of every transfer syntax and hostile files, sent over real associations."""

import time
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydicom.filereader import read_file_meta_info

from app.dicom.header import read_object
from app.server.dimse.scu import echo
from app.server.dimse.status import Status
from app.server.store import tables
from tests.server.dimse import raw

SUCCESS, ABORTED = Status.SUCCESS, -1
REFUSALS = {
    Status.CANNOT_UNDERSTAND,
    Status.DATA_SET_MISMATCH,
    Status.DUPLICATE_INSTANCE,
    Status.OUT_OF_RESOURCES,
}
pytestmark = pytest.mark.no_cover  # it runs what others do, many times


def parts(path: Path) -> tuple[str, str, bytes] | None:
    """SOP class, transfer syntax and data set of a file, when an association can carry them."""
    data = path.read_bytes()
    if data[128:132] != b"DICM" or len(data) > 200_000_000:
        return None
    with warnings.catch_warnings(action="ignore"):
        try:
            meta = read_file_meta_info(path)
            length = int(meta.FileMetaInformationGroupLength)
            return (
                str(meta.MediaStorageSOPClassUID),
                str(meta.TransferSyntaxUID),
                data[144 + length :],
            )
        except Exception:  # noqa: BLE001 - a hostile file may fail in any way
            return None


@pytest.fixture
def send(connect):
    def send(path: Path) -> tuple[int, bytes]:
        found = parts(path)
        if not found or not found[2]:
            return ABORTED, b""
        sop_class, syntax, data_set = found
        connection = connect()
        with warnings.catch_warnings(action="ignore"):
            try:
                raw.associate(connection, sop_class=sop_class, syntax=syntax)
            except ValueError:  # no UID that can be proposed
                return ABORTED, b""
        status = raw.store(connection, data_set)
        connection.close()
        return status, data_set

    return send


@pytest.mark.logs("association-aborted", "object-conflict", "request-not-done")
def test_every_transfer_syntax_arrives_as_it_was_sent(
    send, shared_dicom, database, server_settings
):
    files = sorted(path for path in (shared_dicom / "syntaxes").rglob("*") if path.is_file())
    sent = [send(path) for path in files]
    assert {status for status, _data in sent} <= REFUSALS | {SUCCESS, ABORTED}
    stored = {data for status, data in sent if status == SUCCESS}
    assert len(stored) > 100  # the rest repeats UIDs of others or has none
    kept = [path.read_bytes() for path in (server_settings.data_dir / "objects").rglob("*.*")]
    found = {data[144 + int.from_bytes(data[140:144], "little") :] for data in kept}
    aside = {data for status, data in sent if status == Status.DUPLICATE_INSTANCE}
    mended = {
        data
        for path, (status, data) in zip(files, sent, strict=True)
        if status == SUCCESS and read_object(path).has_wrong_group_lengths
    }
    assert stored - found == mended
    assert len(found - stored - aside) == len(mended)


@pytest.mark.logs("association-aborted", "object-conflict", "request-not-done")
def test_hostile_files_are_answered_within_five_seconds_each(send, peer, shared_dicom, database):
    for path in sorted((shared_dicom / "malformed").rglob("*")):
        if path.is_file():
            started = time.process_time()
            status, _data = send(path)
            assert status in REFUSALS | {SUCCESS, ABORTED}
            assert time.process_time() - started < 5, path.name
    assert echo(peer, "A") == SUCCESS
    with database.read() as connection:
        uids = connection.scalars(sa.select(tables.instance.c.sop_instance_uid)).all()
    assert all(set(uid) <= set("0123456789.") for uid in uids)

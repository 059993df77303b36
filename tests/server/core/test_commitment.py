"""Storage commitment: what is truly there, and reports that are owed until they are given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import Actor, Permission
from app.domain.commitment import Commitment, FailureReason, Reference
from app.domain.errors import ConflictError, ForbiddenError, InvalidError
from app.server.core import commitment as commitments
from app.server.core.fixity import Fixity
from app.server.store import jobs
from app.server.store.jobs import Room
from app.server.store.studies import object_key
from tests.server.samples import an_object, sop_uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
SCANNER = Actor("SCANNER", frozenset({Permission.STUDY_IMPORT}))


def image(number: int, sop_class_uid: str = CT_IMAGE) -> Reference:
    return Reference(sop_class_uid, sop_uid(1, 1, number))


def a_request(*references: Reference, transaction_uid: str = "1.2.3") -> Commitment:
    return Commitment(0, transaction_uid, "SCANNER", "KLINIKA", references or (image(1),), NOW)


@pytest.fixture
def stored(ingest, doctor, source, database, objects):
    """Three images; answers the file of one."""
    for number in (1, 2, 3):
        ingest.store(doctor, source, an_object(number=number))

    def file_of(number):
        with database.read() as connection:
            return objects.plain_file(object_key(connection, sop_uid(1, 1, number)))

    return file_of


def test_what_has_a_row_and_its_file_is_committed(database, objects, stored):
    wanted = (image(3), image(1))
    finding = commitments.examine(database, objects, wanted)
    assert (finding.committed, finding.failed) == (wanted, ())


def test_what_is_not_whole_here_fails_with_its_reason(database, objects, stored):
    stored(2).unlink()
    whole = stored(3).read_bytes()
    stored(3).write_bytes(whole[:-1])
    finding = commitments.examine(
        database, objects, [image(1, MR_IMAGE), image(2), image(3), image(4), image(1)]
    )
    assert finding.committed == (image(1),)
    assert finding.failed == (
        (image(1, MR_IMAGE), FailureReason.CLASS_CONFLICT),
        (image(2), FailureReason.NO_SUCH_INSTANCE),
        (image(3), FailureReason.PROCESSING_FAILURE),
        (image(4), FailureReason.NO_SUCH_INSTANCE),
    )


def test_a_file_that_nobody_may_look_at_fails(database, objects, stored, monkeypatch):
    def refuse(_self, _key, _size):
        raise PermissionError

    monkeypatch.setattr(type(objects), "is_whole", refuse)
    finding = commitments.examine(database, objects, [image(1)])
    assert finding.failed == ((image(1), FailureReason.PROCESSING_FAILURE),)


@pytest.mark.logs("object-damaged")
def test_what_was_found_damaged_is_not_vouched_for(database, objects, stored, monkeypatch):
    def fail(_objects, _key):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(type(objects), "digest", fail)
        Fixity(database, objects, lambda: NOW, portion=1 << 20).check_some()
    finding = commitments.examine(database, objects, [image(1)])
    assert finding.failed == ((image(1), FailureReason.PROCESSING_FAILURE),)


@pytest.fixture
def is_owed(database):
    """Whether a report of a request is due at a moment."""

    def is_owed(commitment, at) -> bool:
        with database.read() as connection:
            due = jobs.is_any_due(connection, Room((commitments.KIND,)), at)
        return due and not commitments.one(database, commitment.number).is_reported

    return is_owed


def test_a_request_is_its_callers_until_it_is_handed_over_or_the_caller_vanished(database, is_owed):
    kept = commitments.request(database, SCANNER, a_request())
    assert commitments.one(database, kept.number) == kept
    assert not is_owed(kept, NOW)
    assert is_owed(kept, NOW + commitments.LEASE)
    commitments.hand_over(database, kept, NOW)
    assert is_owed(kept, NOW)


def test_a_report_that_was_given_is_not_owed(database, is_owed):
    kept = commitments.request(database, SCANNER, a_request())
    commitments.reported(database, kept, NOW)
    assert not is_owed(kept, NOW + timedelta(days=1))


def test_a_request_in_the_same_words_is_reported_again(database, is_owed):
    first = commitments.request(database, SCANNER, a_request())
    commitments.reported(database, first, NOW)
    again = commitments.request(database, SCANNER, a_request())
    assert again == first
    commitments.hand_over(database, again, NOW)
    assert is_owed(first, NOW)


def test_a_transaction_uid_is_not_used_for_other_instances(database):
    commitments.request(database, SCANNER, a_request(image(1)))
    with pytest.raises(ConflictError):
        commitments.request(database, SCANNER, a_request(image(2)))
    other = replace(a_request(image(2)), ae_title="CT2")
    assert commitments.request(database, SCANNER, other).references == (image(2),)


def test_what_was_reported_long_ago_is_forgotten(database):
    old = commitments.request(database, SCANNER, a_request(image(1)))
    commitments.reported(database, old, NOW)
    later = replace(
        a_request(image(1), transaction_uid="1.2.4"), requested_at=NOW + timedelta(days=31)
    )
    commitments.request(database, SCANNER, later)
    assert commitments.one(database, old.number + 100) is None
    assert commitments.request(database, SCANNER, a_request(image(2))).number != old.number


def test_nothing_and_nobody_are_refused(database, nobody):
    with pytest.raises(InvalidError):
        commitments.request(database, SCANNER, replace(a_request(), references=()))
    with pytest.raises(ForbiddenError):
        commitments.request(database, nobody, a_request())

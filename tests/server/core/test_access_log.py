"""Looking at a study is written down for a while of looking, whoever looks."""

from dataclasses import replace
from datetime import timedelta

from app.server.core import access_log, audit
from app.server.core.access_log import EVERY, AccessLog, Named
from app.server.core.audit import Action
from tests.server.samples import an_object, series_uid, sop_uid, study_uid


def told(database, admin):
    """(actor, subject) of the accesses in the audit trail, oldest first."""
    entries = audit.newest(database, admin)
    found = [each for each in entries if each.action == Action.STUDY_READ]
    return [(each.actor, each.subject) for each in reversed(found)]


def test_a_while_of_looking_is_one_entry(database, clock, admin, doctor):
    log = AccessLog(database, clock)
    for _ in range(3):
        log.note(doctor, Action.STUDY_READ, "1.2")
    log.note(doctor, Action.STUDY_READ, "1.3")
    log.note(replace(doctor, session_id="another"), Action.STUDY_READ, "1.2")
    log.note(admin, Action.STUDY_READ, "1.2")
    name, boss = doctor.name, admin.name
    expected = [(name, "1.2"), (name, "1.3"), (name, "1.2"), (boss, "1.2")]
    assert told(database, admin) == expected
    clock.ahead = EVERY + timedelta(seconds=1)
    log.note(doctor, Action.STUDY_READ, "1.2")
    assert told(database, admin) == [*expected, (name, "1.2")]


def test_what_is_forgotten_is_told_once_more(database, clock, admin, doctor, monkeypatch):
    monkeypatch.setattr(access_log, "MOST", 2)
    log = AccessLog(database, clock)
    for subject in ("1", "2", "3", "3", "1"):
        log.note(doctor, Action.STUDY_READ, subject)
    assert [subject for _, subject in told(database, admin)] == ["1", "2", "3", "1"]


def test_series_and_objects_are_told_as_their_study(database, clock, admin, doctor, ingest, source):
    ingest.store(doctor, source, an_object(7, 1, 1))
    ingest.store(doctor, source, an_object(7, 1, 2))
    log = AccessLog(database, clock)
    accesses = [
        (series_uid(7, 1), Named.SERIES),
        (sop_uid(7, 1, 1), Named.INSTANCE),
        (sop_uid(7, 1, 1), Named.INSTANCE),
        (sop_uid(7, 1, 2), Named.INSTANCE),
        (study_uid(7), Named.ITSELF),
    ]
    for uid, named in accesses:
        log.note(doctor, Action.STUDY_READ, uid, named)
        assert log.is_noted(doctor, Action.STUDY_READ, uid, named)
    assert told(database, admin) == [(doctor.name, study_uid(7))]
    assert not log.is_noted(admin, Action.STUDY_READ, sop_uid(7, 1, 1), Named.INSTANCE)
    assert not log.is_noted(doctor, Action.STUDY_READ, sop_uid(8, 1, 1), Named.INSTANCE)


def test_what_has_gone_meanwhile_is_told_by_its_own_uid(database, clock, admin, doctor):
    log = AccessLog(database, clock)
    log.note(doctor, Action.STUDY_READ, sop_uid(9, 1, 1), Named.INSTANCE)
    assert told(database, admin) == [(doctor.name, sop_uid(9, 1, 1))]

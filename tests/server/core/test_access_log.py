"""Looking at a study is written down for a while of looking, whoever looks."""

from dataclasses import replace
from datetime import timedelta

from app.server.core import access_log, audit
from app.server.core.access_log import EVERY, AccessLog
from app.server.core.audit import Action


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

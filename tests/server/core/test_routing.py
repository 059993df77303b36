"""Routing: rules kept by administrators, complete series queued for where they say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.access import Role
from app.domain.changes import ChangeKind
from app.domain.commitment import Answered
from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.routing import RoutingRule
from app.server.core import audit, changes, commitment_requests
from app.server.core.audit import Action
from app.server.core.ingest import Ingest
from app.server.core.jobs import Jobs
from app.server.core.routing import FORWARD, SETTLE, Routing, Sending
from app.server.core.studies import study
from app.server.store import jobs as rows
from app.server.store import nodes, removal
from app.server.store.jobs import Room
from app.server.store.tables import instance
from tests.server.samples import an_object, series_uid, sop_uid, study_uid

QUIET = timedelta(seconds=60)
CT1 = Source(SourceKind.C_STORE, "CT1", called="KLINIKA_ROUTE")
RULE = RoutingRule("", "To the neighbours", ("NEIGHBOUR",))
SERIES = Sending("NEIGHBOUR", study_uid(1), series_uid(1, 1))


@pytest.fixture
def routing(database, clock) -> Routing:
    with database.write() as connection:
        for title in ("NEIGHBOUR", "FAR AWAY"):
            nodes.insert(connection, RemoteNode(title, "127.0.0.1", 104))
    return Routing(database, clock)


@pytest.fixture
def ingest(database, objects, clock):
    ingest = Ingest(database, objects, max_object_size=1 << 20, clock=clock, quiet=QUIET)
    yield ingest
    ingest.close()


@pytest.fixture
def queued(database, clock, admin):
    """The jobs of a kind that wait, oldest first."""

    def queued(kind=FORWARD):
        return Jobs(database, clock).newest(admin, JobState.QUEUED, kind)[::-1]

    return queued


@pytest.fixture
def stored(ingest, admin):
    """Stores objects of the first study, given by series and number."""

    def stored(*objects, source=CT1, **elements):
        for series, number in objects:
            ingest.store(admin, source, an_object(1, series, number, **elements))

    return stored


@pytest.fixture
def settle(database, clock, routing):
    """Lets a minute pass, and looks at every series to which nothing came in it."""

    def settle() -> None:
        clock.ahead += QUIET
        while True:
            with database.write() as connection:
                job = rows.claim(connection, Room((SETTLE,)), "worker", clock(), clock() + QUIET)
            if job is None:
                return
            routing.settled(job.payload["series_uid"])

    return settle


def test_administrators_keep_rules_and_each_change_leaves_a_trace(routing, admin, database):
    rule = routing.add(admin, RULE)
    assert len(rule.rule_id) == 32
    changed = routing.save(admin, replace(rule, name="Neighbours", modalities=("CT",)))
    other = routing.add(admin, replace(RULE, name="a first one"))
    assert routing.rules(admin) == (other, changed)
    routing.delete(admin, rule.rule_id)
    routing.delete(admin, rule.rule_id)
    assert routing.rules(admin) == (other,)
    told = [
        (bool(entry.old_value), bool(entry.new_value))
        for entry in audit.newest(database, admin)
        if entry.action == Action.ROUTING_CHANGED and entry.subject == rule.rule_id
    ]
    assert told == [(True, False), (True, True), (False, True)]


def test_a_rule_needs_known_destinations_and_an_id_that_is_there(routing, admin):
    with pytest.raises(InvalidError, match="destinations"):
        routing.add(admin, replace(RULE, destinations=("NEIGHBOUR", "UNKNOWN")))
    with pytest.raises(InvalidError, match="name"):
        routing.add(admin, replace(RULE, name=""))
    with pytest.raises(NotFoundError):
        routing.save(admin, replace(RULE, rule_id="0" * 32))


def test_only_administrators_see_and_change_rules(routing, sign_in_as):
    operator = sign_in_as(Role.OPERATOR)
    for use in (
        lambda: routing.rules(operator),
        lambda: routing.add(operator, RULE),
        lambda: routing.delete(operator, "1"),
        lambda: routing.dry_run(operator, RULE),
    ):
        with pytest.raises(ForbiddenError):
            use()


def test_a_dry_run_tells_what_would_be_sent(routing, admin, stored, queued):
    stored((1, 1), (1, 2))
    stored((2, 1), source=Source(SourceKind.IMPORT, "anna"))
    all_of_it = routing.dry_run(admin, RULE)
    assert (all_of_it.looked_at, all_of_it.study_count, all_of_it.series_count) == (1, 1, 2)
    assert all_of_it.study_uids == (study_uid(1),)
    assert routing.dry_run(admin, replace(RULE, sources=("CT1",))).series_count == 1
    assert routing.dry_run(admin, replace(RULE, kinds=(SourceKind.IMPORT,))).series_count == 1
    assert routing.dry_run(admin, replace(RULE, called=("KLINIKA_ROUTE",))).series_count == 1
    assert routing.dry_run(admin, replace(RULE, called=("KLINIKA",))).series_count == 0
    assert routing.dry_run(admin, replace(RULE, modalities=("MR",))).study_uids == ()
    assert queued() == ()
    with pytest.raises(InvalidError):
        routing.dry_run(admin, replace(RULE, destinations=()))


def test_a_series_that_grows_is_looked_at_when_nothing_comes_any_more(
    stored, queued, clock, database
):
    stored((1, 1), (2, 1))
    first, second = queued(SETTLE)
    assert {first.payload["series_uid"], second.payload["series_uid"]} == {
        series_uid(1, 1),
        series_uid(1, 2),
    }
    assert first.not_before - first.created_at == QUIET
    clock.ahead += timedelta(seconds=30)
    stored((1, 2))
    later, same = queued(SETTLE)
    assert timedelta(seconds=29) < later.not_before - first.not_before < timedelta(seconds=60)
    assert same == second


def test_a_series_without_end_is_looked_at_after_half_an_hour(stored, queued, clock):
    for number in range(34):
        stored((1, number))
        clock.ahead += timedelta(seconds=58)
    (job,) = queued(SETTLE)
    assert job.not_before - job.created_at == timedelta(minutes=30)


def test_what_is_repeated_makes_no_series_grow(stored, queued, clock):
    stored((1, 1))
    (job,) = queued(SETTLE)
    clock.ahead += timedelta(seconds=50)
    stored((1, 1))
    assert queued(SETTLE) == (job,)


def test_a_complete_series_is_queued_for_every_node_its_rules_name(
    routing, admin, stored, queued, settle
):
    both = routing.add(admin, replace(RULE, destinations=("NEIGHBOUR", "FAR AWAY")))
    routing.add(admin, replace(RULE, modalities=("MR",)))
    routing.add(admin, replace(RULE, is_enabled=False))
    stored((1, 1))
    settle()
    routing.settled(series_uid(1, 1))
    routing.settled("1.2.3")
    assert [job.payload for job in queued()] == [
        {
            "ae_title": ae_title,
            "study_uid": study_uid(1),
            "series_uid": series_uid(1, 1),
            "rule_id": both.rule_id,
        }
        for ae_title in ("NEIGHBOUR", "FAR AWAY")
    ]
    assert {job.subject for job in queued()} == {study_uid(1)}


def test_a_series_is_complete_until_more_comes(stored, settle, database, doctor):
    def completed() -> list[bool]:
        return [each.is_complete for each in study(database, doctor, study_uid(1)).series]

    stored((1, 1), (2, 1))
    assert completed() == [False, False]
    settle()
    assert completed() == [True, True]
    stored((2, 2))
    assert completed() == [True, False]
    kinds = [change.kind for change in changes.since(database, doctor, 0, 100)]
    assert kinds.count(ChangeKind.SERIES_COMPLETED) == 2


def test_a_series_to_which_more_came_meanwhile_is_looked_at_later(
    routing, stored, database, doctor
):
    stored((1, 1))
    routing.settled(series_uid(1, 1))
    assert not study(database, doctor, study_uid(1)).series[0].is_complete


def test_a_rule_sends_what_was_not_sent_and_did_not_come_from_there(routing, admin, stored):
    rule = routing.add(admin, RULE)
    stored((1, 1), (1, 2))
    stored((1, 3), source=Source(SourceKind.C_STORE, "NEIGHBOUR"))
    stored((2, 1))
    sending = replace(SERIES, rule_id=rule.rule_id)
    assert uids(routing.due(sending)) == [sop_uid(1, 1, 1), sop_uid(1, 1, 2)]
    routing.sent("NEIGHBOUR", [sop_uid(1, 1, 1), sop_uid(1, 1, 1)])
    routing.sent("NEIGHBOUR", [sop_uid(1, 1, 1)])
    routing.sent("NEIGHBOUR", [])
    assert uids(routing.due(sending)) == [sop_uid(1, 1, 2)]


def test_what_a_node_does_not_keep_of_a_series_is_sent_again_alone(
    routing, admin, stored, queued, database, clock
):
    stored((1, 1), (1, 2), (2, 1))
    stored((1, 3), source=Source(SourceKind.C_STORE, "NEIGHBOUR"))
    routing.sent("NEIGHBOUR", [sop_uid(1, 1, 1), sop_uid(1, 1, 2)])
    lost = (sop_uid(1, 1, 2),)
    uid = commitment_requests.begin(database, "NEIGHBOUR", lost)
    commitment_requests.answered(database, Answered(uid, (), ((lost[0], 0x0112),)), clock())
    routing.send_again("NEIGHBOUR", study_uid(1), (series_uid(1, 1),))
    routing.send_again("NEIGHBOUR", study_uid(1), (series_uid(1, 1),))
    (job,) = queued()
    assert uids(routing.due(Sending(**job.payload))) == list(lost)


def test_what_takes_the_place_of_an_object_is_sent_again(routing, admin, stored, database):
    rule = routing.add(admin, RULE)
    stored((1, 1))
    routing.sent("NEIGHBOUR", [sop_uid(1, 1, 1)])
    with database.write() as connection:
        is_it = instance.c.sop_instance_uid == sop_uid(1, 1, 1)
        removal.take_out(connection, removal.filed(connection, is_it))
    stored((1, 1), value=7)
    assert uids(routing.due(replace(SERIES, rule_id=rule.rule_id))) == [sop_uid(1, 1, 1)]


def test_by_hand_the_whole_study_is_sent_again(
    routing, admin, sign_in_as, stored, queued, database
):
    stored((1, 1), (2, 1))
    stored((1, 2), source=Source(SourceKind.C_STORE, "NEIGHBOUR"))
    routing.sent("NEIGHBOUR", [sop_uid(1, 1, 1)])
    routing.forward(sign_in_as(Role.DOCTOR), study_uid(1), "NEIGHBOUR")
    (job,) = queued()
    assert len(routing.due(Sending(**job.payload))) == 3
    (entry,) = (
        entry for entry in audit.newest(database, admin) if entry.action == Action.STUDY_FORWARDED
    )
    assert (entry.actor, entry.subject, entry.new_value) == ("doctor", study_uid(1), "NEIGHBOUR")


def test_by_hand_study_and_node_must_be_known_and_the_actor_allowed(routing, admin, stored, nobody):
    stored((1, 1))
    with pytest.raises(NotFoundError, match="study"):
        routing.forward(admin, "1.2.3", "NEIGHBOUR")
    with pytest.raises(NotFoundError, match="node"):
        routing.forward(admin, study_uid(1), "UNKNOWN")
    with pytest.raises(ForbiddenError):
        routing.forward(nobody, study_uid(1), "NEIGHBOUR")


@pytest.mark.parametrize(
    "change", [{"is_enabled": False}, {"destinations": ("FAR AWAY",)}, None], ids=str
)
def test_what_a_rule_no_longer_says_is_not_sent(routing, admin, stored, change):
    rule = routing.add(admin, RULE)
    stored((1, 1))
    if change is None:
        routing.delete(admin, rule.rule_id)
    else:
        routing.save(admin, replace(rule, **change))
    with pytest.raises(NotFoundError, match="rule"):
        routing.due(replace(SERIES, rule_id=rule.rule_id))


def test_outside_of_a_rules_hours_nothing_is_sent(routing, admin, stored, queued, clock, settle):
    now = clock().astimezone()
    hours = {
        "opens": (now + timedelta(hours=2)).time(),
        "closes": (now + timedelta(hours=3)).time(),
    }
    rule = routing.add(admin, replace(RULE, **hours))
    stored((1, 1))
    settle()
    (job,) = queued()
    assert timedelta(hours=1) < job.not_before - clock() <= timedelta(hours=2)
    assert routing.due(Sending(**job.payload)) == []
    assert queued() == (job,)
    clock.ahead += timedelta(hours=2, minutes=1)
    assert uids(routing.due(replace(SERIES, rule_id=rule.rule_id))) == [sop_uid(1, 1, 1)]


def test_a_job_that_comes_too_late_waits_for_the_next_hours(
    routing, admin, stored, queued, clock, database, settle
):
    now = clock().astimezone()
    hours = {
        "opens": (now + timedelta(hours=2)).time(),
        "closes": (now + timedelta(hours=3)).time(),
    }
    routing.add(admin, replace(RULE, **hours))
    stored((1, 1))
    settle()
    clock.ahead += timedelta(hours=4)
    with database.write() as connection:
        job = rows.claim(connection, Room((FORWARD,)), "worker", clock(), clock() + QUIET)
    assert routing.due(Sending(**job.payload)) == []
    (again,) = queued()
    assert again.id != job.id
    assert timedelta(hours=21) < again.not_before - clock() <= timedelta(hours=22)


def uids(objects) -> list[str]:
    return [each.sop_instance_uid for each in objects]

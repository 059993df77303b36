"""Orders of other systems are kept in step with ours, and nothing that was begun is touched."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.domain.access import POLICY, Actor, Role
from app.domain.changes import ChangeKind
from app.domain.ingest import Source, SourceKind
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.orders import ForeignOrder, OrderQuery, OrderStatus
from app.server.core import changes
from app.server.core.foreign_orders import KIND, ForeignOrders
from app.server.core.orders import Orders
from app.server.core.procedure_steps import create
from app.server.store import jobs, nodes, tables
from app.server.store.prefetching import PREFETCH
from tests.server.ordered import an_order
from tests.server.performing import a_beginning
from tests.server.samples import an_object, study_uid

DESK = Actor("operator", POLICY[Role.OPERATOR])
SCANNER = Actor("CT1", POLICY[Role.OPERATOR] | POLICY[Role.ADMIN])
DAYS = (date(2026, 11, 27), date(2026, 12, 5))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def foreign(database, clock) -> ForeignOrders:
    return ForeignOrders(database, clock, MINUTE)


@pytest.fixture
def orders(database, clock) -> Orders:
    return Orders(database, clock)


@pytest.fixture
def ours(orders):
    """Our orders by their step."""

    def ours():
        found = orders.search(DESK, OrderQuery()).orders
        return {each.step_id: each for each in found}

    return ours


@pytest.fixture
def record(database):
    """Records a node."""

    def record(ae_title="RIS", **fields):
        with database.write() as connection:
            nodes.insert(connection, RemoteNode(ae_title, "127.0.0.1", 104, **fields))

    return record


def told(number=1, status=OrderStatus.SCHEDULED, **wishes) -> ForeignOrder:
    """A step of the worklist of a RIS."""
    numbers = {"accession_number": f"RIS-{number}", "procedure_id": f"RP-{number}"}
    content = an_order(procedure=numbers, **wishes)
    return ForeignOrder(study_uid(number), f"SPS-{number}", status, content)


def on(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, 10)  # noqa: DTZ001 - the clinic's own time


def waiting(database, kind) -> list[str]:
    with database.read() as connection:
        return [job.subject for job in jobs.newest(connection, JobState.QUEUED, 100, kind=kind)]


def test_what_is_new_is_added_with_the_numbers_of_its_system(foreign, ours, database, record):
    record("PACS", prior_count=2)
    assert foreign.take("RIS", DAYS, [told(1), told(2, OrderStatus.ARRIVED)]) == ()
    first, second = ours()["SPS-1"], ours()["SPS-2"]
    assert (first.study_uid, first.origin, first.created_by) == (study_uid(1), "RIS", "RIS")
    assert first.content.procedure.accession_number == "RIS-1"
    assert first.content.patient.name == "Иванов^Пётр^Сергеевич"
    assert second.status is OrderStatus.ARRIVED
    assert sorted(waiting(database, PREFETCH)) == [study_uid(1), study_uid(2)]
    assert [one.kind for one in changes.since(database, DESK, 0, 9)] == [
        ChangeKind.ORDER_CREATED,
        ChangeKind.ORDER_CREATED,
    ]


def test_what_is_told_again_changes_nothing(foreign, ours):
    foreign.take("RIS", DAYS, [told()])
    before = ours()
    foreign.take("RIS", DAYS, [told(), told()])
    assert ours() == before


def test_what_changes_there_changes_here_and_another_patient_has_other_priors(
    foreign, ours, database, record
):
    record("PACS", prior_count=2)
    foreign.take("RIS", DAYS, [told()])
    with database.write() as connection:
        connection.execute(sa.update(tables.job).values(state="done"))
    foreign.take("RIS", DAYS, [told(starts_at=on(29))])
    assert ours()["SPS-1"].content.step.starts_at == on(29)
    assert ours()["SPS-1"].revision == 2
    assert waiting(database, PREFETCH) == []
    foreign.take("RIS", DAYS, [told(patient={"patient_id": "P-18"}, starts_at=on(29))])
    assert ours()["SPS-1"].content.patient.patient_id == "P-18"
    assert waiting(database, PREFETCH) == [study_uid(1)]


def test_what_vanishes_is_withdrawn_and_comes_back_with_its_return(foreign, ours):
    foreign.take("RIS", DAYS, [told(1), told(2)])
    foreign.take("RIS", DAYS, [told(2)])
    assert ours()["SPS-1"].status is OrderStatus.CANCELLED
    assert ours()["SPS-2"].status is OrderStatus.SCHEDULED
    foreign.take("RIS", DAYS, [told(1), told(2)])
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED


def test_an_order_of_several_steps_loses_the_one_that_vanishes(foreign, ours):
    both = [told(1), replace(told(1), step_id="SPS-1b")]
    foreign.take("RIS", DAYS, both)
    foreign.take("RIS", DAYS, both[:1])
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED
    assert ours()["SPS-1b"].status is OrderStatus.CANCELLED


def test_an_empty_answer_withdraws_nothing(foreign, ours):
    foreign.take("RIS", DAYS, [told()])
    foreign.take("RIS", DAYS, [])
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED


def test_what_ended_there_ends_here(foreign, ours):
    foreign.take("RIS", DAYS, [told(1), told(2)])
    foreign.take("RIS", DAYS, [told(1, OrderStatus.COMPLETED), told(2, OrderStatus.CANCELLED)])
    assert ours()["SPS-1"].status is OrderStatus.COMPLETED
    assert ours()["SPS-2"].status is OrderStatus.CANCELLED


def test_what_is_begun_there_stays_here_as_it_is(foreign, ours):
    foreign.take("RIS", DAYS, [told(1)])
    foreign.take("RIS", DAYS, [told(1, OrderStatus.STARTED), told(2, OrderStatus.STARTED)])
    assert {step: one.status for step, one in ours().items()} == {"SPS-1": OrderStatus.SCHEDULED}


def test_what_lies_beyond_the_days_is_not_taken_and_not_withdrawn(foreign, ours):
    foreign.take("RIS", DAYS, [told(1, starts_at=on(28)), told(2, starts_at=on(6, month=12))])
    assert list(ours()) == ["SPS-1"]
    later = (date(2026, 11, 29), date(2026, 12, 7))
    foreign.take("RIS", later, [told(2, starts_at=on(6, month=12))])
    assert {one.status for one in ours().values()} == {OrderStatus.SCHEDULED}


def test_what_was_made_here_or_came_from_elsewhere_stays(foreign, ours, orders):
    made = orders.create(DESK, an_order(starts_at=on(28)))
    foreign.take("RIS", DAYS, [told(1)])
    claimed = replace(told(9), study_uid=made.study_uid, step_id=made.step_id)
    foreign.take("OTHER", DAYS, [claimed, told(1, starts_at=on(29)), told(2)])
    assert ours()[made.step_id] == made
    assert ours()["SPS-1"].content.step.starts_at == told(1).content.step.starts_at
    foreign.take("OTHER", DAYS, [told(3)])
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED
    assert ours()["SPS-2"].status is OrderStatus.CANCELLED


@pytest.mark.parametrize("by", ["study", "accession"])
def test_an_order_with_images_is_never_touched(foreign, ours, ingest, by):
    foreign.take("RIS", DAYS, [told(1), told(2)])
    images = (
        an_object(1) if by == "study" else an_object(7, AccessionNumber="RIS-1", PatientID="P-17")
    )
    ingest.store(SCANNER, Source(SourceKind.C_STORE, "CT1"), images)
    before = ours()["SPS-1"]
    foreign.take("RIS", DAYS, [told(1, starts_at=on(29)), told(2)])
    foreign.take("RIS", DAYS, [told(2)])
    assert ours()["SPS-1"] == before


def test_an_order_that_a_scanner_performs_is_never_touched(foreign, ours, database, orders):
    foreign.take("RIS", DAYS, [told(1), told(2)])
    create(database, SCANNER, "1.2.3.4", a_beginning(ours()["SPS-1"]), datetime.now(UTC))
    started = ours()["SPS-1"]
    assert started.status is OrderStatus.STARTED
    foreign.take("RIS", DAYS, [told(1, starts_at=on(29)), told(2)])
    foreign.take("RIS", DAYS, [told(2)])
    assert ours()["SPS-1"] == started


def test_what_people_say_here_holds_until_something_else_is_told(foreign, ours, orders):
    foreign.take("RIS", DAYS, [told(1), told(2)])
    for step in ("SPS-1", "SPS-2"):
        orders.move(DESK, ours()[step].order_id, 1, OrderStatus.CANCELLED)
    foreign.take("RIS", DAYS, [told(1), told(2, starts_at=on(29))])
    assert {one.status for one in ours().values()} == {OrderStatus.CANCELLED}


def test_what_people_schedule_again_is_not_withdrawn_again(foreign, ours, orders):
    foreign.take("RIS", DAYS, [told(1), told(2)])
    foreign.take("RIS", DAYS, [told(2)])
    gone = ours()["SPS-1"]
    orders.move(DESK, gone.order_id, gone.revision, OrderStatus.SCHEDULED)
    foreign.take("RIS", DAYS, [told(2)])
    assert ours()["SPS-1"].status is OrderStatus.SCHEDULED


def test_what_begins_while_an_answer_is_worked_off_stays(foreign, ours, orders, monkeypatch):
    foreign.take("RIS", DAYS, [told(1), told(2), told(3)])
    do = ForeignOrders._do

    def begun_before(self, steps):
        for one in ours().values():
            orders.move(DESK, one.order_id, one.revision, OrderStatus.STARTED)
        do(self, steps)

    monkeypatch.setattr(ForeignOrders, "_do", begun_before)
    foreign.take("RIS", DAYS, [told(1, starts_at=on(29)), told(2)])
    assert {one.status for one in ours().values()} == {OrderStatus.STARTED}
    assert ours()["SPS-1"].content.step.starts_at == told(1).content.step.starts_at


def test_what_can_not_be_an_order_is_told_and_keeps_what_is_there(foreign, ours):
    foreign.take("RIS", DAYS, [told(1)])
    refused = foreign.take("RIS", DAYS, [told(1, patient={"patient_id": ""}), told(2)])
    assert refused == ("patient.patient_id",)
    assert {one.status for one in ours().values()} == {OrderStatus.SCHEDULED}
    assert len(ours()) == 2


def test_texts_that_scanners_could_not_bear_are_cut_but_numbers_are_not(foreign, ours):
    long = told(1, description="я" * 70, patient={"allergies": "ж" * 80}, location="1" * 20)
    number = replace(told(2).content.procedure, accession_number="A" * 17)
    wrong = replace(told(2), content=replace(told(2).content, procedure=number))
    assert foreign.take("RIS", DAYS, [long, wrong]) == ("procedure.accession_number",)
    step = ours()["SPS-1"].content.step
    assert (step.description, step.location) == ("я" * 64, "1" * 16)
    assert ours()["SPS-1"].content.patient.allergies == "ж" * 64


def test_the_days_are_those_of_the_clinic_around_today(foreign, clock):
    today = clock().astimezone().date()
    assert foreign.days() == (today - timedelta(days=1), today + timedelta(days=7))


def test_nodes_with_a_worklist_are_asked_again_and_again_by_one_job_each(
    foreign, database, record, clock
):
    record("PACS")
    record("RIS", has_worklist=True)
    assert [foreign.is_wanted(one) for one in ("RIS", "PACS", "NOBODY")] == [True, False, False]
    for _ in range(2):
        foreign.owe()
        assert waiting(database, KIND) == [""]
    clock.ahead = MINUTE / 2
    _end(database, JobState.DONE, clock())
    foreign.owe()
    assert waiting(database, KIND) == []
    clock.ahead = 2 * MINUTE
    foreign.owe()
    (job,) = _jobs(database)
    assert (job.state, job.node) == (JobState.QUEUED, "RIS")


@pytest.mark.parametrize(
    ("state", "after"),
    [(JobState.CANCELLED, JobState.QUEUED), (JobState.FAILED, JobState.FAILED)],
)
def test_what_was_taken_out_comes_again_and_what_failed_waits_for_people(
    foreign, database, record, clock, state, after
):
    record("RIS", has_worklist=True)
    foreign.owe()
    _end(database, state, clock())
    clock.ahead = 2 * MINUTE
    foreign.owe()
    assert [job.state for job in _jobs(database)] == [after]


def test_while_another_server_looks_nothing_is_owed(foreign, database, record, monkeypatch):
    monkeypatch.setattr(type(database), "turn", lambda _self, _work: nullcontext(False))
    record("RIS", has_worklist=True)
    foreign.owe()
    assert _jobs(database) == ()


def _jobs(database):
    with database.read() as connection:
        return jobs.newest(connection, None, 100, kind=KIND)


def _end(database, state, at):
    with database.write() as connection:
        connection.execute(sa.update(tables.job).values(state=state.value, finished_at=at))

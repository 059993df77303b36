"""Orders: who may make them, what they may say, and where they may go."""

from datetime import UTC, date, datetime

import pytest

from app.domain.access import POLICY, Actor, Role
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.orders import (
    NEXT,
    WAITING,
    Code,
    OrderQuery,
    OrderStatus,
)
from app.domain.wire import from_plain, to_plain
from app.server.core import audit, changes
from app.server.core.order_content import checked
from app.server.core.orders import Narrowing, Orders, on_worklist
from tests.server.ordered import an_order


@pytest.fixture
def orders(database, clock) -> Orders:
    return Orders(database, clock)


@pytest.fixture
def operator() -> Actor:
    return Actor("operator", POLICY[Role.OPERATOR])


def at(hour: int, day: int = 28) -> datetime:
    return datetime(2026, 11, day, hour)  # noqa: DTZ001 - the clinic's own time


def test_a_new_order_gets_its_numbers_and_the_uid_of_the_study_to_come(orders, operator):
    first, second = (orders.create(operator, an_order()) for _ in range(2))
    assert first.status is OrderStatus.SCHEDULED
    assert first.study_uid.startswith("2.25.")
    assert len(first.study_uid) <= 64
    numbers = {first.step_id, second.step_id}
    for order in (first, second):
        numbers |= {order.content.procedure.accession_number, order.content.procedure.procedure_id}
    assert len(numbers) == 6
    assert all(0 < len(number) <= 16 for number in numbers)
    assert first.study_uid != second.study_uid


def test_numbers_of_another_system_are_kept(orders, operator):
    given = {"accession_number": "RIS-5", "procedure_id": "RP-9"}
    order = orders.create(operator, an_order(procedure=given))
    assert order.content.procedure.accession_number == "RIS-5"
    assert order.content.procedure.procedure_id == "RP-9"


def test_an_order_is_read_back_as_it_was_said(orders, operator):
    order = orders.create(operator, an_order())
    assert orders.one(operator, order.order_id).order == order
    assert from_plain(type(order), to_plain(order)) == order


def test_making_and_moving_an_order_is_told_and_written_down(orders, database, operator, admin):
    order = orders.create(operator, an_order())
    order = orders.change(operator, order.order_id, 1, an_order(description="Мозг"))
    orders.move(operator, order.order_id, 2, OrderStatus.ARRIVED)
    kinds = [(one.kind, one.study_uid) for one in changes.since(database, operator, 0, 100)]
    assert kinds == [
        (ChangeKind.ORDER_CREATED, order.study_uid),
        (ChangeKind.ORDER_CHANGED, order.study_uid),
        (ChangeKind.ORDER_CHANGED, order.study_uid),
    ]
    actions = [one.action for one in audit.newest(database, admin, 3)]
    assert actions == ["order-moved", "order-changed", "order-created"]


def test_a_change_keeps_the_numbers_that_it_does_not_say(orders, operator):
    before = orders.create(operator, an_order())
    after = orders.change(operator, before.order_id, 1, an_order(description="Мозг"))
    assert after.content.step.description == "Мозг"
    assert after.content.procedure == before.content.procedure
    assert (after.step_id, after.study_uid) == (before.step_id, before.study_uid)
    assert after.revision == 2


def test_a_change_of_what_someone_changed_since_is_refused(orders, operator):
    order = orders.create(operator, an_order())
    orders.change(operator, order.order_id, 1, an_order())
    with pytest.raises(ConflictError):
        orders.change(operator, order.order_id, 1, an_order(modality="MR"))
    with pytest.raises(ConflictError):
        orders.move(operator, order.order_id, 1, OrderStatus.CANCELLED)


def test_what_was_begun_or_ended_is_not_changed_any_more(orders, operator):
    for status in set(OrderStatus) - WAITING:
        order = orders.create(operator, an_order())
        orders.move(operator, order.order_id, 1, status)
        with pytest.raises(ConflictError):
            orders.change(operator, order.order_id, 2, an_order())


def test_what_is_done_stays_done_and_what_was_not_may_be_scheduled_again(orders, operator):
    for ended in (OrderStatus.COMPLETED, OrderStatus.DISCONTINUED, OrderStatus.CANCELLED):
        order = orders.create(operator, an_order())
        orders.move(operator, order.order_id, 1, ended)
        if ended is OrderStatus.COMPLETED:
            with pytest.raises(ConflictError):
                orders.move(operator, order.order_id, 2, OrderStatus.SCHEDULED)
        else:
            moved = orders.move(operator, order.order_id, 2, OrderStatus.SCHEDULED)
            assert moved.status is OrderStatus.SCHEDULED


def test_every_status_says_where_it_may_go_and_none_to_itself():
    assert set(NEXT) == set(OrderStatus)
    assert all(status not in following for status, following in NEXT.items())


def test_an_unknown_order_is_not_found(orders, operator):
    for ask in (
        lambda: orders.one(operator, "0" * 32),
        lambda: orders.change(operator, "0" * 32, 1, an_order()),
        lambda: orders.move(operator, "0" * 32, 1, OrderStatus.CANCELLED),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_nobody_without_the_permission_sees_or_makes_orders(orders, database, nobody):
    for ask in (
        lambda: orders.create(nobody, an_order()),
        lambda: orders.change(nobody, "0" * 32, 1, an_order()),
        lambda: orders.move(nobody, "0" * 32, 1, OrderStatus.CANCELLED),
        lambda: orders.search(nobody, OrderQuery()),
        lambda: orders.one(nobody, "0" * 32),
        lambda: next(on_worklist(database, nobody, Narrowing())),
    ):
        with pytest.raises(ForbiddenError):
            ask()


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("patient.name", an_order(patient={"name": " "})),
        ("patient.name", an_order(patient={"name": "И" * 65})),
        ("patient.name", an_order(patient={"name": "a=b=c=d"})),
        ("patient.patient_id", an_order(patient={"patient_id": ""})),
        ("patient.patient_id", an_order(patient={"patient_id": "1\\2"})),
        ("patient.allergies", an_order(patient={"allergies": "a\nb"})),
        ("patient.weight_kg", an_order(patient={"weight_kg": float("nan")})),
        ("patient.pregnancy_status", an_order(patient={"pregnancy_status": 9})),
        ("procedure.description", an_order(procedure={"description": ""})),
        ("procedure.accession_number", an_order(procedure={"accession_number": "1" * 17})),
        ("procedure.codes", an_order(procedure={"codes": (Code("", "99", "x"),)})),
        ("procedure.codes", an_order(procedure={"codes": (Code("1", "99", "x"),) * 21})),
        ("step.modality", an_order(modality="")),
        ("step.modality", an_order(modality="ct")),
        ("step.station_ae_title", an_order(station_ae_title="КТ1")),
        ("step.location", an_order(location="1" * 17)),
        ("step.protocol_codes", an_order(protocol_codes=(Code("1", "9", "x" * 65),))),
        ("step.starts_at has a zone", an_order(starts_at=datetime.now(UTC))),
    ],
)
def test_what_no_element_could_hold_is_refused_by_its_field(field, content):
    with pytest.raises(InvalidError) as refused:
        checked(content)
    assert refused.value.detail == field


def test_a_list_is_in_the_order_of_the_day_and_counts_what_it_does_not_show(orders, operator):
    for hour in (11, 9, 10):
        orders.create(operator, an_order(starts_at=at(hour)))
    page = orders.search(operator, OrderQuery(limit=2))
    assert [order.content.step.starts_at.hour for order in page.orders] == [9, 10]
    assert page.total == 3
    rest = orders.search(operator, OrderQuery(limit=2, offset=2))
    assert [order.content.step.starts_at.hour for order in rest.orders] == [11]
    with pytest.raises(InvalidError):
        orders.search(operator, OrderQuery(limit=-1))


FOUND = (
    (OrderQuery(), ["Иванов", "Ёлкина"]),
    (OrderQuery(text="иван"), ["Иванов"]),
    (OrderQuery(text="елк"), ["Ёлкина"]),
    (OrderQuery(text="mr-5"), ["Ёлкина"]),
    (OrderQuery(text="иванов елкина"), []),
    (OrderQuery(text="%"), []),
    (OrderQuery(first_day=date(2026, 11, 29)), ["Ёлкина"]),
    (OrderQuery(last_day=date(2026, 11, 28)), ["Иванов"]),
    (OrderQuery(last_day=date.max), ["Иванов", "Ёлкина"]),
    (OrderQuery(modality="MR"), ["Ёлкина"]),
    (OrderQuery(station_ae_title="CT1"), ["Иванов"]),
    (OrderQuery(statuses=(OrderStatus.ARRIVED,)), ["Ёлкина"]),
)


def test_orders_are_found_by_words_days_modality_station_and_status(orders, operator):
    orders.create(operator, an_order())
    second = an_order(
        patient={"name": "Ёлкина^Анна", "patient_id": "P-18"},
        procedure={"accession_number": "MR-5"},
        modality="MR",
        station_ae_title="MR1",
        starts_at=at(23, day=29),
    )
    order = orders.create(operator, second)
    orders.move(operator, order.order_id, 1, OrderStatus.ARRIVED)
    for query, found in FOUND:
        page = orders.search(operator, query)
        names = [one.content.patient.name.split("^")[0] for one in page.orders]
        assert names == found, query


def test_modalities_are_told_of_what_waits_or_was_begun(orders, database, operator):
    for status in OrderStatus:
        order = orders.create(operator, an_order(patient={"patient_id": status.value}))
        if status is not OrderStatus.SCHEDULED:
            orders.move(operator, order.order_id, 1, status)
    told = on_worklist(database, operator, Narrowing())
    assert {one.status for one in told} == {
        OrderStatus.SCHEDULED,
        OrderStatus.ARRIVED,
        OrderStatus.READY,
        OrderStatus.STARTED,
    }


def test_a_long_worklist_is_told_to_its_end(orders, database, operator, monkeypatch):
    monkeypatch.setattr("app.server.store.orders.PAGE", 2)
    for hour in (9, 9, 9, 8, 7):
        orders.create(operator, an_order(starts_at=at(hour)))
    told = list(on_worklist(database, operator, Narrowing()))
    assert [one.content.step.starts_at.hour for one in told] == [7, 8, 9, 9, 9]
    assert len({one.order_id for one in told}) == 5

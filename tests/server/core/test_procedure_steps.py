"""Performed procedure steps: their state machine, and what becomes of the orders (PS3.4 F.7)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydicom import DataElement, Dataset, config

from app.domain.access import POLICY, Actor, Permission, Role
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.orders import OrderStatus, PerformedStatus
from app.server.core import changes
from app.server.core.orders import Orders
from app.server.core.procedure_steps import (
    EndedError,
    MissingAttributeError,
    create,
    modify,
    read,
)
from app.server.store import jobs, settling
from app.server.store import orders as order_rows
from app.server.store.engine import Database
from tests.server.ordered import an_order
from tests.server.performing import a_beginning, an_end
from tests.server.samples import an_object

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MODALITY = Actor("CT1", frozenset({Permission.STUDY_IMPORT, Permission.ORDER_READ}))
DESK = Actor("operator", POLICY[Role.OPERATOR])
UID = "1.2.3.1"


@pytest.fixture
def orders(database) -> Orders:
    return Orders(database, lambda: NOW)


@pytest.fixture
def status_of(orders):
    """Where an order stands."""
    return lambda order: orders.one(DESK, order.order_id).order.status


def test_an_order_is_started_and_completed_by_its_modality(database, orders, status_of):
    order = orders.create(DESK, an_order())
    create(database, MODALITY, UID, a_beginning(order), NOW)
    assert status_of(order) is OrderStatus.STARTED
    modify(database, MODALITY, UID, an_end(), NOW)
    details = orders.one(DESK, order.order_id)
    assert details.order.status is OrderStatus.COMPLETED
    (step,) = details.performed
    assert (step.status, step.station_ae_title) == (PerformedStatus.COMPLETED, "SCANNER")
    assert step.study_uids == (order.study_uid,)
    assert (step.started_at.second, step.ended_at.minute) == (11, 41)
    kinds = [(each.kind, each.study_uid) for each in changes.since(database, DESK, 0, 10)]
    assert kinds[1:] == [(ChangeKind.ORDER_CHANGED, order.study_uid)] * 2


def test_a_step_that_was_not_done_leaves_its_order_discontinued(database, orders, status_of):
    order = orders.create(DESK, an_order())
    create(database, MODALITY, UID, a_beginning(order), NOW)
    nothing = an_end("DISCONTINUED", PerformedSeriesSequence=[])
    assert modify(database, MODALITY, UID, nothing, NOW).status is PerformedStatus.DISCONTINUED
    assert status_of(order) is OrderStatus.DISCONTINUED


def test_an_order_is_done_when_any_of_its_steps_was_and_none_goes_on(database, orders, status_of):
    order = orders.create(DESK, an_order())
    for uid, end in (("1.2.1", "DISCONTINUED"), ("1.2.2", "COMPLETED"), ("1.2.3", "DISCONTINUED")):
        create(database, MODALITY, uid, a_beginning(order), NOW)
        assert status_of(order) is OrderStatus.STARTED
        modify(database, MODALITY, uid, an_end(end), NOW)
    assert status_of(order) is OrderStatus.COMPLETED


def test_an_order_stays_started_while_another_of_its_steps_begins(database, orders, status_of):
    order = orders.create(DESK, an_order())
    for uid in ("1.2.1", "1.2.2"):
        create(database, MODALITY, uid, a_beginning(order), NOW)
    modify(database, MODALITY, "1.2.1", an_end(), NOW)
    assert status_of(order) is OrderStatus.STARTED


def test_one_step_may_be_of_several_orders(database, orders, status_of):
    both = [orders.create(DESK, an_order()) for _ in range(2)]
    step = create(database, MODALITY, UID, a_beginning(*both), NOW)
    assert step.study_uids == tuple(order.study_uid for order in both)
    modify(database, MODALITY, UID, an_end(), NOW)
    assert {status_of(order) for order in both} == {OrderStatus.COMPLETED}


def test_an_order_is_known_by_its_numbers_when_the_scanner_made_a_study(
    database, orders, status_of
):
    order = orders.create(DESK, an_order())
    begun = a_beginning(order)
    begun.ScheduledStepAttributesSequence[0].StudyInstanceUID = "1.2.840.1"
    create(database, MODALITY, UID, begun, NOW)
    assert status_of(order) is OrderStatus.STARTED


def test_a_step_that_nobody_ordered_is_kept(database):
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end(), NOW)
    assert read(database, MODALITY, UID).PerformedProcedureStepStatus == "COMPLETED"


def test_a_step_survives_a_restart_with_all_it_said(database, server_settings):
    create(database, MODALITY, UID, a_beginning(), NOW)
    again = Database.open(server_settings)
    try:
        modify(again, MODALITY, UID, an_end(), NOW)
        ds = read(again, MODALITY, UID)
    finally:
        again.close()
    assert ds.PatientName == "Иванов^Пётр^Сергеевич"
    assert ds.PerformedSeriesSequence[0].SeriesDescription == "Голова 1 мм"
    assert len(ds.PerformedSeriesSequence[0].ReferencedImageSequence) == 2


def test_a_step_that_has_ended_never_changes(database):
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end(), NOW)
    for again in (an_end(), an_end("DISCONTINUED"), Dataset()):
        with pytest.raises(EndedError):
            modify(database, MODALITY, UID, again, NOW)
    assert read(database, MODALITY, UID).PerformedProcedureStepStatus == "COMPLETED"


def test_a_uid_is_used_once_and_an_unknown_one_not_found(database):
    create(database, MODALITY, UID, a_beginning(), NOW)
    with pytest.raises(ConflictError):
        create(database, MODALITY, UID, a_beginning(), NOW)
    for ask in (
        lambda: modify(database, MODALITY, "1.2.9", an_end(), NOW),
        lambda: read(database, MODALITY, "1.2.9"),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_what_may_not_be_changed_stays_as_it_was_said_first(database):
    create(database, MODALITY, UID, a_beginning(), NOW)
    change = Dataset()
    change.PatientName = "Чужой"
    change.PerformedStationAETitle = "OTHER"
    change.PerformedProcedureStepDescription = "Мозг"
    modify(database, MODALITY, UID, change, NOW)
    ds = read(database, MODALITY, UID)
    assert (ds.PatientName, ds.PerformedStationAETitle) == ("Иванов^Пётр^Сергеевич", "SCANNER")
    assert ds.PerformedProcedureStepDescription == "Мозг"
    assert ds.PerformedProcedureStepStatus == "IN PROGRESS"


def broken(keyword: str, vr: str, value: str) -> Dataset:
    ds = a_beginning()
    ds.add(DataElement(keyword, vr, value, validation_mode=config.IGNORE))
    return ds


@pytest.mark.parametrize(
    ("ds", "keyword", "error"),
    [
        (a_beginning(Modality=None), "Modality", MissingAttributeError),
        (a_beginning(PerformedProcedureStepID=""), "PerformedProcedureStepID", InvalidError),
        (
            a_beginning(ScheduledStepAttributesSequence=[Dataset()]),
            "StudyInstanceUID",
            MissingAttributeError,
        ),
        (
            a_beginning(PerformedProcedureStepStatus="COMPLETED"),
            "PerformedProcedureStepStatus",
            InvalidError,
        ),
        (
            broken("PerformedProcedureStepStartDate", "DA", "soon"),
            "PerformedProcedureStepStartDate",
            InvalidError,
        ),
    ],
)
def test_a_beginning_that_lacks_what_all_need_is_refused(ds, keyword, error, database):
    with pytest.raises(error) as refused:
        create(database, MODALITY, UID, ds, NOW)
    assert refused.value.detail == keyword
    with pytest.raises(NotFoundError):
        read(database, MODALITY, UID)


def test_an_end_without_its_time_or_a_completed_step_without_series_is_refused(database):
    create(database, MODALITY, UID, a_beginning(PatientSex=None), NOW)
    for end, keyword, has_attribute in (
        (an_end(PerformedProcedureStepEndTime=None), "PerformedProcedureStepEndTime", True),
        (an_end(PerformedSeriesSequence=[]), "PerformedSeriesSequence", True),
        (an_end(PerformedSeriesSequence=[Dataset()]), "SeriesInstanceUID", False),
    ):
        with pytest.raises(MissingAttributeError) as refused:
            modify(database, MODALITY, UID, end, NOW)
        assert (refused.value.detail, refused.value.has_attribute) == (keyword, has_attribute)
    with pytest.raises(InvalidError):
        modify(database, MODALITY, UID, an_end("DONE"), NOW)
    assert read(database, MODALITY, UID).PerformedProcedureStepStatus == "IN PROGRESS"


@pytest.mark.parametrize(
    ("status", "images", "is_hastened"),
    [("COMPLETED", 2, True), ("COMPLETED", 3, False), ("DISCONTINUED", 2, False)],
)
def test_a_completed_series_that_is_here_is_not_waited_for(
    database, ingest, doctor, source, status, images, is_hastened
):
    for number in (1, 2):
        ingest.store(doctor, source, an_object(number=number))
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end(status, images=images), NOW)
    with database.read() as connection:
        (waiting,) = jobs.newest(connection, None, 10, kind=settling.SETTLE)
    assert (waiting.not_before == NOW) == is_hastened


def test_a_completed_step_that_names_no_images_hastens_nothing(database, ingest, doctor, source):
    ingest.store(doctor, source, an_object())
    create(database, MODALITY, UID, a_beginning(), NOW)
    modify(database, MODALITY, UID, an_end(images=0), NOW)
    with database.read() as connection:
        (waiting,) = jobs.newest(connection, None, 10, kind=settling.SETTLE)
    assert waiting.not_before > NOW


def test_nobody_without_the_permission_tells_or_reads_steps(database, nobody):
    for ask in (
        lambda: create(database, nobody, UID, a_beginning(), NOW),
        lambda: modify(database, nobody, UID, an_end(), NOW),
        lambda: read(database, nobody, UID),
    ):
        with pytest.raises(ForbiddenError):
            ask()


def test_a_scanner_starts_the_step_that_it_names_of_a_study_with_several(
    database, orders, status_of
):
    order = orders.create(DESK, an_order())
    other = replace(order, order_id="other", step_id="S-2")
    with database.write() as connection:
        order_rows.insert(connection, other)
    create(database, MODALITY, UID, a_beginning(other), NOW)
    assert status_of(other) is OrderStatus.STARTED
    assert status_of(order) is OrderStatus.SCHEDULED

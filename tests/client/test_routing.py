"""Rules and sending by hand through the typed client, between two running servers."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.client.server import Server
from app.domain.access import Role
from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.domain.nodes import RemoteNode
from app.domain.routing import RoutingRule
from tests.clinic import Clinic, a_clinic
from tests.server.ordered import an_order
from tests.server.samples import an_object, series_uid, study_uid

NEIGHBOUR = "KLINIKA"
PATIENCE_S = 60


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory) -> Iterator[Server]:
    """Another clinic's archive, where we may query and retrieve."""
    with a_clinic(tmp_path_factory.mktemp("neighbour")) as clinic:
        clinic.signed_in(Role.ADMIN).save_node(RemoteNode("KLINIKA"))
        yield clinic.signed_in(Role.DOCTOR)


@pytest.fixture(scope="module")
def ours(tmp_path_factory, neighbour) -> Iterator[Clinic]:
    """A clinic that knows its neighbour, and takes a series for complete after a second."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KLINIKA_SERIES_QUIET_S", "1")
        with a_clinic(tmp_path_factory.mktemp("ours")) as clinic:
            node = RemoteNode(NEIGHBOUR, "127.0.0.1", neighbour.status().dicom_port, prior_count=1)
            clinic.signed_in(Role.ADMIN).save_node(node)
            yield clinic


@pytest.fixture
def admin(ours):
    """An administrator; the rules that a test makes are forgotten after it."""
    admin = ours.signed_in(Role.ADMIN)
    yield admin
    for rule in admin.routing_rules():
        admin.delete_routing_rule(rule.rule_id)


def wait_for(server: Server, study: int, count: int) -> None:
    """Wait until a server has so many objects of a study."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if server.study(study_uid(study)).summary.instance_count == count:
                return
        except NotFoundError:
            pass
        time.sleep(0.1)
    pytest.fail("it did not arrive")


def test_what_a_rule_matches_is_sent_when_it_is_complete(admin, neighbour):
    admin.add_routing_rule(RoutingRule("", "CT", (NEIGHBOUR,), modalities=("CT",)))
    for series, modality in ((1, "MR"), (2, "CT"), (3, "CT")):
        for number in (1, 2):
            admin.store_object(an_object(31, series, number, Modality=modality))
    wait_for(neighbour, 31, 4)
    series = {each.series_uid for each in neighbour.study(study_uid(31)).series}
    assert series == {series_uid(31, 2), series_uid(31, 3)}


def test_a_doctor_sends_a_study_by_hand(ours, neighbour):
    doctor = ours.signed_in(Role.DOCTOR)
    doctor.store_object(an_object(32))
    doctor.forward(study_uid(32), NEIGHBOUR)
    wait_for(neighbour, 32, 1)
    with pytest.raises(NotFoundError):
        doctor.forward(study_uid(32), "UNKNOWN")


def test_the_newest_prior_comes_when_an_order_is_made(ours, neighbour):
    for study, day in ((34, "20240601"), (35, "20250601")):
        elements = {"PatientID": "P-34", "PatientBirthDate": "19610305", "StudyDate": day}
        neighbour.store_object(an_object(study, **elements))
    desk = ours.signed_in(Role.OPERATOR)
    desk.create_order(an_order(patient={"patient_id": "P-34"}))
    wait_for(desk, 35, 1)
    with pytest.raises(NotFoundError):
        desk.study(study_uid(34))


def test_rules_are_kept_by_administrators(ours, admin):
    rule = admin.add_routing_rule(RoutingRule("", "MR", (NEIGHBOUR,), modalities=("MR",)))
    changed = admin.save_routing_rule(replace(rule, name="MR by night", is_enabled=False))
    assert admin.routing_rules() == (changed,)
    with pytest.raises(InvalidError):
        admin.save_routing_rule(replace(rule, destinations=("UNKNOWN",)))
    with pytest.raises(InvalidError):
        admin.connection.send_json("PUT", f"/api/routing/{'0' * 32}", rule)
    with pytest.raises(ForbiddenError):
        ours.signed_in(Role.OPERATOR).routing_rules()


def test_a_dry_run_tells_what_would_be_sent(admin):
    admin.store_object(an_object(33, Modality="MG"))
    told = admin.dry_run(RoutingRule("", "MG", (NEIGHBOUR,), modalities=("MG",)))
    assert (told.study_uids, told.series_count) == ((study_uid(33),), 1)

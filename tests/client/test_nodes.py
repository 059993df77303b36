"""Remote nodes through the typed client: kept by administrators, echoed by the server."""

import socket
from dataclasses import replace

import pytest

from app.domain.access import Role
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.nodes import EchoOutcome, RemoteNode

VIEWER = RemoteNode("CT ROOM/1", "192.168.1.7", 104, description="Врач")


@pytest.fixture
def admin(clinic):
    """An administrator; the nodes that a test records are forgotten after it."""
    admin = clinic.signed_in(Role.ADMIN)
    yield admin
    for node in admin.nodes():
        admin.delete_node(node.ae_title)


def test_an_administrator_keeps_the_nodes_and_others_see_them(admin, doctor):
    admin.add_node(VIEWER)
    with pytest.raises(ConflictError):
        admin.add_node(VIEWER)
    admin.save_node(replace(VIEWER, port=11112))
    assert doctor.nodes() == (replace(VIEWER, port=11112),)
    with pytest.raises(ForbiddenError):
        doctor.save_node(VIEWER)
    with pytest.raises(InvalidError):
        admin.save_node(replace(VIEWER, port=-1))
    admin.delete_node(VIEWER.ae_title)
    assert admin.nodes() == ()


def test_an_echo_says_how_it_ended(admin, clinic):
    here = RemoteNode("KLINIKA", "127.0.0.1", clinic.embedded.dicom_port)
    admin.add_node(here)
    result = admin.echo_node("KLINIKA")
    assert (result.outcome, result.reason) == (EchoOutcome.ANSWERED, "")
    assert result.duration_ms > 0


@pytest.mark.logs("association-rejected")
def test_an_echo_to_another_title_says_that_it_was_rejected(admin, clinic):
    admin.add_node(RemoteNode("OTHER", "127.0.0.1", clinic.embedded.dicom_port))
    result = admin.echo_node("OTHER")
    assert result.outcome is EchoOutcome.REJECTED
    assert "Called AE title not recognised" in result.reason


def test_an_echo_says_that_nobody_listens(admin):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        admin.add_node(RemoteNode("GONE", "127.0.0.1", taken.getsockname()[1]))
        result = admin.echo_node("GONE")
    assert result.outcome is EchoOutcome.UNREACHABLE
    assert "Connection refused" in result.reason


@pytest.mark.logs("Invalid HTTP request received.")
def test_an_echo_says_that_what_answers_is_no_dicom(admin, clinic):
    port = int(clinic.embedded.url.rpartition(":")[2])
    admin.add_node(RemoteNode("HTTP", "127.0.0.1", port))
    assert admin.echo_node("HTTP").outcome is EchoOutcome.FAILED


def test_an_echo_needs_a_known_node_with_an_address(admin):
    with pytest.raises(NotFoundError):
        admin.echo_node("NOBODY")
    admin.add_node(RemoteNode("SENDS_ONLY"))
    with pytest.raises(InvalidError):
        admin.echo_node("SENDS_ONLY")

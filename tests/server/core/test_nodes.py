"""Remote nodes: recorded by administrators, told to the audit trail, reached by others."""

from dataclasses import replace

import orjson
import pytest

from app.domain.access import Actor, Role
from app.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.nodes import Nodes

WORKSTATION = RemoteNode("VIEWER", "192.168.1.7", 11112, description="Врач")
SCANNER = RemoteNode("CT", may_query=False, may_retrieve=False)


@pytest.fixture
def nodes(database, clock) -> Nodes:
    """Nodes whose echoes come back at once."""
    return Nodes(database, lambda node: EchoResult(EchoOutcome.ANSWERED, 3.0, node.host), clock)


def test_nodes_are_listed_by_title(nodes, admin):
    nodes.add(admin, WORKSTATION)
    nodes.add(admin, SCANNER)
    assert nodes.all(admin) == (SCANNER, WORKSTATION)
    assert nodes.one(admin, "VIEWER") == WORKSTATION


def test_a_title_is_added_once_and_cased_as_it_is(nodes, admin):
    nodes.add(admin, WORKSTATION)
    with pytest.raises(ConflictError):
        nodes.add(admin, replace(WORKSTATION, port=104))
    nodes.add(admin, replace(WORKSTATION, ae_title="viewer"))
    assert nodes.one(admin, "VIEWER").port == 11112


def test_a_saved_node_replaces_the_one_before(nodes, admin):
    nodes.save(admin, WORKSTATION)
    nodes.save(admin, replace(WORKSTATION, tls=True, port=2762))
    assert nodes.all(admin) == (replace(WORKSTATION, tls=True, port=2762),)


def test_a_deleted_node_is_gone_and_may_be_deleted_again(nodes, admin):
    nodes.add(admin, WORKSTATION)
    nodes.delete(admin, "VIEWER")
    nodes.delete(admin, "VIEWER")
    with pytest.raises(NotFoundError):
        nodes.one(admin, "VIEWER")


def test_a_broken_record_is_not_kept(nodes, admin):
    for write in (nodes.add, nodes.save):
        with pytest.raises(InvalidError):
            write(admin, replace(WORKSTATION, port=-1))
    with pytest.raises(InvalidError, match="character_set"):
        nodes.add(admin, replace(WORKSTATION, character_set="KOI-8"))
    assert nodes.all(admin) == ()


def test_every_change_is_audited_with_what_was_and_what_is(nodes, admin, database):
    changed = replace(WORKSTATION, port=104)
    nodes.add(admin, WORKSTATION)
    nodes.save(admin, changed)
    nodes.save(admin, changed)
    nodes.delete(admin, "VIEWER")
    entries = audit.newest(database, admin, 3)[::-1]
    assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
        ("anna", Action.NODE_ADDED, "VIEWER"),
        ("anna", Action.NODE_CHANGED, "VIEWER"),
        ("anna", Action.NODE_DELETED, "VIEWER"),
    ]
    told = [(entry.old_value, entry.new_value) for entry in entries]
    before, after = (orjson.dumps(node).decode() for node in (WORKSTATION, changed))
    assert told == [("", before), (before, after), (after, "")]


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.OPERATOR])
def test_others_see_and_echo_nodes_but_do_not_change_them(nodes, admin, sign_in_as, role):
    nodes.add(admin, WORKSTATION)
    actor = sign_in_as(role)
    assert nodes.all(actor) == (WORKSTATION,)
    assert nodes.echo(actor, "VIEWER").outcome is EchoOutcome.ANSWERED
    for change in (
        lambda: nodes.add(actor, SCANNER),
        lambda: nodes.save(actor, SCANNER),
        lambda: nodes.delete(actor, "VIEWER"),
    ):
        with pytest.raises(ForbiddenError):
            change()


def test_who_may_do_nothing_sees_no_node(nodes, nobody):
    for ask in (
        lambda: nodes.all(nobody),
        lambda: nodes.one(nobody, "VIEWER"),
        lambda: nodes.destination(nobody, "VIEWER"),
        lambda: nodes.echo(nobody, "VIEWER"),
    ):
        with pytest.raises(ForbiddenError):
            ask()


def test_a_destination_has_an_address(nodes, admin):
    nodes.add(admin, WORKSTATION)
    nodes.add(admin, SCANNER)
    assert nodes.destination(admin, "VIEWER") == WORKSTATION
    assert nodes.address("VIEWER") == WORKSTATION
    for unreachable in ("CT", "NOBODY"):
        assert nodes.address(unreachable) is None
        with pytest.raises(NotFoundError):
            nodes.destination(admin, unreachable)


def test_an_echo_needs_a_node_with_an_address(nodes, admin):
    nodes.add(admin, SCANNER)
    with pytest.raises(InvalidError):
        nodes.echo(admin, "CT")
    with pytest.raises(NotFoundError):
        nodes.echo(Actor("x", admin.permissions), "NOBODY")


SITE = RemoteNode("PACS", dicomweb_url="https://pacs/web", dicomweb_user="us", is_archive=True)


def test_the_secret_of_a_site_is_kept_and_never_told(nodes, admin, database):
    nodes.add(admin, SITE)
    assert nodes.web_address("PACS") == (SITE, "")
    nodes.keep_secret(admin, "PACS", "letmein")
    nodes.save(admin, replace(SITE, description="Archive", dicomweb_url="https://pacs/other"))
    node, secret = nodes.web_address("PACS")
    assert (node.description, secret) == ("Archive", "letmein")
    assert nodes.all(admin) == (node,)
    told = repr((nodes.all(admin), audit.newest(database, admin)))
    assert "letmein" not in told
    assert "node-secret-changed" in told
    nodes.keep_secret(admin, "PACS", "")
    assert nodes.web_address("PACS") == (node, "")


def test_a_site_that_moves_loses_its_secret(nodes, admin):
    nodes.add(admin, SITE)
    nodes.keep_secret(admin, "PACS", "letmein")
    nodes.save(admin, replace(SITE, dicomweb_url="https://elsewhere/web"))
    assert nodes.web_address("PACS")[1] == ""
    nodes.delete(admin, "PACS")
    nodes.add(admin, SITE)
    assert nodes.web_address("PACS") == (SITE, "")


@pytest.mark.parametrize("secret", ["x" * 8001, "a\nb", "пароль"])
def test_a_secret_that_can_not_be_sent_is_refused(nodes, admin, secret):
    nodes.add(admin, SITE)
    with pytest.raises(InvalidError, match="dicomweb_secret"):
        nodes.keep_secret(admin, "PACS", secret)


def test_no_secret_goes_unencrypted_or_to_nobody(nodes, admin, sign_in_as):
    nodes.add(admin, replace(SITE, dicomweb_url="http://pacs/web"))
    with pytest.raises(InvalidError, match="dicomweb_url"):
        nodes.keep_secret(admin, "PACS", "letmein")
    nodes.keep_secret(admin, "PACS", "")
    with pytest.raises(NotFoundError):
        nodes.keep_secret(admin, "NOBODY", "letmein")
    with pytest.raises(ForbiddenError):
        nodes.keep_secret(sign_in_as(Role.OPERATOR), "PACS", "letmein")
    nodes.add(admin, WORKSTATION)
    assert nodes.web_address("VIEWER") is None
    assert nodes.web_address("NOBODY") is None

"""Callers: what a local AE title, a record and an account let an association do."""

from dataclasses import replace

import pytest

from app.domain.access import Permission, Role
from app.domain.calls import NewAccount
from app.domain.errors import TooManyAttemptsError
from app.domain.nodes import Caller, EchoOutcome, EchoResult, RemoteNode
from app.server.core import audit
from app.server.core.audit import Action, Outcome
from app.server.core.callers import Callers, Identity, IdentityKind, Refusal
from app.server.core.nodes import Nodes
from app.settings import IdentityRule, Settings
from tests.server.core.conftest import PASSWORD

STORING = frozenset({Permission.STUDY_IMPORT})
READING = frozenset({Permission.STUDY_READ, Permission.ORDER_READ})
REPORTS = frozenset({Permission.REPORT_READ})
HERE, ELSEWHERE = "192.168.1.7", "192.168.1.8"
VIEWER = RemoteNode("VIEWER", HERE, 104)


@pytest.fixture
def record(database, clock, admin):
    """Records remote nodes."""
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)

    def record(*known: RemoteNode) -> None:
        for node in known:
            nodes.save(admin, node)

    return record


@pytest.fixture
def callers(database, sessions):
    """Makes callers of a node with these settings."""

    def callers(*, is_set_up=True, **settings) -> Callers:
        chosen = Settings(**settings)
        local = chosen.local_entities(accepts_unknown=not is_set_up)
        return Callers(database, sessions, local, chosen.user_identity)

    return callers


def rights(caller: Caller | Refusal) -> tuple[frozenset[Permission], bool, bool]:
    assert isinstance(caller, Caller)
    return caller.actor.permissions, caller.may_query, caller.may_retrieve


def test_a_recorded_node_may_what_its_record_says(callers, record):
    record(
        VIEWER,
        replace(VIEWER, ae_title="CT", may_query=False, may_retrieve=False),
        replace(VIEWER, ae_title="FINDS", may_store=False, may_retrieve=False),
        replace(VIEWER, ae_title="NOTHING", may_store=False, may_query=False, may_retrieve=False),
    )
    admit = callers().admit
    assert rights(admit("VIEWER", HERE, "KLINIKA")) == (STORING | READING | REPORTS, True, True)
    assert rights(admit("CT", HERE, "KLINIKA")) == (STORING, False, False)
    assert rights(admit("FINDS", HERE, "KLINIKA")) == (READING, True, False)
    assert rights(admit("NOTHING", HERE, "KLINIKA")) == (frozenset(), False, False)


def test_a_caller_is_named_by_its_titles_and_address(callers, record):
    record(replace(VIEWER, character_set="ISO_IR 144"))
    caller = callers().admit("VIEWER", ELSEWHERE, "KLINIKA")
    assert (caller.ae_title, caller.address, caller.called_ae_title) == (
        "VIEWER",
        ELSEWHERE,
        "KLINIKA",
    )
    assert (caller.actor.name, caller.character_set) == ("VIEWER", "ISO_IR 144")


def test_an_unknown_caller_is_refused_unless_the_clinic_is_being_set_up(callers):
    assert callers().admit("CT", HERE, "KLINIKA") is Refusal.CALLING_AE_TITLE
    assert rights(callers(is_set_up=False).admit("CT", HERE, "KLINIKA")) == (STORING, False, False)


@pytest.mark.parametrize("is_set_up", [True, False])
def test_the_setting_says_whether_unknown_callers_store(callers, is_set_up):
    admit = callers(is_set_up=is_set_up, accept_unknown_nodes=True).admit
    assert rights(admit("CT", HERE, "KLINIKA"))[0] == STORING
    admit = callers(is_set_up=is_set_up, accept_unknown_nodes=False).admit
    assert admit("CT", HERE, "KLINIKA") is Refusal.CALLING_AE_TITLE


def test_a_title_that_is_not_ours_is_refused_first(callers):
    assert callers().admit("CT", HERE, "OTHER") is Refusal.CALLED_AE_TITLE


@pytest.mark.parametrize("address", [HERE, f"::ffff:{HERE}"])
def test_a_checked_host_is_the_only_one_that_may_use_the_title(callers, record, address):
    record(replace(VIEWER, host_is_checked=True))
    admit = callers(is_set_up=False).admit
    assert isinstance(admit("VIEWER", address, "KLINIKA"), Caller)
    assert admit("VIEWER", ELSEWHERE, "KLINIKA") is Refusal.CALLING_AE_TITLE


def test_a_checked_host_may_be_a_name(callers, record):
    record(
        replace(VIEWER, host="localhost", host_is_checked=True),
        replace(VIEWER, ae_title="GONE", host="gone.invalid", host_is_checked=True),
    )
    assert isinstance(callers().admit("VIEWER", "127.0.0.1", "KLINIKA"), Caller)
    assert callers().admit("GONE", "127.0.0.1", "KLINIKA") is Refusal.CALLING_AE_TITLE


def test_each_local_title_has_its_own_rules(callers, record):
    record(VIEWER)
    admit = callers(
        local_ae_titles={
            "RESEARCH": {"may_store": False, "character_set": "ISO_IR 144"},
            "INBOX": {"accepts_unknown": True, "may_query": False, "may_retrieve": False},
        }
    ).admit
    assert rights(admit("VIEWER", HERE, "KLINIKA")) == (STORING | READING | REPORTS, True, True)
    assert rights(admit("VIEWER", HERE, "RESEARCH")) == (READING | REPORTS, True, True)
    assert admit("VIEWER", HERE, "RESEARCH").character_set == "ISO_IR 144"
    assert rights(admit("VIEWER", HERE, "INBOX")) == (STORING, False, False)
    assert rights(admit("CT", HERE, "INBOX")) == (STORING, False, False)
    assert admit("CT", HERE, "KLINIKA") is Refusal.CALLING_AE_TITLE


# --- user identity -------------------------------------------------------------------------------


@pytest.fixture
def oleg(accounts, admin) -> Identity:
    """An operator with his password."""
    accounts.create(admin, NewAccount("oleg", "Олег", Role.OPERATOR, PASSWORD))
    return Identity(IdentityKind.PASSWORD, "oleg", PASSWORD)


@pytest.fixture
def token(oleg, sessions) -> Identity:
    """The same by the access token of his session."""
    grant = sessions.sign_in("oleg", PASSWORD)
    return Identity(IdentityKind.TOKEN, secret=grant.access_token)


@pytest.mark.parametrize("rule", [IdentityRule.OPTIONAL, IdentityRule.REQUIRED])
@pytest.mark.parametrize("proof", ["oleg", "token"])
def test_an_account_acts_within_the_rights_of_its_node(callers, record, rule, proof, request):
    record(replace(VIEWER, may_store=False, may_retrieve=False))
    identity = request.getfixturevalue(proof)
    caller = callers(user_identity=rule).admit("VIEWER", HERE, "KLINIKA", identity)
    assert rights(caller) == (READING, True, False)
    assert (caller.actor.name, caller.ae_title) == ("oleg", "VIEWER")


def test_an_account_that_may_not_read_takes_the_right_to_query(
    callers, record, oleg, sessions, monkeypatch
):
    record(VIEWER)
    monkeypatch.setitem(sessions.identify.__globals__["POLICY"], Role.OPERATOR, STORING)
    admit = callers(user_identity=IdentityRule.OPTIONAL).admit
    assert rights(admit("VIEWER", HERE, "KLINIKA", oleg)) == (STORING, False, False)


@pytest.mark.parametrize("rule", [IdentityRule.OPTIONAL, IdentityRule.REQUIRED])
@pytest.mark.parametrize(
    "identity",
    [
        Identity(IdentityKind.PASSWORD, "oleg", "wrong"),
        Identity(IdentityKind.PASSWORD, "nobody", PASSWORD),
        Identity(IdentityKind.TOKEN, secret="a.b.c"),
    ],
)
def test_a_wrong_identity_is_refused(callers, record, oleg, rule, identity):
    record(VIEWER)
    admit = callers(user_identity=rule).admit
    assert admit("VIEWER", HERE, "KLINIKA", identity) is Refusal.IDENTITY


def test_a_token_is_worth_nothing_after_its_session(callers, record, token, sessions):
    record(VIEWER)
    sessions.sign_out(sessions.authenticate(token.secret))
    admit = callers(user_identity=IdentityRule.OPTIONAL).admit
    assert admit("VIEWER", HERE, "KLINIKA", token) is Refusal.IDENTITY


def test_the_rule_says_whether_an_identity_is_needed(callers, record):
    record(VIEWER)
    wrong = Identity(IdentityKind.PASSWORD, "oleg", "wrong")
    for rule, expected in (
        (IdentityRule.IGNORED, Caller),
        (IdentityRule.OPTIONAL, Caller),
        (IdentityRule.REQUIRED, Refusal),
    ):
        admit = callers(user_identity=rule).admit
        assert isinstance(admit("VIEWER", HERE, "KLINIKA"), expected)
    admit = callers(user_identity=IdentityRule.IGNORED).admit
    assert isinstance(admit("VIEWER", HERE, "KLINIKA", wrong), Caller)


def test_guesses_at_a_password_are_delayed_and_audited(callers, record, oleg, database, admin):
    record(VIEWER)
    admit = callers(user_identity=IdentityRule.OPTIONAL).admit
    admit("VIEWER", HERE, "KLINIKA", oleg)

    def guess_until_delayed():
        for _ in range(20):
            admit("VIEWER", HERE, "KLINIKA", replace(oleg, secret="wrong"))

    with pytest.raises(TooManyAttemptsError):
        guess_until_delayed()
    entries = audit.newest(database, admin)
    assert {
        (entry.actor, entry.outcome) for entry in entries if entry.action == Action.IDENTIFIED
    } == {("oleg", Outcome.DONE), ("oleg", Outcome.REFUSED)}


def test_an_identity_keeps_its_secret_out_of_its_text():
    assert PASSWORD not in repr(Identity(IdentityKind.PASSWORD, "oleg", PASSWORD))

"""Negotiation: who is let in, what is agreed on, and what a refusal says."""

import contextlib
import socket
from dataclasses import replace

import pytest
from pydicom.uid import UID, CTImageStorage
from pynetdicom.pdu import A_ASSOCIATE_AC
from pynetdicom.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)

from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.server.core.accounts import Accounts
from app.server.dimse.information_model import Root
from app.server.dimse.node import DicomNode
from app.server.dimse.status import Status
from app.server.store.engine import Database
from tests.server.core.conftest import quick_hashes  # noqa: F401 - a fixture for every test here
from tests.server.dimse import raw
from tests.server.dimse.asking import extended
from tests.server.dimse.conftest import now
from tests.server.dimse.test_association import data_set_of
from tests.server.samples import an_object

PASSWORD = "correct horse battery"
ACCEPTED, REJECTED = 2, 3
CALLED_NOT_RECOGNIZED, CALLING_NOT_RECOGNIZED = bytes((0, 1, 1, 7)), bytes((0, 1, 1, 3))
NOT_IDENTIFIED, TRY_AGAIN = bytes((0, 1, 2, 1)), bytes((0, 2, 3, 1))
TOO_OFTEN = bytes((0, 2, 1, 1))
USERNAME, USERNAME_AND_PASSCODE, KERBEROS, JSON_WEB_TOKEN = 1, 2, 3, 5


@pytest.fixture
def ask(parts, callers_by):
    """Sends an association request to a node with these settings; answers its PDU."""
    with contextlib.ExitStack() as running:

        def ask(settings=None, **request) -> tuple[int, bytes]:
            changed = {"callers": callers_by(**settings)} if settings else {}
            node = DicomNode(host="127.0.0.1", port=0, parts=replace(parts, **changed))
            node.start()
            running.callback(node.stop)
            address = ("127.0.0.1", node.port)
            connection = running.enter_context(socket.create_connection(address, timeout=20))
            connection.sendall(raw.request(**request))
            return raw.answer(connection)

        yield ask


def items(answer: tuple[int, bytes], kind: type) -> list:
    """The user information of an acceptance that is of `kind`."""
    assert answer[0] == ACCEPTED
    acceptance = A_ASSOCIATE_AC()
    acceptance.decode(raw.pdu(*answer))
    information = acceptance.to_primitive().user_information
    return [item for item in information if isinstance(item, kind)]


# --- who ----------------------------------------------------------------------------------------


@pytest.mark.logs("association-rejected")
def test_an_unknown_caller_is_refused_where_the_setting_says_so(ask):
    refusing = {"accept_unknown_nodes": False}
    assert ask(refusing, calling="STRANGER") == (REJECTED, CALLING_NOT_RECOGNIZED)
    assert ask(refusing, calling="SCANNER")[0] == ACCEPTED


@pytest.mark.logs("association-rejected")
def test_a_title_that_is_not_ours_is_told_before_the_caller_is_looked_at(ask):
    refusing = {"accept_unknown_nodes": False}
    answer = ask(refusing, calling="STRANGER", called="OTHER")
    assert answer == (REJECTED, CALLED_NOT_RECOGNIZED)


@pytest.mark.logs("association-rejected")
def test_several_titles_are_answered_on_one_port(ask):
    settings = {"local_ae_titles": {"RESEARCH": {"accepts_unknown": False}}}
    assert ask(settings, calling="STRANGER", called="KLINIKA")[0] == ACCEPTED
    answer = ask(settings, calling="STRANGER", called="RESEARCH")
    assert answer == (REJECTED, CALLING_NOT_RECOGNIZED)
    assert ask(settings, calling="SCANNER", called="RESEARCH")[0] == ACCEPTED


@pytest.mark.logs("association-rejected")
def test_a_title_from_another_host_than_its_own_is_refused(ask, record):
    record(RemoteNode("MRI", "127.0.0.9", host_is_checked=True))
    assert ask(calling="MRI") == (REJECTED, CALLING_NOT_RECOGNIZED)
    record(RemoteNode("MRI", "127.0.0.1", host_is_checked=True))
    assert ask(calling="MRI")[0] == ACCEPTED


@pytest.mark.logs("request-not-done")
def test_a_node_that_may_not_store_is_told_with_each_object(connect, record):
    record(RemoteNode("READS", may_store=False))
    connection = connect()
    raw.associate(connection, calling="READS")
    assert raw.store(connection, data_set_of(an_object())) == Status.NOT_AUTHORIZED


@pytest.mark.logs("association-rejected")
def test_a_database_that_does_not_answer_is_told_as_congestion(ask, monkeypatch):
    def fail(_database):
        raise UnavailableError

    monkeypatch.setattr(Database, "read", fail)
    assert ask() == (REJECTED, TRY_AGAIN)


# --- user identity ------------------------------------------------------------------------------


def identity(kind: int, primary: str, secondary: str = "", *, is_answered=False):
    item = UserIdentityNegotiation()
    item.user_identity_type = kind
    item.positive_response_requested = is_answered
    item.primary_field = primary.encode()
    item.secondary_field = secondary.encode()
    return item


@pytest.fixture
def anna(database, sessions) -> str:
    """An administrator; her access token."""
    Accounts(database, now).create_first("anna", "Анна Петрова", PASSWORD)
    return sessions.sign_in("anna", PASSWORD).access_token


OPTIONAL, REQUIRED = {"user_identity": "optional"}, {"user_identity": "required"}


@pytest.mark.parametrize("rule", [OPTIONAL, REQUIRED])
def test_an_account_is_proved_and_acknowledged_when_asked(ask, anna, rule):
    for proof in (
        identity(USERNAME_AND_PASSCODE, "anna", PASSWORD, is_answered=True),
        identity(JSON_WEB_TOKEN, anna, is_answered=True),
    ):
        (response,) = items(ask(rule, items=[proof]), UserIdentityNegotiation)
        assert response.server_response == b""


def test_an_account_that_asks_for_no_answer_gets_none(ask, anna):
    answer = ask(REQUIRED, items=[identity(USERNAME_AND_PASSCODE, "anna", PASSWORD)])
    assert items(answer, UserIdentityNegotiation) == []


@pytest.mark.parametrize("rule", [OPTIONAL, REQUIRED])
@pytest.mark.logs("association-rejected")
def test_a_wrong_identity_is_rejected(ask, anna, rule):
    for wrong in (
        identity(USERNAME_AND_PASSCODE, "anna", "wrong"),
        identity(JSON_WEB_TOKEN, f"{anna[:-4]}AAAA"),
    ):
        assert ask(rule, items=[wrong]) == (REJECTED, NOT_IDENTIFIED)


@pytest.mark.parametrize("proof", [None, (USERNAME, "anna"), (KERBEROS, "ticket")])
@pytest.mark.logs("association-rejected")
def test_what_proves_nothing_counts_as_no_identity(ask, anna, proof):
    given = [identity(*proof, is_answered=True)] if proof else []
    assert items(ask(OPTIONAL, items=given), UserIdentityNegotiation) == []
    assert ask(REQUIRED, items=given) == (REJECTED, NOT_IDENTIFIED)


def test_an_ignored_identity_is_neither_checked_nor_acknowledged(ask):
    proof = identity(USERNAME_AND_PASSCODE, "nobody", "wrong", is_answered=True)
    assert items(ask(items=[proof]), UserIdentityNegotiation) == []


@pytest.mark.logs("association-rejected")
def test_guesses_are_rejected_for_a_while(ask, anna):
    wrong = identity(USERNAME_AND_PASSCODE, "anna", "wrong")
    answers = {ask(OPTIONAL, items=[wrong]) for _ in range(8)}
    assert answers == {(REJECTED, NOT_IDENTIFIED), (REJECTED, TOO_OFTEN)}


@pytest.mark.logs("association-rejected")
def test_no_secret_is_logged(ask, anna, capfd):
    for proof in (
        identity(USERNAME_AND_PASSCODE, "anna", PASSWORD),
        identity(USERNAME_AND_PASSCODE, "anna", "secret-guess"),
        identity(JSON_WEB_TOKEN, anna),
    ):
        ask(REQUIRED, items=[proof])
    said = "".join(capfd.readouterr())
    assert "association-rejected" in said
    assert not any(secret in said for secret in (PASSWORD, "secret-guess", anna))


# --- what is agreed on --------------------------------------------------------------------------


def role(*, scu: bool, scp: bool) -> SCP_SCU_RoleSelectionNegotiation:
    item = SCP_SCU_RoleSelectionNegotiation()
    item.sop_class_uid = CTImageStorage
    item.scu_role, item.scp_role = scu, scp
    return item


@pytest.mark.parametrize(("scu", "scp"), [(False, True), (True, True), (True, False)])
def test_a_peer_may_be_sender_receiver_or_both_of_objects(ask, scu, scp):
    (agreed,) = items(ask(items=[role(scu=scu, scp=scp)]), SCP_SCU_RoleSelectionNegotiation)
    assert (agreed.scu_role, agreed.scp_role) == (scu, scp)


def test_roles_are_not_spoken_of_unless_asked(ask):
    assert items(ask(), SCP_SCU_RoleSelectionNegotiation) == []


def test_a_window_of_operations_is_one_by_not_being_answered(ask):
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 8
    assert items(ask(items=[window]), AsynchronousOperationsWindowNegotiation) == []


def test_features_of_a_class_that_has_none_are_not_answered(ask):
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = UID(CTImageStorage)
    item.service_class_application_information = b"\2\0\0\0\0\0"
    assert items(ask(items=[item]), SOPClassExtendedNegotiation) == []


def test_features_of_queries_are_confirmed_as_far_as_they_are_asked_for_and_there(ask):
    for sop_class, wanted, agreed in (
        (Root.STUDY.find, b"\1\1\1\1\1", b"\1\1\1\0\0"),
        (Root.PATIENT.find, b"\1\0", b"\1\0"),
        (Root.STUDY.move, b"\1\1", b"\1\0"),
        (Root.STUDY.get, b"\0", b"\0"),
    ):
        answer = ask(sop_class=sop_class, items=extended(sop_class, wanted))
        (item,) = items(answer, SOPClassExtendedNegotiation)
        assert item.service_class_application_information == agreed

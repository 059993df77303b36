"""Names and passwords with each request: one session for as long as it lasts."""

import threading

import pytest

from app.domain.access import POLICY, Role
from app.domain.calls import NewAccount
from app.domain.errors import TooManyAttemptsError, WrongPasswordError
from app.server.core import audit, credentials
from app.server.core.credentials import Credentials
from tests.server.core.conftest import PASSWORD


@pytest.fixture
def known(accounts, sessions) -> Credentials:
    """Credentials where the administrator Anna has an account."""
    accounts.create_first("anna", "Анна Петрова", PASSWORD)
    return Credentials(sessions)


def sign_ins(database, actor):
    return [entry.action for entry in audit.newest(database, actor)].count("signed-in")


def test_the_first_request_opens_the_session_that_the_next_go_on_in(known, database):
    assert known.known("anna", PASSWORD) is None
    actor = known.proved("anna", PASSWORD)
    assert (actor.name, actor.permissions) == ("anna", POLICY[Role.ADMIN])
    assert known.known("anna", PASSWORD) == actor == known.proved("anna", PASSWORD)
    assert known.known("anna", f"{PASSWORD}x") is None
    assert sign_ins(database, actor) == 1


def test_a_session_that_is_over_is_opened_anew(known, sessions):
    first = known.proved("anna", PASSWORD)
    sessions.sign_out(first)
    assert known.known("anna", PASSWORD) is None
    assert known.proved("anna", PASSWORD).session_id != first.session_id


def test_wrong_passwords_are_delayed_as_at_sign_in(known):
    for _ in range(5):
        with pytest.raises(WrongPasswordError):
            known.proved("anna", "wrong password")
    with pytest.raises(TooManyAttemptsError):
        known.proved("anna", PASSWORD)


def test_requests_that_begin_together_open_one_session(known):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(known.proved("anna", PASSWORD)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_only_the_newest_are_remembered(known, accounts, monkeypatch):
    monkeypatch.setattr(credentials, "MOST", 1)
    admin = known.proved("anna", PASSWORD)
    accounts.create(admin, NewAccount("boris", "Борис", Role.DOCTOR, PASSWORD))
    known.proved("boris", PASSWORD)
    assert known.known("anna", PASSWORD) is None
    assert known.known("boris", PASSWORD)

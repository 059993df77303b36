"""Sign-in, refresh and sign-out."""

import threading
from datetime import timedelta

import pytest

from app.auth import passwords
from app.domain.access import POLICY, Role
from app.domain.errors import (
    Error,
    TooManyAttemptsError,
    UnauthenticatedError,
    WrongPasswordError,
)
from app.server.core import audit
from app.server.core import sessions as core
from app.server.store import accounts as rows
from app.server.store import sessions as session_rows
from tests.server.core.conftest import PASSWORD


@pytest.fixture
def grant(accounts, sessions):
    """The session of a signed-in administrator."""
    accounts.create_first("anna", "Анна Петрова", PASSWORD)
    return sessions.sign_in("Anna", PASSWORD)


def test_signing_in_answers_who_one_is_and_what_one_may(sessions, grant):
    assert (grant.account.username, grant.account.role) == ("anna", Role.ADMIN)
    assert frozenset(grant.permissions) == POLICY[Role.ADMIN]
    assert grant.expires_in_s == 15 * 60
    actor = sessions.authenticate(grant.access_token)
    assert (actor.name, actor.permissions) == ("anna", POLICY[Role.ADMIN])


@pytest.mark.parametrize("username", ["anna", "nobody", "an\0na", ""])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(sessions, grant, username):
    with pytest.raises(UnauthenticatedError, match="wrong name or password"):
        sessions.sign_in(username, "wrong password")


@pytest.mark.parametrize("username", ["anna", "nobody"])
def test_an_unknown_name_costs_the_hash_of_a_wrong_password(sessions, grant, monkeypatch, username):
    hashed = []
    real = passwords.matches
    monkeypatch.setattr(
        passwords, "matches", lambda *given: hashed.append(given[1]) or real(*given)
    )
    with pytest.raises(UnauthenticatedError):
        sessions.sign_in(username, "wrong password")
    (stored,) = hashed
    assert stored.startswith("$argon2id$")
    assert not passwords.is_outdated(stored)


@pytest.mark.parametrize("username", ["anna", "nobody"])
def test_the_sixth_guess_has_to_wait_even_when_it_is_right(sessions, grant, clock, username):
    for _ in range(5):
        with pytest.raises(UnauthenticatedError):
            sessions.sign_in(username, "wrong password")
    with pytest.raises(TooManyAttemptsError) as delayed:
        sessions.sign_in(username, PASSWORD)
    assert 0 < delayed.value.retry_after_s <= 6
    clock.ahead = timedelta(seconds=6)
    if username == "anna":
        assert sessions.sign_in(username, PASSWORD).account.username == "anna"
    else:
        with pytest.raises(UnauthenticatedError):
            sessions.sign_in(username, PASSWORD)


def test_of_names_nobody_has_the_newest_are_remembered(sessions, grant, monkeypatch):
    monkeypatch.setattr(core, "UNKNOWN_NAMES", 2)
    for name in ["first"] * 4 + ["second", "third", "first"]:
        with pytest.raises(UnauthenticatedError):
            sessions.sign_in(name, "wrong password")
    with pytest.raises(UnauthenticatedError):
        sessions.sign_in("first", "wrong password")


def test_a_right_password_forgives_earlier_wrong_ones(sessions, grant):
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(UnauthenticatedError):
                sessions.sign_in("anna", "wrong password")
        sessions.sign_in("anna", PASSWORD)


def test_guesses_at_once_do_not_slip_past_the_delay(sessions, grant):
    answers: list[type[Error]] = []

    def guess():
        try:
            sessions.sign_in("anna", "wrong password")
        except Error as error:
            answers.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(WrongPasswordError) == 5
    assert answers.count(TooManyAttemptsError) == 3


def test_a_refresh_token_is_good_once_and_brings_the_next(sessions, grant):
    second = sessions.refresh(grant.refresh_token)
    third = sessions.refresh(second.refresh_token)
    assert len({grant.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert sessions.authenticate(third.access_token).name == "anna"


@pytest.mark.parametrize("renewals", [1, 2, 20])
def test_a_used_refresh_token_that_comes_back_later_ends_the_whole_session(
    sessions, grant, clock, renewals
):
    newest = grant
    for _ in range(renewals):
        newest = sessions.refresh(newest.refresh_token)
    clock.ahead = timedelta(minutes=3)
    with pytest.raises(UnauthenticatedError):
        sessions.refresh(grant.refresh_token)
    with pytest.raises(UnauthenticatedError):
        sessions.refresh(newest.refresh_token)
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(newest.access_token)


def test_an_answer_that_got_lost_is_given_again(sessions, grant, clock):
    lost = sessions.refresh(grant.refresh_token)
    clock.ahead = timedelta(minutes=1)
    again = sessions.refresh(grant.refresh_token)
    assert again.refresh_token == lost.refresh_token
    assert sessions.refresh(again.refresh_token).account.username == "anna"


def test_a_copied_token_used_at_once_is_noticed_at_the_renewal_after(sessions, grant, clock):
    mine = sessions.refresh(grant.refresh_token)
    copied = sessions.refresh(grant.refresh_token)
    sessions.refresh(copied.refresh_token)
    clock.ahead = timedelta(minutes=14)
    with pytest.raises(UnauthenticatedError):
        sessions.refresh(mine.refresh_token)
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(copied.access_token)


def test_a_made_up_token_ends_nothing(sessions, grant):
    session_id = grant.refresh_token.partition(".")[0]
    with pytest.raises(UnauthenticatedError):
        sessions.refresh(f"{session_id}.garbage")
    assert sessions.authenticate(grant.access_token).name == "anna"
    assert sessions.refresh(grant.refresh_token).account.username == "anna"


def test_two_refreshes_at_once_bring_the_same_token(sessions, grant):
    brought = []
    threads = [
        threading.Thread(target=lambda: brought.append(sessions.refresh(grant.refresh_token)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(brought) == 2
    assert len({each.refresh_token for each in brought}) == 1


def test_a_session_ends_after_its_hours_however_often_it_is_renewed(sessions, grant, clock):
    clock.ahead = timedelta(hours=11, minutes=55)
    renewed = sessions.refresh(grant.refresh_token)
    assert renewed.expires_in_s <= 5 * 60
    clock.ahead = timedelta(hours=12, seconds=1)
    with pytest.raises(UnauthenticatedError):
        sessions.refresh(renewed.refresh_token)


def test_signing_out_ends_the_access_token_too(sessions, grant):
    actor = sessions.authenticate(grant.access_token)
    assert sessions.is_open(actor)
    sessions.sign_out(actor)
    assert not sessions.is_open(actor)
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(grant.access_token)
    with pytest.raises(UnauthenticatedError):
        sessions.refresh(grant.refresh_token)


def test_a_session_that_ended_on_another_server_is_over_a_second_later(
    sessions, grant, database, clock
):
    actor = sessions.authenticate(grant.access_token)
    with database.write() as connection:
        session_rows.revoke(connection, actor.session_id, clock())
    clock.ahead = core.FRESH
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(grant.access_token)


def test_a_clock_that_is_set_back_keeps_no_session_open(sessions, grant, database, clock):
    actor = sessions.authenticate(grant.access_token)
    with database.write() as connection:
        session_rows.revoke(connection, actor.session_id, clock())
    clock.ahead = timedelta(minutes=-1)
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(grant.access_token)


def test_a_session_that_ends_while_another_request_reads_it_is_over(sessions, grant, monkeypatch):
    actor = sessions.authenticate(grant.access_token)
    real = session_rows.get

    def found_late(*given, **options):
        found = real(*given, **options)
        monkeypatch.setattr(session_rows, "get", real)
        sessions.sign_out(actor)
        return found

    monkeypatch.setattr(session_rows, "get", found_late)
    assert sessions.is_open(actor)  # as it was when it was read
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(grant.access_token)


def test_a_session_that_was_forgotten_is_over(sessions, grant, database, clock):
    with database.write() as connection:
        session_rows.forget_expired(connection, clock() + timedelta(days=1))
    with pytest.raises(UnauthenticatedError):
        sessions.authenticate(grant.access_token)


def test_of_sessions_that_were_seen_the_latest_are_remembered(sessions, grant, monkeypatch):
    monkeypatch.setattr(core, "MOST_SEEN", 1)
    other = sessions.sign_in("anna", PASSWORD)
    for token in (grant.access_token, other.access_token, grant.access_token):
        assert sessions.authenticate(token).name == "anna"


def test_signing_out_leaves_the_other_session_open(sessions, grant):
    other = sessions.sign_in("anna", PASSWORD)
    sessions.sign_out(sessions.authenticate(grant.access_token))
    assert sessions.authenticate(other.access_token).name == "anna"


def test_the_password_is_asked_again_with_the_same_delay(sessions, grant):
    actor = sessions.authenticate(grant.access_token)
    sessions.verify_password(actor, PASSWORD)
    for _ in range(5):
        with pytest.raises(UnauthenticatedError):
            sessions.verify_password(actor, "wrong password")
    with pytest.raises(TooManyAttemptsError):
        sessions.verify_password(actor, PASSWORD)


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(sessions, grant, database):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with database.write() as connection:
        account = rows.by_name(connection, "anna")
        rows.set_password_hash(connection, account.id, weak)
    sessions.sign_in("anna", PASSWORD)
    with database.read() as connection:
        assert not passwords.is_outdated(rows.by_name(connection, "anna").password_hash)


def test_the_audit_keeps_sign_ins_but_no_names_that_nobody_has(sessions, grant, database):
    with pytest.raises(UnauthenticatedError):
        sessions.sign_in("my secret password", "anna")
    with pytest.raises(UnauthenticatedError):
        sessions.sign_in("anna", "wrong password")
    admin = sessions.authenticate(grant.access_token)
    entries = audit.newest(database, admin)
    assert [(entry.actor, entry.action, entry.outcome) for entry in entries[:3]] == [
        ("anna", "signed-in", "refused"),
        ("", "signed-in", "refused"),
        ("anna", "signed-in", "done"),
    ]


def test_refresh_tokens_are_not_in_the_database(sessions, grant, server_settings):
    secret = grant.refresh_token.partition(".")[2].encode()
    for file in server_settings.data_dir.rglob("*"):
        assert not file.is_file() or secret not in file.read_bytes()

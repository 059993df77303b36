"""Accounts: the first is made once, the others by an administrator."""

import threading

import pytest

from app.domain.access import Account, Role
from app.domain.calls import NewAccount
from app.domain.errors import ConflictError, Error, ForbiddenError, InvalidError, WeakPasswordError
from app.server.core import audit
from app.server.core.audit import Action
from tests.server.core.conftest import PASSWORD


def test_the_first_administrator_is_made_only_while_there_is_no_account(accounts):
    assert accounts.need_setup()
    assert accounts.create_first(" anna ", "Анна Петрова", PASSWORD) == Account(
        "anna", "Анна Петрова", Role.ADMIN
    )
    assert not accounts.need_setup()
    with pytest.raises(ConflictError):
        accounts.create_first("boris", "Борис", PASSWORD)


def test_of_two_first_administrators_at_once_one_is_made(accounts, sessions):
    failures: list[Error] = []

    def create(name):
        try:
            accounts.create_first(name, name, PASSWORD)
        except Error as error:
            failures.append(error)

    threads = [threading.Thread(target=create, args=(name,)) for name in ("anna", "boris")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in failures] == [ConflictError]


def test_an_administrator_makes_accounts_and_sees_them(accounts, admin):
    accounts.create(admin, NewAccount("Олег", "Олег Врачов", Role.DOCTOR, PASSWORD))
    assert [(each.username, each.role) for each in accounts.every(admin)] == [
        ("anna", Role.ADMIN),
        ("Олег", Role.DOCTOR),
    ]


def test_a_name_is_taken_however_it_is_cased(accounts, admin):
    accounts.create(admin, NewAccount("Олег", "Олег", Role.DOCTOR, PASSWORD))
    with pytest.raises(ConflictError):
        accounts.create(admin, NewAccount("ОЛЕГ", "Другой", Role.DOCTOR, PASSWORD))


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.OPERATOR])
def test_nobody_else_makes_or_sees_accounts_or_the_audit(accounts, database, sign_in_as, role):
    actor = sign_in_as(role)
    with pytest.raises(ForbiddenError):
        accounts.create(actor, NewAccount("x", "x", Role.ADMIN, PASSWORD))
    with pytest.raises(ForbiddenError):
        accounts.every(actor)
    with pytest.raises(ForbiddenError):
        audit.newest(database, actor)


@pytest.mark.parametrize(
    ("username", "full_name"), [("", "x"), ("x" * 65, "x"), ("a\0b", "x"), ("x", " "), ("x", "\n")]
)
def test_an_impossible_name_is_refused(accounts, admin, username, full_name):
    with pytest.raises(InvalidError):
        accounts.create(admin, NewAccount(username, full_name, Role.DOCTOR, PASSWORD))


def test_a_password_made_of_the_clinics_name_is_refused(accounts, admin):
    with pytest.raises(WeakPasswordError):
        accounts.create(admin, NewAccount("o", "Олег", Role.DOCTOR, "северная-клиника"))


def test_made_accounts_are_in_the_audit(accounts, admin, database):
    accounts.create(admin, NewAccount("oleg", "Олег", Role.DOCTOR, PASSWORD))
    entry = audit.newest(database, admin)[0]
    assert (entry.actor, entry.action, entry.subject, entry.outcome) == (
        "anna",
        Action.ACCOUNT_CREATED,
        "oleg",
        "done",
    )

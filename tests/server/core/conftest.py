"""Accounts, sessions and reports over either database."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.auth import passwords
from app.auth.tokens import Signer
from app.domain.access import Actor, Role
from app.domain.calls import NewAccount
from app.domain.errors import UnavailableError
from app.server.core.accounts import Accounts
from app.server.core.reports import Reports
from app.server.core.sessions import Lives, Sessions
from tests.nursery import QUICK_HASHER

PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that is right until it is moved."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Hashes that cost a hundredth: how dear real ones are is tested in tests/auth."""
    monkeypatch.setattr(passwords, "_hasher", QUICK_HASHER)
    monkeypatch.setattr(passwords, "NOBODYS_HASH", QUICK_HASHER.hash("nobody knows this"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database, clock) -> Accounts:
    return Accounts(database, clock, site_words=("Северная клиника",))


@pytest.fixture
def sessions(database, clock) -> Sessions:
    lives = Lives(access=timedelta(minutes=15), session=timedelta(hours=12))
    return Sessions(database, Signer(Ed25519PrivateKey.generate()), lives, clock)


@pytest.fixture
def admin(accounts, sessions) -> Actor:
    """The first administrator, signed in."""
    accounts.create_first("anna", "Анна Петрова", PASSWORD)
    return sessions.authenticate(sessions.sign_in("anna", PASSWORD).access_token)


@pytest.fixture
def sign_in_as(accounts, sessions, admin):
    """Makes an account of a role and answers its actor."""

    def signed_in(role: Role, username: str = "") -> Actor:
        name = username or role.value
        accounts.create(admin, NewAccount(name, f"Somebody {name}", role, PASSWORD))
        return sessions.authenticate(sessions.sign_in(name, PASSWORD).access_token)

    return signed_in


@pytest.fixture
def reports(database, objects, ingest, sessions, clock) -> Reports:
    return Reports(database, objects, ingest, sessions, clock)


@pytest.fixture
def store(ingest, doctor, source):
    """Keeps an object and answers what became of it."""
    return lambda data: ingest.store(doctor, source, data)


@pytest.fixture
def unheard_commits(database, monkeypatch):
    """While it lasts what is written is committed, but the answer of the database is lost."""

    @contextmanager
    def commits():
        write = database.write

        @contextmanager
        def unheard():
            with write() as connection:
                yield connection
            raise UnavailableError

        with monkeypatch.context() as broken:
            broken.setattr(database, "write", unheard)
            yield

    return commits

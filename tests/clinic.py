"""A running server process with one account of each role."""

import contextlib
import functools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from app.auth import passwords
from app.client.embedded import EmbeddedServer
from app.client.server import Server
from app.commands.serve import LOG_FILE
from app.domain.access import POLICY, Actor, Role
from app.domain.calls import NewAccount
from app.server.core.accounts import Accounts
from app.server.store.engine import FILE_NAME, Database
from app.settings import Settings
from tests import nursery
from tests.logs import LOG

PASSWORD = "correct horse battery"
NAMES = {Role.ADMIN: "anna", Role.DOCTOR: "dora", Role.OPERATOR: "oleg"}
STAFF = (
    NewAccount(NAMES[Role.ADMIN], "Анна Петрова", Role.ADMIN, PASSWORD),
    NewAccount(NAMES[Role.DOCTOR], "Somebody dora", Role.DOCTOR, PASSWORD),
    NewAccount(NAMES[Role.OPERATOR], "Somebody oleg", Role.OPERATOR, PASSWORD),
)


@dataclass
class Clinic:
    """A server on this machine; `server` and `signed_in` open clients that the clinic closes."""

    data_dir: Path
    embedded: EmbeddedServer
    _open: contextlib.ExitStack

    def server(self, *, shares_machine: bool = True) -> Server:
        """A client that is not signed in."""
        server = Server(self.embedded.url, self.embedded.secret if shares_machine else "")
        self._open.callback(server.close)
        return server

    def signed_in(self, role: Role, *, shares_machine: bool = True) -> Server:
        """A client signed in as the account of `role`."""
        server = self.server(shares_machine=shares_machine)
        server.sign_in(NAMES[role], PASSWORD)
        return server


@contextlib.contextmanager
def a_server(data_dir: Path) -> Iterator[EmbeddedServer]:
    """A server process on `data_dir`, whose log is watched; it ends with the block."""
    LOG.follow(data_dir / "logs" / LOG_FILE)
    with nursery.a_server(data_dir) if hasattr(os, "fork") else contextlib.nullcontext():
        embedded = EmbeddedServer.start_or_join(data_dir, dicom_port=0)
        try:
            yield embedded
        finally:
            embedded.close()


@contextlib.contextmanager
def a_clinic(data_dir: Path) -> Iterator[Clinic]:
    """A server process on `data_dir`, set up; it ends with the block."""
    set_up(data_dir, STAFF)
    with contextlib.ExitStack() as running:
        yield Clinic(data_dir, running.enter_context(a_server(data_dir)), running)


def set_up(data_dir: Path, staff: tuple[NewAccount, ...]) -> None:
    """Make an archive with the accounts of `staff`, whose first is an administrator, in `data_dir`.

    An index of its own is copied, which takes a tenth of the time to make one.
    """
    data_dir.mkdir(mode=0o700, exist_ok=True)
    settings = Settings(data_dir=data_dir)
    if settings.database_url:
        _make_accounts(settings, staff)
    else:
        (data_dir / FILE_NAME).write_bytes(_an_index(staff))


@functools.cache
def _an_index(staff: tuple[NewAccount, ...]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _make_accounts(Settings(data_dir=Path(folder)), staff)
        return (Path(folder) / FILE_NAME).read_bytes()


def _make_accounts(settings: Settings, staff: tuple[NewAccount, ...]) -> None:
    first, *others = staff
    database = Database.open(settings)
    accounts = Accounts(database, lambda: datetime.now(UTC))
    with mock.patch.object(passwords, "_hasher", nursery.QUICK_HASHER):
        accounts.create_first(first.username, first.full_name, first.password)
        for each in others:
            accounts.create(Actor(first.username, POLICY[first.role]), each)
    database.close()

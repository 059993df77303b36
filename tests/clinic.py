"""A running server process with one account of each role."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.client.embedded import EmbeddedServer
from app.client.server import Server
from app.commands.serve import LOG_FILE
from app.domain.access import Role
from tests.logs import LOG

PASSWORD = "correct horse battery"
NAMES = {Role.ADMIN: "anna", Role.DOCTOR: "dora", Role.OPERATOR: "oleg"}


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
    embedded = EmbeddedServer.start_or_join(data_dir, dicom_port=0)
    try:
        yield embedded
    finally:
        embedded.close()


@contextlib.contextmanager
def a_clinic(data_dir: Path) -> Iterator[Clinic]:
    """A server process on `data_dir`, set up; it ends with the block."""
    with contextlib.ExitStack() as running:
        clinic = Clinic(data_dir, running.enter_context(a_server(data_dir)), running)
        set_up(clinic.server())
        yield clinic


def set_up(server: Server) -> None:
    """Make one account of each role."""
    server.create_first_administrator(NAMES[Role.ADMIN], "Анна Петрова", PASSWORD)
    server.sign_in(NAMES[Role.ADMIN], PASSWORD)
    for role in (Role.DOCTOR, Role.OPERATOR):
        server.create_account(NAMES[role], f"Somebody {NAMES[role]}", role, PASSWORD)

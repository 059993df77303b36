"""A running server of one's own with an administrator, for benchmarks that need one."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.client.embedded import EmbeddedServer
from app.client.server import Server


@contextmanager
def a_clinic(data_dir: Path) -> Iterator[Server]:
    """An embedded server on an empty data directory, signed in as its administrator."""
    with an_embedded_server(data_dir) as embedded, signed_in(embedded) as server:
        yield server


@contextmanager
def an_embedded_server(data_dir: Path) -> Iterator[EmbeddedServer]:
    """The server alone, nobody signed in."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with closing(EmbeddedServer.start_or_join(data_dir, dicom_port=11412)) as embedded:
        yield embedded


@contextmanager
def signed_in(embedded: EmbeddedServer) -> Iterator[Server]:
    """A new embedded server, signed in as the administrator that is made for it."""
    password = secrets.token_urlsafe(24)
    with closing(Server(embedded.url, embedded.secret)) as server:
        server.create_first_administrator("bench", "Bench", password)
        server.sign_in("bench", password)
        yield server

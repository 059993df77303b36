"""A running server of one's own with an administrator, for benchmarks that need one."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.client.embedded import EmbeddedServer
from app.client.server import Server


@contextmanager
def a_clinic(data_dir: Path) -> Iterator[Server]:
    """An embedded server on an empty data directory, signed in as its administrator."""
    data_dir.mkdir(parents=True, exist_ok=True)
    embedded = EmbeddedServer.start_or_join(data_dir, dicom_port=11412)
    server = Server(embedded.url, embedded.secret)
    password = secrets.token_urlsafe(24)
    try:
        server.create_first_administrator("bench", "Bench", password)
        server.sign_in("bench", password)
        yield server
    finally:
        server.close()
        embedded.close()

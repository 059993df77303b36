"""A running node in front of a real archive on SQLite."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server.dimse.node import DicomNode
from app.server.dimse.scu import Peer
from app.server.dimse.service import NodeParts
from app.server.store.spool import Spool
from app.settings import Settings

MAX_OBJECT_SIZE = 32 * 1024 * 1024


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "archive")


@pytest.fixture
def spool(server_settings) -> Path:
    return server_settings.data_dir / "spool"


@pytest.fixture
def parts(ingest, spool, database, objects) -> NodeParts:
    return NodeParts(
        ae_title="KLINIKA",
        door=ingest,
        spool=Spool(spool),
        max_object_size=MAX_OBJECT_SIZE,
        database=database,
        objects=objects,
    )


@pytest.fixture
def node(parts) -> Iterator[DicomNode]:
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    yield node
    node.stop()


@pytest.fixture
def peer(node) -> Peer:
    """The node as others see it."""
    return Peer("127.0.0.1", node.port, "KLINIKA")


@pytest.fixture
def connect(node):
    """Opens raw connections to the node and closes them all at the end."""
    opened = []

    def connect() -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", node.port), timeout=10)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()

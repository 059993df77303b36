"""A running node in front of a real archive on SQLite."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydicom.uid import ExplicitVRLittleEndian

from app.auth.tokens import Signer
from app.dicom.transcode import transcode
from app.domain.access import POLICY, Actor, Role
from app.domain.nodes import EchoOutcome, EchoResult, RemoteNode
from app.server.core.callers import Callers
from app.server.core.nodes import Nodes
from app.server.core.sessions import Lives, Sessions
from app.server.dimse.node import DicomNode
from app.server.dimse.scu import Peer
from app.server.dimse.service import NodeParts
from app.server.store.spool import Spool
from app.settings import Settings
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object

MAX_OBJECT_SIZE = 32 * 1024 * 1024
ALL_RIGHTS = ("SCANNER", "VIEWER", "ECHOSCU", "STORESCU", "FINDSCU", "MOVESCU", "GETSCU")
"""Callers that may store, query and retrieve; others may store."""


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "archive")


@pytest.fixture
def spool(server_settings) -> Path:
    return server_settings.data_dir / "spool"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def sessions(database) -> Sessions:
    lives = Lives(access=timedelta(minutes=15), session=timedelta(hours=12))
    return Sessions(database, Signer(Ed25519PrivateKey.generate()), lives, now)


@pytest.fixture
def known(database) -> Nodes:
    """The remote nodes, without their recording."""
    return Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), now)


@pytest.fixture
def record(known):
    """Records remote nodes; one of `ALL_RIGHTS` is recorded already."""

    def record(*nodes: RemoteNode) -> None:
        for node in nodes:
            known.save(Actor("admin", POLICY[Role.ADMIN]), node)

    record(*(RemoteNode(title) for title in ALL_RIGHTS))
    return record


@pytest.fixture
def callers_by(database, sessions, record):
    """Makes the callers of a node with these settings."""

    def callers_by(**settings) -> Callers:
        chosen = Settings(**settings)
        entities = chosen.local_entities(accepts_unknown=True)
        return Callers(database, sessions, entities, chosen.user_identity)

    return callers_by


@pytest.fixture
def parts(callers_by, ingest, spool, database, objects, known) -> NodeParts:
    return NodeParts(
        callers=callers_by(),
        door=ingest,
        spool=Spool(spool),
        max_object_size=MAX_OBJECT_SIZE,
        database=database,
        objects=objects,
        nodes=known,
        tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        idle_s=PATIENCE_S,
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
        connection = socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE_S)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def store(ingest, doctor, source):
    """Stores an object in a transfer syntax; its Part 10 file."""

    def store(*place, syntax=ExplicitVRLittleEndian, **elements) -> bytes:
        data = an_object(*place, **elements)
        data = data if syntax == ExplicitVRLittleEndian else transcode(data, syntax)
        ingest.store(doctor, source, data)
        return data

    return store


@pytest.fixture
def two_studies(store):
    """Two series of two and one images of one study, and a study of another patient."""
    for place in ((1, 1, 1), (1, 1, 2), (1, 2, 1)):
        store(*place)
    store(2, 1, 1, PatientID="P-2")

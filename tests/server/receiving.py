"""A second archive of ours, to which objects are sent."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.auth.tokens import Signer
from app.domain.nodes import EchoOutcome, EchoResult
from app.server.core.callers import Callers
from app.server.core.ingest import Ingest
from app.server.core.nodes import Nodes
from app.server.core.sessions import Lives, Sessions
from app.server.dimse.node import DicomNode
from app.server.dimse.service import Door, NodeParts
from app.server.store import tables
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.spool import Spool
from app.settings import Settings

MAX_OBJECT_SIZE = 1 << 26


@dataclass
class Receiver:
    """An archive that takes objects from anybody on `port`."""

    port: int
    database: Database
    objects: ObjectStore
    ingest: Ingest

    def kept(self) -> dict[str, str]:
        """SHA-256 of every file, by SOP Instance UID."""
        return kept(self.database, self.objects)


def kept(database: Database, objects: ObjectStore) -> dict[str, str]:
    """SHA-256 of every file of an archive, by SOP Instance UID."""
    with database.read() as connection:
        rows = connection.execute(sa.select(tables.instance)).all()
    return {row.sop_instance_uid: objects.digest(row.object_key) for row in rows}


@contextmanager
def a_receiver(folder: Path, port: int = 0, through=lambda door: door) -> Iterator[Receiver]:
    """A running archive in `folder`; `through` may put something before its door."""
    settings = Settings(data_dir=folder)
    clock = partial(datetime.now, UTC)
    with ExitStack() as running:
        database = Database.open(settings)
        running.callback(database.close)
        objects = ObjectStore(folder)
        running.callback(objects.close)
        ingest = Ingest(database, objects, max_object_size=MAX_OBJECT_SIZE, clock=clock)
        running.callback(ingest.close)
        door: Door = through(ingest)
        lives = Lives(access=timedelta(minutes=15), session=timedelta(hours=12))
        sessions = Sessions(database, Signer(Ed25519PrivateKey.generate()), lives, clock)
        entities = settings.local_entities(accepts_unknown=True)
        parts = NodeParts(
            callers=Callers(database, sessions, entities, settings.user_identity),
            door=door,
            spool=Spool(folder / "spool"),
            max_object_size=MAX_OBJECT_SIZE,
            database=database,
            objects=objects,
            nodes=Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock),
            tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            idle_s=60,
        )
        node = DicomNode(host="127.0.0.1", port=port, parts=parts)
        node.start()
        running.callback(node.stop)
        yield Receiver(node.port, database, objects, ingest)

"""An archive with its DICOM node as a process that can be killed: FOLDER [DATABASE_URL]."""

import ssl
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.auth.tokens import Signer
from app.domain.nodes import EchoOutcome, EchoResult
from app.server.core.callers import Callers
from app.server.core.ingest import Ingest
from app.server.core.nodes import Nodes
from app.server.core.sessions import Lives, Sessions
from app.server.dimse.node import DicomNode
from app.server.dimse.service import NodeParts
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.spool import Spool
from app.settings import Settings


def main(folder: str, database_url: str = "") -> None:
    settings = Settings(data_dir=Path(folder), database_url=database_url)
    database, objects = Database.open(settings), ObjectStore(settings.data_dir)
    clock = partial(datetime.now, UTC)
    lives = Lives(access=timedelta(minutes=15), session=timedelta(hours=12))
    sessions = Sessions(database, Signer(Ed25519PrivateKey.generate()), lives, clock)
    entities = settings.local_entities(accepts_unknown=True)
    parts = NodeParts(
        callers=Callers(database, sessions, entities, settings.user_identity),
        door=Ingest(database, objects, max_object_size=1 << 26, clock=clock),
        spool=Spool(settings.data_dir / "spool"),
        max_object_size=1 << 26,
        database=database,
        objects=objects,
        nodes=Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock),
        tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        idle_s=60,
    )
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    sys.stdout.write(f"port {node.port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A server's forwarding as a process that can be killed: FOLDER [DATABASE_URL]."""

import ssl
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app.domain.nodes import EchoOutcome, EchoResult
from app.server.core.nodes import Nodes
from app.server.core.routing import Routing
from app.server.jobs.forwarding import Forwarding
from app.server.jobs.outbox import Outbox
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.settings import Settings


def joined(database: Database, objects: ObjectStore, clock, outbox: Outbox) -> Forwarding:
    """Forwarding over an archive, joined to `outbox`."""
    nodes = Nodes(database, lambda _node: EchoResult(EchoOutcome.ANSWERED, 0), clock)
    tls = ssl.create_default_context()
    forwarding = Forwarding(objects, Routing(database, clock), nodes, tls, "KLINIKA")
    forwarding.serve(outbox)
    return forwarding


def main(folder: str, database_url: str = "") -> None:
    settings = Settings(data_dir=Path(folder), database_url=database_url)
    database, clock = Database.open(settings), partial(datetime.now, UTC)
    outbox = Outbox(database, clock)
    joined(database, ObjectStore(settings.data_dir), clock, outbox)
    outbox.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

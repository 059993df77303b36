"""An archive with its DICOM node as a process that can be killed: FOLDER [DATABASE_URL]."""

import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app.server.core.ingest import Ingest
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
    parts = NodeParts(
        ae_title="KLINIKA",
        door=Ingest(database, objects, max_object_size=1 << 26, clock=clock),
        spool=Spool(settings.data_dir / "spool"),
        max_object_size=1 << 26,
        database=database,
        objects=objects,
    )
    node = DicomNode(host="127.0.0.1", port=0, parts=parts)
    node.start()
    sys.stdout.write(f"port {node.port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

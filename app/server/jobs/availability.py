"""Tells nodes that the images of a step are here, as soon as all have come."""

from collections.abc import Callable
from datetime import datetime

from app.domain.errors import UnavailableError
from app.domain.jobs import Job
from app.server.core.availability import KIND, PATIENCE, arrived
from app.server.dimse import archive
from app.server.dimse.availability import notify
from app.server.dimse.requestor import Peer
from app.server.jobs.outbox import Outbox, Stop
from app.server.store.engine import Database


def give_notices(
    outbox: Outbox,
    database: Database,
    peer_of: Callable[[str], Peer | None],
    calling: str,
    clock: Callable[[], datetime],
) -> None:
    """Let `outbox` give them in the name of `calling`; `peer_of` tells where a node is."""

    def give(job: Job, _stop: Stop) -> None:
        step_uid, ae_title = job.payload["step"], job.payload["ae_title"]
        found = arrived(database, step_uid)
        if found.missing and clock() < job.created_at + PATIENCE:
            raise UnavailableError(f"{found.missing} images have not come yet")
        if not found.objects:
            return
        peer = peer_of(ae_title)
        if peer is None:
            raise UnavailableError(f"{ae_title} has no address")
        with archive.told():
            notify(peer, calling, step_uid, found.objects)

    outbox.handle(KIND, give)

"""Reports of storage commitment that could not be given on the association of their request."""

from collections.abc import Callable
from datetime import datetime

from app.domain.errors import UnavailableError
from app.domain.jobs import Job
from app.server.core import commitment as commitments
from app.server.core.commitment import GIVE_UP_AFTER, KIND
from app.server.dimse import archive
from app.server.dimse.commitment import report
from app.server.dimse.requestor import Peer
from app.server.jobs.outbox import Outbox, Retry, Stop
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore

RETRY = Retry(give_up_after=GIVE_UP_AFTER)


def give_reports(
    outbox: Outbox,
    database: Database,
    objects: ObjectStore,
    peer_of: Callable[[str], Peer | None],
    clock: Callable[[], datetime],
) -> None:
    """Let `outbox` give them; `peer_of` tells where a node is, or None when nobody recorded it."""

    def give(job: Job, _stop: Stop) -> None:
        commitment = commitments.one(database, int(job.payload["number"]))
        if commitment is None or commitment.is_reported:
            return
        peer = peer_of(commitment.ae_title)
        if peer is None:
            raise UnavailableError(f"{commitment.ae_title} has no address")
        finding = commitments.examine(database, objects, commitment.references)
        with archive.told():
            report(peer, commitment, finding)
        commitments.reported(database, commitment, clock())

    outbox.handle(KIND, give, RETRY)

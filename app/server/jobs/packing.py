"""Compresses series that are complete, in the background."""

from app.domain.jobs import Job
from app.server.core.packing import KIND, Packing
from app.server.jobs.outbox import Outbox, Stop, StoppedError


def pack_series(outbox: Outbox, packing: Packing) -> None:
    """Let `outbox` do it."""

    def pack(job: Job, is_stopped: Stop) -> None:
        packing.pack(job.payload["series_uid"], is_stopped)
        if is_stopped():
            raise StoppedError

    outbox.handle(KIND, pack)

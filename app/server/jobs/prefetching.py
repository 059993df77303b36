"""Looks for earlier studies of patients who come, at the nodes that are asked for them."""

from app.domain.jobs import Job
from app.server.core.priors import PREFETCH, Priors
from app.server.jobs.outbox import Outbox, Stop


def fetch_priors(outbox: Outbox, priors: Priors) -> None:
    """Let `outbox` do it."""

    def fetch(job: Job, _stop: Stop) -> None:
        priors.fetch(job.subject, job.payload["ae_title"])

    outbox.handle(PREFETCH, fetch)

"""Asks nodes for their worklists, again and again, and keeps their orders in step with ours."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from app.domain.archives import ArchiveProblem
from app.domain.errors import UnavailableError
from app.domain.jobs import Job
from app.server.core.foreign_orders import KIND, ForeignOrders
from app.server.dimse.foreign_orders import ask
from app.server.dimse.requestor import Peer
from app.server.jobs.outbox import LaterError, Outbox, Retry, Stop, StoppedError

RETRY = Retry(most=timedelta(minutes=5), give_up_after=timedelta.max)
"""A system that is away will be back: it is asked until its record says otherwise."""


def take_orders_over(
    outbox: Outbox,
    orders: ForeignOrders,
    peer_of: Callable[[str], Peer | None],
    calling: str,
) -> None:
    """Let `outbox` do it in the name of `calling`; `peer_of` tells where a node is."""

    def take(job: Job, is_stopped: Stop) -> None:
        ae_title = job.node
        if not orders.is_wanted(ae_title):
            return
        peer = peer_of(ae_title)
        if peer is None:
            raise UnavailableError(f"{ArchiveProblem.UNREACHABLE}: {ae_title} has no address")
        days = orders.days()
        told = ask(peer, calling, days, is_stopped)
        if is_stopped():
            raise StoppedError
        refused = Counter(told.refused) + Counter(orders.take(ae_title, days, told.orders))
        if refused:
            fields = ", ".join(f"{name} ({count})" for name, count in sorted(refused.items()))
            raise LaterError(orders.every, f"{ArchiveProblem.INCOMPLETE}: {fields}")

    outbox.handle(KIND, take, RETRY)

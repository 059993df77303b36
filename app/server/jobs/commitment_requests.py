"""Asks nodes whether they keep what they were sent; what they don't keep is sent again."""

from collections.abc import Callable
from datetime import timedelta

from app.domain.archives import ArchiveProblem
from app.domain.commitment import UNCONFIRMED, Owed
from app.domain.errors import UnavailableError
from app.domain.jobs import Job
from app.server.core import commitment_requests as requests
from app.server.core.commitment_requests import GIVE_UP_AFTER, KIND, REPORT_WITHIN
from app.server.core.routing import Routing
from app.server.dimse import archive
from app.server.dimse.commitment_request import request
from app.server.dimse.requestor import Peer
from app.server.jobs.outbox import LaterError, Outbox, Retry, Stop

RETRY = Retry(first=timedelta(minutes=5), most=timedelta(hours=6), give_up_after=GIVE_UP_AFTER)


def ask_for_commitment(
    outbox: Outbox, routing: Routing, peer_of: Callable[[str], Peer | None], calling: str
) -> None:
    """Let `outbox` do it in the name of `calling`; `peer_of` tells where a node is."""
    database = routing.database

    def ask(job: Job, _stop: Stop) -> None:
        ae_title, study_uid = job.node, job.subject
        owed = requests.owed(database, ae_title, study_uid)
        if owed.waiting and not owed.failed:
            _ask(ae_title, owed)
            owed = requests.owed(database, ae_title, study_uid)
        if owed.failed:
            series_uids = dict.fromkeys(each.series_uid for each in owed.failed)
            routing.send_again(ae_title, study_uid, tuple(series_uids))
            raise UnavailableError(_reason(ae_title, owed))
        if owed.waiting:
            raise LaterError(REPORT_WITHIN, f"{UNCONFIRMED}: {len(owed.waiting)} objects")

    def _ask(ae_title: str, owed: Owed) -> None:
        peer = peer_of(ae_title)
        if peer is None:
            raise UnavailableError(f"{ArchiveProblem.UNREACHABLE}: {ae_title} has no address")
        uids = [each.sop_instance_uid for each in owed.waiting]
        transaction_uid = requests.begin(database, ae_title, uids)
        with archive.told():
            for answer in request(peer, calling, transaction_uid, owed.waiting):
                requests.answered(database, answer, routing.clock())

    outbox.handle(KIND, ask, RETRY)


def _reason(ae_title: str, owed: Owed) -> str:
    first = owed.failed[0]
    told = f"{ae_title} does not keep {len(owed.failed)} objects: 0x{first.failure:04X}"
    return f"{ArchiveProblem.INCOMPLETE}: {told}"

"""Prints films: those that a printer took are not printed again when another fails.

A server that dies between a film and its note prints that one film twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.dicom.undecodable import UndecodableError
from app.domain.errors import NotFoundError
from app.domain.jobs import Job
from app.server.core.printing import COLOUR_BITS, PRINT, Printing
from app.server.dimse import archive
from app.server.dimse.printing import COLOUR, GREYSCALE, print_sheets
from app.server.dimse.requestor import Peer
from app.server.jobs.outbox import HopelessError, Outbox, Retry, Stop, StoppedError

RETRY = Retry(
    first=timedelta(seconds=15), most=timedelta(minutes=5), give_up_after=timedelta(hours=1)
)


@dataclass(frozen=True, slots=True)
class PrintJobs:
    """Does the jobs in the name of `calling`; `peer_of` tells where a node is."""

    printing: Printing
    peer_of: Callable[[str], Peer | None]
    calling: str

    def serve(self, outbox: Outbox) -> None:
        """Let `outbox` do them."""
        outbox.handle(PRINT, self._print, RETRY)

    def _print(self, job: Job, is_stopped: Stop) -> None:
        try:
            node, wanted, sheets = self.printing.due(job)
            peer = self.peer_of(node.ae_title)
            if peer is None or not sheets:
                return
            kind, bits = (
                (COLOUR, COLOUR_BITS) if node.film_is_colour else (GREYSCALE, node.film_bits)
            )
            films = print_sheets(
                peer, self.calling, kind, sheets, bits, wanted.copies, is_stopped=is_stopped
            )
            count = 0
            with archive.told():
                for count, _printed in enumerate(films, 1):
                    self.printing.printed(job, count)
        except (NotFoundError, UndecodableError) as error:
            raise HopelessError(error.detail) from error
        if count < len(sheets):
            raise StoppedError

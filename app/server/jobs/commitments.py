"""Reports of storage commitment that could not be given on the association of their request."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from app.domain.commitment import Commitment
from app.domain.errors import Error, UnavailableError
from app.server.core import commitment as commitments
from app.server.dimse.commitment import report
from app.server.dimse.requestor import Peer
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore

POLL_S = 2
STOP_S = 5

log = structlog.get_logger()


class CommitmentReports:
    """Gives reports that are due, one after another, in a thread; they lie in the database.

    `peer_of` tells where a node is by its AE title, or None when nobody recorded that.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        peer_of: Callable[[str], Peer | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._objects = objects
        self._peer_of = peer_of
        self._clock = clock
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="commitment-reports", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the report that is under way."""
        self._is_stopped.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            try:
                self.give_due()
            except Error as error:
                log.warning("commitment-reports-wait", reason=error.code)
            except Exception:  # the outermost edge: the next round tries again
                log.exception("commitment-reports-failed")
            self._is_stopped.wait(POLL_S)

    def give_due(self) -> None:
        """Give every report that is due now."""
        while not self._is_stopped.is_set():
            commitment = commitments.take_due(self._database, self._clock())
            if commitment is None:
                return
            self._give(commitment)

    def _give(self, commitment: Commitment) -> None:
        try:
            self._tell(commitment)
        except Error as error:
            now = self._clock()
            goes_on = commitments.failed(self._database, commitment, now, error.detail)
            log.warning(
                "commitment-not-reported",
                ae_title=commitment.ae_title,
                reason=error.detail,
                goes_on=goes_on,
            )
        else:
            commitments.reported(self._database, commitment, self._clock())

    def _tell(self, commitment: Commitment) -> None:
        peer = self._peer_of(commitment.ae_title)
        if peer is None:
            raise UnavailableError(f"{commitment.ae_title} has no address")
        finding = commitments.examine(self._database, self._objects, commitment.references)
        report(peer, commitment, finding)

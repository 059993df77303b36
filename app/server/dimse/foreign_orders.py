"""The worklists of other systems, asked as a modality would (PS3.4 K, as SCU)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.dicom.foreign_orders import foreign_order, identifier
from app.domain.errors import InvalidError, UnavailableError
from app.domain.orders import ForeignOrder
from app.server.dimse import archive, scu
from app.server.dimse.requestor import Peer

MOST = 20_000
"""Steps of one answer."""
WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Worklist:
    """What a system told; `refused` names, for each other step, what it can't be known by."""

    orders: tuple[ForeignOrder, ...]
    refused: tuple[str, ...]


def ask(
    peer: Peer, calling: str, days: tuple[date, date], is_stopped: Callable[[], bool]
) -> Worklist:
    """All steps of these days, which nobody has who stopped. Raises UnavailableError."""
    orders: list[ForeignOrder] = []
    refused: list[str] = []

    def is_enough() -> bool:
        return is_stopped() or len(orders) > MOST

    with archive.told(), archive.readable(peer):
        for ds in scu.worklist(
            peer, calling, identifier(*days), is_stopped=is_enough, within_s=WITHIN_S
        ):
            try:
                orders.append(foreign_order(ds, calling))
            except InvalidError as error:
                refused.append(error.detail)
        if len(orders) > MOST:
            raise UnavailableError(f"{peer.ae_title} tells of more than {MOST} steps")
    return Worklist(tuple(orders), tuple(refused))

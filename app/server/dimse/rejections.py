"""Why an association is rejected, as an A-ASSOCIATE-RJ says it (PS3.8 table 9-21)."""

from typing import NamedTuple

from app.server.core.callers import Refusal
from app.server.dimse.wire import reject_pdu


class Rejection(NamedTuple):
    """Result, source and reason, and when they are sent."""

    result: int
    source: int
    reason: int
    meaning: str

    @property
    def pdu(self) -> bytes:
        """As it is sent."""
        return reject_pdu(self.result, self.source, self.reason)


CALLED_NOT_RECOGNIZED = Rejection(1, 1, 7, "the called AE title is none of ours")
CALLING_NOT_RECOGNIZED = Rejection(
    1, 1, 3, "the calling AE title is no remote node, or comes from another host than its own"
)
NOT_IDENTIFIED = Rejection(1, 2, 1, "the user identity is wrong, or missing where it is required")
CONTEXT_NOT_SUPPORTED = Rejection(1, 1, 2, "another application context than DICOM's")
VERSION_NOT_SUPPORTED = Rejection(1, 2, 2, "another protocol version than 1")
TOO_MANY_ATTEMPTS = Rejection(2, 1, 1, "wrong passwords were given for this user just before")
CONGESTION = Rejection(2, 3, 1, "the archive's database does not answer")
LIMIT_EXCEEDED = Rejection(2, 3, 2, "there are too many associations")
REJECTIONS = (
    CALLED_NOT_RECOGNIZED,
    CALLING_NOT_RECOGNIZED,
    NOT_IDENTIFIED,
    CONTEXT_NOT_SUPPORTED,
    VERSION_NOT_SUPPORTED,
    TOO_MANY_ATTEMPTS,
    CONGESTION,
    LIMIT_EXCEEDED,
)
OF_REFUSAL = {
    Refusal.CALLED_AE_TITLE: CALLED_NOT_RECOGNIZED,
    Refusal.CALLING_AE_TITLE: CALLING_NOT_RECOGNIZED,
    Refusal.IDENTITY: NOT_IDENTIFIED,
}

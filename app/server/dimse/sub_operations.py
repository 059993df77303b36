"""The C-STORE sub-operations of a C-GET or C-MOVE, counted (PS3.4 C.4.2.1, C.4.3.1)."""

from pydicom import Dataset

from app.dicom import part10
from app.server.dimse import identifier
from app.server.dimse.commands import Values
from app.server.dimse.service import Answer
from app.server.dimse.status import WARNINGS, Status

REMAINING, COMPLETED, FAILED, WARNING = 0x1020, 0x1021, 0x1022, 0x1023
MAX_COUNT = 0xFFFF
"""The counts of an answer are unsigned shorts; a larger one stays there."""
FAILED_UIDS = 0x00080058
MAX_SHORT_VALUE = 0xFFFE
"""Bytes of a value of UI in explicit VR; a longer one is written as UN (PS3.5 6.2.2)."""


class SubOperations:
    """How many remain of `total`, and how those that were made ended."""

    def __init__(self, total: int) -> None:
        self._total = self._remaining = total
        self._warned = 0
        self._failed: list[str] = []

    def add(self, sop_instance_uid: str, status: int) -> None:
        """One ended with a status of C-STORE, or of none that is good."""
        self._remaining -= 1
        if status in WARNINGS:
            self._warned += 1
        elif status != Status.SUCCESS:
            self._failed.append(sop_instance_uid)

    def pending(self) -> Answer:
        """How far it is."""
        return Answer(Status.PENDING, elements=self._counts(tells_remaining=True))

    def cancelled(self, transfer_syntax_uid: str) -> Answer:
        """That the rest is not made because the peer does not want it."""
        failed = self._failed_uids(transfer_syntax_uid)
        return Answer(Status.CANCEL, failed, elements=self._counts(tells_remaining=True))

    def final(self, transfer_syntax_uid: str, comment: str = "") -> Answer:
        """How it ended, with the UIDs of those that failed; `comment` says why some did."""
        if len(self._failed) == self._total > 0:
            status = Status.CANNOT_PERFORM_SUBOPERATIONS
        elif self._failed or self._warned:
            status = Status.SUBOPERATIONS_FAILED
        else:
            status = Status.SUCCESS
        return Answer(status, self._failed_uids(transfer_syntax_uid), comment, self._counts())

    def _counts(self, *, tells_remaining: bool = False) -> Values:
        completed = self._total - self._remaining - len(self._failed) - self._warned
        counts = {COMPLETED: completed, FAILED: len(self._failed), WARNING: self._warned}
        if tells_remaining:
            counts[REMAINING] = self._remaining
        return {element: min(count, MAX_COUNT) for element, count in counts.items()}

    def _failed_uids(self, transfer_syntax_uid: str) -> bytes:
        if not self._failed:
            return b""
        ds = Dataset()
        value = "\\".join(self._failed).encode("ascii")
        if len(value) <= MAX_SHORT_VALUE or transfer_syntax_uid == part10.IMPLICIT:
            ds.FailedSOPInstanceUIDList = self._failed
        else:
            ds.add_new(FAILED_UIDS, "UN", value + b"\0" * (len(value) % 2))
        return identifier.encode(ds, transfer_syntax_uid, "")

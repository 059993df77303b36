"""The archive's objects: how they fare, what was put aside, what is deleted."""

from urllib.parse import urlencode

from app.client.answers import read, read_all
from app.client.calls.base import Calls
from app.domain.deletion import Deletion, DeletionRequest
from app.domain.quarantine import QuarantinedDetails, QuarantinePage
from app.domain.storage import DamagedObject, StorageStatus


class StorageCalls(Calls):
    """Storage, quarantine and deletions."""

    def storage(self) -> StorageStatus:
        """How the archive's objects fare."""
        return read(StorageStatus, self.connection.get("/api/storage"))

    def damaged_objects(self) -> tuple[DamagedObject, ...]:
        """The objects whose files were found damaged, newest first."""
        return read_all(DamagedObject, self.connection.get("/api/storage/damaged"))

    def quarantine(self, limit: int = 1000, offset: int = 0) -> QuarantinePage:
        """At most so many of what was put aside, newest first, a thousand at a time."""
        asked = urlencode({"limit": limit, "offset": offset})
        return read(QuarantinePage, self.connection.get(f"/api/quarantine?{asked}"))

    def quarantined(self, quarantined_id: str) -> QuarantinedDetails:
        """What one of them says, beside what the archive has. Raises NotFoundError."""
        return read(QuarantinedDetails, self.connection.get(f"/api/quarantine/{quarantined_id}"))

    def quarantined_bytes(self, quarantined_id: str) -> bytes:
        """Its whole Part 10 file."""
        return self.connection.get(f"/api/quarantine/{quarantined_id}/object").content

    def accept_quarantined(self, quarantined_id: str) -> None:
        """Take it into its study, and put what has its UID aside instead.

        Raises ConflictError when another study has its series, or a report forbids it.
        """
        self.connection.post(f"/api/quarantine/{quarantined_id}/accept", {})

    def delete_quarantined(self, quarantined_id: str) -> None:
        """Delete it for good. Raises NotFoundError."""
        self.connection.delete(f"/api/quarantine/{quarantined_id}")

    def deletions(self) -> tuple[Deletion, ...]:
        """What somebody asked to delete and what was deleted, newest first."""
        return read_all(Deletion, self.connection.get("/api/deletions"))

    def request_deletion(self, study_uid: str, reason: str, series_uid: str = "") -> Deletion:
        """Ask for a study, or one series of it, to be deleted; another person has to confirm.

        Raises InvalidError without a reason, NotFoundError, and ConflictError when it has a report.
        """
        body = DeletionRequest(study_uid, reason, series_uid)
        return read(Deletion, self.connection.post("/api/deletions", body))

    def confirm_deletion(self, deletion_id: str) -> Deletion:
        """Delete what another person asked for. Raises ForbiddenError for who asked."""
        return read(Deletion, self.connection.post(f"/api/deletions/{deletion_id}/confirm", {}))

    def restore_deletion(self, deletion_id: str) -> None:
        """Bring back what was deleted. Raises NotFoundError once it was purged."""
        self.connection.post(f"/api/deletions/{deletion_id}/restore", {})

    def withdraw_deletion(self, deletion_id: str) -> None:
        """Take back or refuse a request. Raises ConflictError once it was deleted."""
        self.connection.delete(f"/api/deletions/{deletion_id}")

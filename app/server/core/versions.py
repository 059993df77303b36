"""Finding a study's row and the version of its report that a use case works on."""

from app.domain.errors import ConflictError, NotFoundError
from app.domain.report import ReportState
from app.server.store import reports as rows
from app.server.store.engine import Connection
from app.server.store.reports import StoredReport


def study_row(connection: Connection, study_uid: str) -> int:
    """The study's row. Raises NotFoundError."""
    row = rows.study_id(connection, study_uid)
    if row is None:
        raise NotFoundError("study")
    return row


def version(connection: Connection, report_id: str, *, lock: bool = False) -> StoredReport:
    """The report of that id; `lock` keeps it until the transaction ends. Raises NotFoundError."""
    stored = rows.get(connection, report_id, lock=lock)
    if stored is None:
        raise NotFoundError("report")
    return stored


def draft(connection: Connection, report_id: str, revision: int) -> StoredReport:
    """The draft of that id, locked. Raises ConflictError unless it is still at `revision`."""
    stored = version(connection, report_id, lock=True)
    if stored.report.state is not ReportState.DRAFT:
        raise ConflictError("a signed report never changes")
    if stored.report.revision != revision:
        raise ConflictError("someone saved it since")
    return stored

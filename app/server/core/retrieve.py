"""Stored objects for whoever sends them on: C-MOVE, C-GET, WADO-RS, routing."""

from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError
from app.server.store import retrieval
from app.server.store.engine import Database
from app.server.store.retrieval import Scope, StoredObject

__all__ = ["Scope", "StoredObject", "objects_of"]


def objects_of(database: Database, actor: Actor, scope: Scope) -> tuple[StoredObject, ...]:
    """The objects in `scope`, in the order of study, series and instance numbers.

    The PDFs of our reports are among them only for who may read reports. Raises ForbiddenError, and
    InvalidError for a scope that names nothing.
    """
    actor.require(Permission.STUDY_READ)
    if scope == Scope():
        raise InvalidError("nothing is named")
    with_reports = Permission.REPORT_READ in actor.permissions
    with database.read() as connection:
        return tuple(retrieval.objects_of(connection, scope, with_reports=with_reports))

"""Stored objects for whoever sends them on: C-MOVE, C-GET, WADO-RS, routing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import SEEK_END, RawIOBase

import structlog

from app.domain.access import Actor, Permission
from app.domain.errors import DamagedError, InvalidError, NotFoundError
from app.domain.ingest import RefusedObjectError
from app.server.store import retrieval
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.retrieval import Scope, StoredObject

__all__ = ["Scope", "StoredObject", "objects_of", "opened", "read", "whole"]

log = structlog.get_logger()


def objects_of(database: Database, actor: Actor, scope: Scope) -> tuple[StoredObject, ...]:
    """The objects in `scope`, in the order of study, series and instance numbers.

    The PDFs of our reports are among them only for who may read reports. Raises ForbiddenError, and
    InvalidError for a scope that names nothing.
    """
    actor.require(Permission.STUDY_READ)
    if scope == Scope():
        raise InvalidError("nothing is named")
    with_reports = Permission.REPORT_READ in actor.permissions
    with database.look() as connection:
        return tuple(retrieval.objects_of(connection, scope, with_reports=with_reports))


def opened(objects: ObjectStore, stored: StoredObject) -> RawIOBase:
    """The Part 10 file of an object, to be read and closed.

    Raises NotFoundError when it is gone, and DamagedError, also for one of another size. Those are
    checked soon: to hash an object at each read would cost more than the read.
    """
    with _watched(objects, stored):
        file = objects.open(stored.key)
    if file.seek(0, SEEK_END) != stored.size:
        file.close()
        raise _suspected(objects, stored)
    file.seek(0)
    return file


def whole(objects: ObjectStore, found: Sequence[StoredObject]) -> tuple[StoredObject, ...]:
    """Those of `found` whose files are there and have their size; the others are checked soon.

    So an answer can say what it lacks before it begins. All are believed to be there where each
    look would be a request of its own, in a bucket. Raises as `opened` when none is left.
    """
    if not objects.is_here:
        return tuple(found)
    left: list[StoredObject] = []
    failure: NotFoundError | None = None
    for stored in found:
        try:
            if not objects.is_whole(stored.key, stored.size):
                raise _suspected(objects, stored)
        except NotFoundError as error:
            objects.suspects.add(stored.sop_instance_uid)
            failure = error
        else:
            left.append(stored)
    if failure and not left:
        raise failure
    return tuple(left)


@contextmanager
def read(objects: ObjectStore, stored: StoredObject) -> Iterator[RawIOBase]:
    """The same as `opened` for the block that looks into it: what is no object any more is damaged,
    since only what can be read was taken.
    """
    with opened(objects, stored) as file, _watched(objects, stored):
        try:
            yield file
        except RefusedObjectError as error:
            raise _suspected(objects, stored) from error


@contextmanager
def _watched(objects: ObjectStore, stored: StoredObject) -> Iterator[None]:
    """Have the object checked soon when its file is gone, or its encrypted bytes are damaged."""
    try:
        yield
    except NotFoundError:
        objects.suspects.add(stored.sop_instance_uid)
        raise


def _suspected(objects: ObjectStore, stored: StoredObject) -> DamagedError:
    objects.suspects.add(stored.sop_instance_uid)
    log.warning("object-suspected", sop_instance_uid=stored.sop_instance_uid)
    return DamagedError("the object's file is damaged")

"""The bytes of objects, and small pictures of series."""

from app.dicom.guard import NoAnswerError
from app.dicom.undecodable import UndecodableError
from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError, NotFoundError
from app.server.core import retrieve, thumbnails
from app.server.core.studies import manifest
from app.server.store import reports, retrieval, studies
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.server.store.retrieval import Scope, StoredObject


def stored_object(database: Database, actor: Actor, sop_instance_uid: str) -> StoredObject:
    """An object that may be read; a report's PDF only for who may read reports.

    Raises ForbiddenError and NotFoundError.
    """
    actor.require(Permission.STUDY_READ)
    scope = Scope(sop_instance_uids=(sop_instance_uid,))
    with database.read() as connection:
        found = list(retrieval.objects_of(connection, scope))
        is_report = reports.is_report(connection, sop_instance_uid)
    if not found:
        raise NotFoundError("no such object")
    if is_report:
        actor.require(Permission.REPORT_READ)
    return found[0]


def thumbnail(database: Database, objects: ObjectStore, actor: Actor, series_uid: str) -> bytes:
    """A PNG of the series' middle image, its longer side 128 px; kept until the series changes.

    Raises ForbiddenError, NotFoundError without such a series or images in it, and InvalidError
    when its pixels can't be decoded. That is kept too, but only for some minutes when nobody said
    what is wrong with them: then it may be the machine, and each try costs seconds.
    """
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        series = studies.one_series(connection, series_uid)
        newest = studies.newest_object(connection, series_uid)
    if series is None or not series.image_count:
        raise NotFoundError("no such series, or it has no images")
    kept, version = objects.thumbnails, f"{series.image_count}-{newest}"
    picture = kept.get(series_uid, version)
    if picture is None:
        if kept.was_given_up(series_uid, version):
            raise InvalidError("the pixels could not be decoded a moment ago")
        try:
            picture = _rendered(database, objects, actor, series_uid)
        except NoAnswerError:
            kept.give_up(series_uid, version)
            raise
        kept.keep(series_uid, version, picture)
    if not picture:
        raise InvalidError("the pixels can't be decoded")
    return picture


def _rendered(database: Database, objects: ObjectStore, actor: Actor, series_uid: str) -> bytes:
    found = manifest(database, objects, actor, series_uid, with_paths=False).images
    middle = len(found) // 2
    for each in (*found[middle:], *reversed(found[:middle])):
        stored = stored_object(database, actor, each.image.sop_instance_uid)
        try:
            with retrieve.read(objects, stored) as file:
                return thumbnails.render(file, each.image)
        except NotFoundError:
            continue
        except NoAnswerError:
            raise
        except UndecodableError:
            return b""
    raise NotFoundError("the files of all images are gone or damaged")

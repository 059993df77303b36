"""The bytes of objects, and small pictures of series."""

import secrets
from pathlib import Path

from app.dicom.undecodable import UndecodableError, UndecodableReason
from app.domain.access import Actor, Permission
from app.domain.errors import InvalidError, NotFoundError
from app.server.core import thumbnails
from app.server.core.studies import manifest
from app.server.store import reports, studies
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore


def object_file(
    database: Database, objects: ObjectStore, actor: Actor, sop_instance_uid: str
) -> Path:
    """The object's Part 10 file, to be read only; a report's PDF only for who may read reports.

    Raises ForbiddenError and NotFoundError.
    """
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        key = studies.object_key(connection, sop_instance_uid)
        is_report = reports.is_report(connection, sop_instance_uid)
    if key is None:
        raise NotFoundError("no such object")
    if is_report:
        actor.require(Permission.REPORT_READ)
    return objects.path(key)


def thumbnail(database: Database, objects: ObjectStore, actor: Actor, series_uid: str) -> bytes:
    """A PNG of the series' middle image, its longer side 128 px; kept until the series grows.

    Raises ForbiddenError, NotFoundError without such a series or images in it, and InvalidError
    when its pixels can't be decoded, which is remembered too unless it only took too long.
    """
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        series = studies.one_series(connection, series_uid)
    if series is None or not series.image_count:
        raise NotFoundError("no such series, or it has no images")
    kept = objects.thumbnails / f"{series_uid}-{series.image_count}.png"
    try:
        picture = kept.read_bytes()
    except FileNotFoundError:
        picture = _rendered(database, objects, actor, series_uid)
        _keep(kept, series_uid, picture)
    if not picture:
        raise InvalidError("the pixels can't be decoded")
    return picture


def _rendered(database: Database, objects: ObjectStore, actor: Actor, series_uid: str) -> bytes:
    images = manifest(database, objects, actor, series_uid, with_paths=True).images
    middle = images[len(images) // 2]
    try:
        return thumbnails.render(Path(middle.path), middle.image)
    except UndecodableError as error:
        if error.reason is UndecodableReason.TOOK_TOO_LONG:
            raise
        return b""


def _keep(file: Path, series_uid: str, picture: bytes) -> None:
    """Write as a whole, so that nobody reads half of it, and drop what it replaces."""
    for old in file.parent.glob(f"{series_uid}-*.png"):
        old.unlink(missing_ok=True)
    written = file.with_suffix(f".{secrets.token_hex(4)}")
    written.write_bytes(picture)
    written.replace(file)

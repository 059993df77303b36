"""A study, and what a viewer needs of a series."""

import orjson

from app.dicom.geometry import display_order
from app.domain.access import Actor, Permission
from app.domain.errors import NotFoundError
from app.domain.image import Image, ImageSource, SeriesManifest
from app.domain.study import Study
from app.domain.wire import from_plain
from app.server.store import studies
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore


def study(database: Database, actor: Actor, study_uid: str) -> Study:
    """The study with its series. Raises ForbiddenError and NotFoundError."""
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        summary = studies.one_study(connection, study_uid)
        if summary is None:
            raise NotFoundError("no such study")
        return Study(summary, studies.series_of(connection, study_uid))


def manifest(
    database: Database, objects: ObjectStore, actor: Actor, series_uid: str, *, with_paths: bool
) -> SeriesManifest:
    """The series' images in display order, with their files' paths only when asked for.

    An image has no path where its file is gone, damaged, or does not lie plain on this machine: who
    asks for its bytes is told, or gets them.

    Raises ForbiddenError, and NotFoundError when there is no such series.
    """
    actor.require(Permission.STUDY_READ)
    with database.read() as connection:
        series = studies.one_series(connection, series_uid)
        if series is None:
            raise NotFoundError("no such series")
        rows = studies.images_of(connection, series_uid)
    sources = [
        ImageSource(
            image=from_plain(Image, orjson.loads(row.image)),
            pixel_offset=row.pixel_offset,
            pixel_length=row.pixel_length,
            file_size=row.size,
            path=_path(objects, row.object_key) if with_paths else "",
        )
        for row in rows
    ]
    order = display_order([source.image for source in sources])
    return SeriesManifest(
        series, tuple(sources[index] for index in order), series.instance_count - len(sources)
    )


def _path(objects: ObjectStore, key: str) -> str:
    try:
        return str(objects.plain_file(key) or "")
    except NotFoundError:
        return ""

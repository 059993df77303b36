"""Printing on film: asked for by people, done by a job, film by film."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from app.dicom.header import read_object
from app.domain.access import Actor, Permission
from app.domain.errors import NotFoundError
from app.domain.jobs import Job
from app.domain.nodes import RemoteNode
from app.domain.printing import Film, FilmImage, PrintRequest
from app.domain.wire import from_plain
from app.server.core import audit, captions
from app.server.core.audit import Action
from app.server.core.greys import VoiWindow, grey_type
from app.server.core.rendering import presented
from app.server.store import jobs, nodes, retrieval
from app.server.store.engine import Connection, Database
from app.server.store.objects import ObjectStore
from app.server.store.retrieval import Scope, StoredObject

PRINT = "print"
"""The kind of the job: its payload has the PrintRequest and how many films are printed."""
COLOUR_BITS = 8
RGB_TO_GREY = np.array((0.299, 0.587, 0.114), np.float32)
"""ITU-R BT.601."""

Pixels = NDArray[np.unsignedinteger[Any]]
Picture = Callable[[], Pixels]
"""The pixels of an image as they are printed: of one grey, or of red, green and blue."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A film with its pictures, from left to right and from top to bottom."""

    film: Film
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Printing:
    """The use cases of printing."""

    database: Database
    objects: ObjectStore
    clock: Callable[[], datetime]

    def request(self, actor: Actor, study_uid: str, wanted: PrintRequest) -> None:
        """Queue the printing of images of a study.

        Raises InvalidError, and NotFoundError for a node that is no printer, or an image that the
        study does not have.
        """
        actor.require(Permission.STUDY_FORWARD)
        wanted.check()
        now = self.clock()
        with self.database.write() as connection:
            _printer(connection, wanted.ae_title)
            found = _objects(connection, study_uid, wanted)
            if any(image.sop_instance_uid not in found for image in wanted.images):
                raise NotFoundError("no such image in the study")
            payload: dict[str, str | int] = {
                "ae_title": wanted.ae_title,
                "request": orjson.dumps(wanted).decode(),
                "printed": 0,
            }
            jobs.add(connection, PRINT, payload, at=now, subject=study_uid)
            audit.record(
                connection,
                actor.name,
                Action.STUDY_PRINTED,
                at=now,
                subject=study_uid,
                change=audit.Change(new_value=wanted.ae_title),
            )

    def due(self, job: Job) -> tuple[RemoteNode, PrintRequest, list[Sheet]]:
        """The printer, and the films that it has not printed yet.

        Raises NotFoundError when the printer or an image is gone.
        """
        wanted = from_plain(PrintRequest, orjson.loads(job.payload["request"]))
        with self.database.read() as connection:
            node = _printer(connection, wanted.ae_title)
            found = _objects(connection, job.subject, wanted)
        film = wanted.film or node.film
        sheets = []
        for first in range(0, len(wanted.images), film.capacity):
            pictures = []
            for image in wanted.images[first : first + film.capacity]:
                stored = found.get(image.sop_instance_uid)
                if stored is None:
                    raise NotFoundError("an image is gone")
                pictures.append(partial(self._picture, stored, image, node))
            sheets.append(Sheet(film, tuple(pictures)))
        return node, wanted, sheets[int(job.payload["printed"]) :]

    def printed(self, job: Job, count: int) -> None:
        """Write down that the printer took `count` more films since `job` was claimed."""
        payload = {**job.payload, "printed": str(int(job.payload["printed"]) + count)}
        with self.database.write() as connection:
            jobs.describe(connection, job.id, payload)

    def _picture(self, stored: StoredObject, image: FilmImage, node: RemoteNode) -> Pixels:
        window = VoiWindow(image.centre, image.width) if image.width else None
        top = 2 ** (COLOUR_BITS if node.film_is_colour else node.film_bits) - 1
        with self.objects.open(stored.key) as file:
            shown = presented(file, image.frame, window, top=top)
            lines = captions.lines_of(read_object(file))
        printed = _coloured(shown) if node.film_is_colour else _grey(shown, top)
        return captions.captioned(printed, lines, top)


def _coloured(shown: Pixels) -> Pixels:
    return shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2)


def _grey(shown: Pixels, top: int) -> Pixels:
    if shown.ndim == 2:
        return shown
    grey = shown.astype(np.float32) @ RGB_TO_GREY * np.float32(top / 255)
    return np.asarray(np.clip(np.rint(grey), 0, top), grey_type(top))


def _printer(connection: Connection, ae_title: str) -> RemoteNode:
    node = nodes.get(connection, ae_title)
    if node is None or not node.is_printer or not node.is_reachable:
        raise NotFoundError("no such printer")
    return node


def _objects(
    connection: Connection, study_uid: str, wanted: PrintRequest
) -> dict[str, StoredObject]:
    uids = tuple(dict.fromkeys(image.sop_instance_uid for image in wanted.images))
    scope = Scope(study_uids=(study_uid,), sop_instance_uids=uids)
    return {each.sop_instance_uid: each for each in retrieval.objects_of(connection, scope)}

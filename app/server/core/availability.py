"""Who is to be told that the images of a performed procedure step are here (PS3.4 R)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.dicom.performed import from_bytes, images_of
from app.domain.orders import PerformedStep
from app.server.store import jobs, nodes, performed, retrieval
from app.server.store.engine import Connection, Database
from app.server.store.retrieval import Scope, StoredObject

KIND = "availability-notice"
"""The kind of the job that tells one node of one step; its payload has `step` and `ae_title`."""
PATIENCE = timedelta(hours=1)
"""So long a step's images may take; then the node is told of those that are here."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What of a step's images is here, and how many are not."""

    objects: tuple[StoredObject, ...]
    missing: int


def owe(connection: Connection, step: PerformedStep, at: datetime) -> None:
    """In the transaction that ends a step, owe every node that wants it a notification."""
    for ae_title in nodes.told_of_images(connection):
        uid = step.sop_instance_uid
        jobs.add(
            connection,
            KIND,
            {"step": uid, "ae_title": ae_title},
            at=at,
            subject=step.study_uids[0],
            key=f"{uid} {ae_title}",
        )


def hasten(connection: Connection, study_uid: str, at: datetime) -> None:
    """A series of the study is complete: look whether it was the last that a step waits for."""
    jobs.hasten(connection, KIND, study_uid, at)


def arrived(database: Database, step_uid: str) -> Arrived:
    """What is here of the images that a step names."""
    with database.read() as connection:
        stored = performed.get(connection, step_uid)
        named = tuple(images_of(from_bytes(stored.data))) if stored else ()
        if not named:
            return Arrived((), 0)
        found = tuple(retrieval.objects_of(connection, Scope(sop_instance_uids=named)))
    return Arrived(found, len(named) - len(found))

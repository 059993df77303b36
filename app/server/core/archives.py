"""Remote archives: searched by doctors, and the studies that are retrieved from there.

A retrieval is a job, and how far it is is what has come: after a crash or a failure it goes on with
what is missing.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.access import Actor, Permission
from app.domain.archives import (
    UNDER_WAY,
    ArchivePage,
    ArchiveProblem,
    ArchiveQuery,
    Retrieval,
    told_apart,
)
from app.domain.calls import WantedStudy
from app.domain.changes import ChangeKind
from app.domain.errors import InvalidError, NotFoundError
from app.domain.jobs import Job
from app.domain.nodes import UID, RemoteNode
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store import changes, jobs, nodes, retrieval
from app.server.store.engine import Connection, Database
from app.server.store.retrieval import Scope

KIND = "retrieval"
"""The kind of the job; its payload has `ae_title`, `object_count` and, once tried, `fruitless`, its
subject is the study."""
MOST = 200


@dataclass(frozen=True, slots=True)
class Archives:
    """The use cases of remote archives; `ask` sends a query to one."""

    database: Database
    ask: Callable[[RemoteNode, ArchiveQuery], ArchivePage]
    clock: Callable[[], datetime]

    def search(self, actor: Actor, ae_title: str, query: ArchiveQuery) -> ArchivePage:
        """What the archive has. Raises NotFoundError for a node that is none, and InvalidError."""
        actor.require(Permission.STUDY_READ)
        query.check()
        with self.database.write() as connection:
            node = _archive(connection, ae_title)
            audit.record(
                connection, actor.name, Action.ARCHIVE_SEARCHED, at=self.clock(), subject=ae_title
            )
        page = self.ask(node, query)
        uids = [row.summary.study_uid for row in page.rows]
        with self.database.read() as connection:
            kept = retrieval.counts(connection, uids)
        rows = (replace(row, kept_count=kept.get(row.summary.study_uid, 0)) for row in page.rows)
        return replace(page, rows=tuple(rows))

    def retrieve(self, actor: Actor, ae_title: str, wanted: WantedStudy) -> Retrieval:
        """Let a study come, or go on with what of it is missing, now.

        Raises NotFoundError for a node that is no archive, and InvalidError.
        """
        actor.require(Permission.STUDY_IMPORT)
        if not UID.fullmatch(wanted.study_uid) or wanted.object_count < 0:
            raise InvalidError("study_uid")
        at = self.clock()
        with self.database.write() as connection:
            _archive(connection, ae_title)
            key = _key(ae_title, wanted.study_uid)
            known = jobs.of_key(connection, KIND, key)
            if known and known[0].state in UNDER_WAY:
                jobs.replay(connection, known[0].id, at)
            else:
                owe(connection, ae_title, wanted.study_uid, wanted.object_count, at)
                audit.record(
                    connection,
                    actor.name,
                    Action.STUDY_RETRIEVED,
                    at=at,
                    subject=f"{wanted.study_uid} {ae_title}",
                )
            changes.append(connection, ChangeKind.JOBS_CHANGED, [""], at)
            return _shown(connection, jobs.of_key(connection, KIND, key)[:1])[0]

    def retrievals(self, actor: Actor) -> tuple[Retrieval, ...]:
        """The newest retrievals, newest first, one for each study of an archive."""
        actor.require(Permission.STUDY_READ)
        with self.database.read() as connection:
            newest: dict[tuple[str, str], Job] = {}
            for job in jobs.newest(connection, None, MOST, kind=KIND):
                newest.setdefault((job.payload["ae_title"], job.subject), job)
            return _shown(connection, newest.values())

    def cancel(self, actor: Actor, number: int) -> Retrieval:
        """Let no more come; what has come stays. One that has ended stays as it is.

        Raises NotFoundError.
        """
        actor.require(Permission.STUDY_IMPORT)
        at = self.clock()
        with self.database.write() as connection:
            job = jobs.get(connection, number)
            if job is None or job.kind != KIND:
                raise NotFoundError("no such retrieval")
            if jobs.cancel(connection, number, at):
                audit.record(
                    connection, actor.name, Action.JOB_CANCELLED, at=at, subject=str(number)
                )
                changes.append(connection, ChangeKind.JOBS_CHANGED, [""], at)
            return _shown(connection, [jobs.get(connection, number) or job])[0]


def owe(
    connection: Connection, ae_title: str, study_uid: str, object_count: int, at: datetime
) -> None:
    """Queue a retrieval, unless one of the study waits already."""
    jobs.add(
        connection,
        KIND,
        {"ae_title": ae_title, "object_count": object_count},
        at=at,
        subject=study_uid,
        key=_key(ae_title, study_uid),
    )


def kept_of(database: Database, study_uid: str) -> frozenset[str]:
    """The SOP instance UIDs of a study that are here."""
    with database.read() as connection:
        found = retrieval.objects_of(connection, Scope(study_uids=(study_uid,)))
        return frozenset(each.sop_instance_uid for each in found)


def fruitless_of(job: Job) -> int:
    """How many attempts before this one brought nothing, one after the other."""
    return int(job.payload.get("fruitless", 0))


def expect(database: Database, job: Job, object_count: int, fruitless: int) -> None:
    """Keep how many objects the archive turned out to have, and how many attempts brought none."""
    known = {"object_count": str(object_count), "fruitless": str(fruitless)}
    with database.write() as connection:
        jobs.describe(connection, job.id, {**job.payload, **known})


def is_under_way(database: Database, number: int) -> bool:
    """Whether nobody has cancelled the retrieval."""
    with database.read() as connection:
        job = jobs.get(connection, number)
        return job is not None and job.state in UNDER_WAY


def _archive(connection: Connection, ae_title: str) -> RemoteNode:
    node = nodes.get(connection, ae_title)
    if node is None or not node.is_searchable:
        raise NotFoundError("no such archive")
    return node


def _key(ae_title: str, study_uid: str) -> str:
    return f"{ae_title} {study_uid}"


def _shown(connection: Connection, found: Collection[Job]) -> tuple[Retrieval, ...]:
    kept = retrieval.counts(connection, [job.subject for job in found])
    return tuple(_retrieval(job, kept.get(job.subject, 0)) for job in found)


def _retrieval(job: Job, kept_count: int) -> Retrieval:
    problem, reason = told_apart(job.reason)
    return Retrieval(
        number=job.id,
        ae_title=job.payload["ae_title"],
        study_uid=job.subject,
        state=job.state,
        kept_count=kept_count,
        object_count=int(job.payload["object_count"]),
        next_at=job.not_before,
        problem=(problem or ArchiveProblem.FAILED) if job.reason else None,
        reason=reason,
    )

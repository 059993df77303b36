"""What is owed to patients who come: their earlier studies, from the nodes that are asked for them.

All functions belong to the transaction of the order or the object.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from app.domain.ingest import OF_NODES, Source, SourceKind
from app.server.store import jobs, nodes

PREFETCH = "prefetch"


def owe(
    connection: Connection, study_uid: str, now: datetime, sources: Iterable[Source] = ()
) -> None:
    """Let earlier studies be looked for, once for each study.

    What comes from a node that is asked for them, or from ourselves, makes nobody look: a prior is
    no patient who comes, and its own priors would follow it without end.
    """
    titles = nodes.asked_for_priors(connection)
    if any(_is_no_arrival(source, titles) for source in sources):
        return
    for ae_title in titles:
        if not jobs.is_known(connection, PREFETCH, _key(ae_title, study_uid)):
            _queue(connection, ae_title, study_uid, now)


def owe_anew(connection: Connection, study_uid: str, now: datetime) -> None:
    """Let them be looked for again: the patient is another than was thought."""
    for ae_title in nodes.asked_for_priors(connection):
        _queue(connection, ae_title, study_uid, now)


def _queue(connection: Connection, ae_title: str, study_uid: str, now: datetime) -> None:
    payload, key = {"ae_title": ae_title}, _key(ae_title, study_uid)
    jobs.add(connection, PREFETCH, payload, at=now, subject=study_uid, key=key)


def _key(ae_title: str, study_uid: str) -> str:
    return f"{ae_title} {study_uid}"


def _is_no_arrival(source: Source, titles: Iterable[str]) -> bool:
    if source.kind in OF_NODES:
        return source.name in titles
    return source.kind is SourceKind.REPORT

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
        key = f"{ae_title} {study_uid}"
        if not jobs.is_known(connection, PREFETCH, key):
            jobs.add(
                connection, PREFETCH, {"ae_title": ae_title}, at=now, subject=study_uid, key=key
            )


def _is_no_arrival(source: Source, titles: Iterable[str]) -> bool:
    if source.kind in OF_NODES:
        return source.name in titles
    return source.kind is SourceKind.REPORT

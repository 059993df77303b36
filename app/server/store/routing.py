"""Rows of routing rules, what they look at, and what was sent where."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import OF_NODES, SourceKind
from app.domain.routing import RoutingRule, SeriesFacts
from app.domain.wire import from_plain
from app.server.store.retrieval import Scope, StoredObject, objects_of
from app.server.store.tables import forwarded, instance, routing_rule, series, study

UIDS_AT_ONCE = 5000


def rules(connection: Connection) -> tuple[RoutingRule, ...]:
    """All rules, by name."""
    rows = connection.scalars(sa.select(routing_rule.c.content))
    found = (from_plain(RoutingRule, orjson.loads(content)) for content in rows)
    return tuple(sorted(found, key=lambda rule: (rule.name.casefold(), rule.rule_id)))


def rule(connection: Connection, rule_id: str) -> RoutingRule | None:
    """One rule."""
    query = sa.select(routing_rule.c.content).where(routing_rule.c.id == rule_id)
    content = connection.scalar(query)
    return from_plain(RoutingRule, orjson.loads(content)) if content else None


def save(connection: Connection, rule: RoutingRule) -> None:
    """Keep a rule, or replace the one of its id."""
    delete(connection, rule.rule_id)
    values = {"id": rule.rule_id, "content": orjson.dumps(rule)}
    connection.execute(routing_rule.insert().values(**values))


def delete(connection: Connection, rule_id: str) -> None:
    """Forget a rule."""
    connection.execute(routing_rule.delete().where(routing_rule.c.id == rule_id))


def facts_of_series(connection: Connection, series_uid: str) -> SeriesFacts | None:
    """What rules look at in a series."""
    chosen = sa.select(series.c.id).where(series.c.series_uid == series_uid)
    return next(iter(_facts(connection, chosen)), None)


def facts_of_newest(connection: Connection, studies: int) -> tuple[SeriesFacts, ...]:
    """The same for every series of the newest studies, newest first."""
    newest = sa.select(study.c.id).order_by(study.c.rank.desc()).limit(studies).subquery()
    chosen = sa.select(series.c.id).join(newest, newest.c.id == series.c.study_id)
    return _facts(connection, chosen)


def count_studies(connection: Connection, most: int) -> int:
    """How many studies there are, up to `most`."""
    some = sa.select(study.c.id).limit(most).subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def unsent(connection: Connection, scope: Scope, ae_title: str) -> list[StoredObject]:
    """The objects in `scope` that `ae_title` was not sent yet."""
    objects = list(objects_of(connection, scope))
    uids = [each.sop_instance_uid for each in objects]
    sent = _sent(connection, ae_title, uids)
    return [each for each in objects if each.sop_instance_uid not in sent]


def came_from(connection: Connection, series_uid: str, ae_title: str) -> set[str]:
    """The objects of a series that `ae_title` itself sent, by SOP Instance UID."""
    found = (
        sa.select(instance.c.sop_instance_uid)
        .join(series, instance.c.series_id == series.c.id)
        .where(series.c.series_uid == series_uid)
        .where(instance.c.source_kind.in_(sorted(OF_NODES)))
        .where(instance.c.source_name == ae_title)
    )
    return set(connection.scalars(found))


def note_sent(
    connection: Connection, ae_title: str, sop_instance_uids: Iterable[str], at: datetime
) -> None:
    """Write down what a node has taken; again is no error."""
    wanted = list(dict.fromkeys(sop_instance_uids))
    known = _sent(connection, ae_title, wanted)
    news = [uid for uid in wanted if uid not in known]
    _forget(connection, ae_title, news)  # what it took before and did not keep
    rows = [
        {"ae_title": ae_title, "sop_instance_uid": uid, "at": at, "transaction_uid": ""}
        for uid in news
    ]
    if rows:
        connection.execute(forwarded.insert(), rows)


def forget_sent(connection: Connection, ae_title: str, study_uid: str) -> None:
    """Let a study count as not sent to a node."""
    of_study = (
        sa.select(instance.c.sop_instance_uid)
        .join(series, instance.c.series_id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
        .where(study.c.study_uid == study_uid)
    )
    is_of_study = forwarded.c.sop_instance_uid.in_(of_study)
    connection.execute(forwarded.delete().where(forwarded.c.ae_title == ae_title, is_of_study))


def has_study(connection: Connection, study_uid: str) -> bool:
    """Whether there is such a study."""
    return (
        connection.scalar(sa.select(study.c.id).where(study.c.study_uid == study_uid)) is not None
    )


def _forget(connection: Connection, ae_title: str, uids: list[str]) -> None:
    for start in range(0, len(uids), UIDS_AT_ONCE):
        is_one = forwarded.c.sop_instance_uid.in_(uids[start : start + UIDS_AT_ONCE])
        connection.execute(forwarded.delete().where(forwarded.c.ae_title == ae_title, is_one))


def _sent(connection: Connection, ae_title: str, uids: list[str]) -> set[str]:
    """Those of `uids` that a node has taken and not told since that it does not keep them."""
    sent: set[str] = set()
    for start in range(0, len(uids), UIDS_AT_ONCE):
        some = uids[start : start + UIDS_AT_ONCE]
        is_one = forwarded.c.sop_instance_uid.in_(some)
        query = sa.select(forwarded.c.sop_instance_uid).where(
            forwarded.c.ae_title == ae_title, is_one, forwarded.c.failure.is_(None)
        )
        sent.update(connection.scalars(query))
    return sent


def _facts(connection: Connection, chosen: sa.Select[tuple[int]]) -> tuple[SeriesFacts, ...]:
    some = chosen.subquery()
    found = connection.execute(
        sa.select(
            series.c.id,
            series.c.series_uid,
            study.c.study_uid,
            series.c.modality,
            series.c.station_name,
            series.c.description,
            study.c.description.label("study_description"),
        )
        .join(some, some.c.id == series.c.id)
        .join(study, series.c.study_id == study.c.id)
        .order_by(study.c.rank.desc(), series.c.id)
    ).all()
    kinds: dict[int, set[SourceKind]] = defaultdict(set)
    names: dict[int, set[str]] = defaultdict(set)
    ours: dict[int, set[str]] = defaultdict(set)
    came = (
        sa.select(
            instance.c.series_id,
            instance.c.source_kind,
            instance.c.source_name,
            instance.c.source_called,
        )
        .join(some, some.c.id == instance.c.series_id)
        .distinct()
    )
    for series_id, kind, name, called in connection.execute(came):
        kinds[series_id].add(SourceKind(kind))
        names[series_id].add(name)
        ours[series_id].add(called)
    return tuple(
        SeriesFacts(
            series_uid=row.series_uid,
            study_uid=row.study_uid,
            kinds=frozenset(kinds[row.id]),
            sources=frozenset(names[row.id]),
            called=frozenset(ours[row.id]),
            modality=row.modality,
            station=row.station_name,
            description=row.description,
            study_description=row.study_description,
        )
        for row in found
    )

"""Routing: rules that send series on when they are complete, and sending by hand."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import orjson

from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import InvalidError, NotFoundError
from app.domain.routing import DryRun, RoutingRule
from app.server.core import audit, availability
from app.server.core.audit import Action
from app.server.store import changes, jobs, nodes, settling
from app.server.store import routing as rows
from app.server.store.engine import Connection, Database
from app.server.store.retrieval import Scope, StoredObject
from app.server.store.settling import SETTLE

__all__ = ["FORWARD", "SETTLE", "Routing", "Sending"]

FORWARD = "forward"
DRY_RUN_STUDIES = 500
DRY_RUN_NAMED = 200


@dataclass(frozen=True, slots=True)
class Sending:
    """What a FORWARD job is to do: a series by a rule, or a whole study or series without one."""

    ae_title: str
    study_uid: str
    series_uid: str = ""
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """The use cases of routing; `clock` tells the time in UTC.

    `further` are kinds of jobs that a series has when it is complete, beside those of rules.
    """

    database: Database
    clock: Callable[[], datetime]
    further: tuple[str, ...] = ()

    def rules(self, actor: Actor) -> tuple[RoutingRule, ...]:
        """Every rule, by name."""
        actor.require(Permission.ROUTING_READ)
        with self.database.read() as connection:
            return rows.rules(connection)

    def add(self, actor: Actor, rule: RoutingRule) -> RoutingRule:
        """Keep a new rule, under an id of its own. Raises InvalidError."""
        return self._keep(actor, replace(rule, rule_id=uuid.uuid4().hex), is_new=True)

    def save(self, actor: Actor, rule: RoutingRule) -> RoutingRule:
        """Replace the rule of the same id. Raises InvalidError and NotFoundError."""
        return self._keep(actor, rule, is_new=False)

    def delete(self, actor: Actor, rule_id: str) -> None:
        """Forget a rule; one that is gone already is no error."""
        actor.require(Permission.ROUTING_WRITE)
        with self.database.write() as connection:
            before = rows.rule(connection, rule_id)
            if before:
                rows.delete(connection, rule_id)
                self._tell(connection, actor, rule_id, before, None)

    def dry_run(self, actor: Actor, rule: RoutingRule) -> DryRun:
        """What `rule` would send of the newest studies, were it enabled. Raises InvalidError."""
        actor.require(Permission.ROUTING_READ)
        rule.check()
        with self.database.read() as connection:
            facts = rows.facts_of_newest(connection, DRY_RUN_STUDIES)
            looked_at = rows.count_studies(connection, DRY_RUN_STUDIES)
        matched = [each for each in facts if rule.matches(each)]
        studies = tuple(dict.fromkeys(each.study_uid for each in matched))
        return DryRun(looked_at, len(studies), len(matched), studies[:DRY_RUN_NAMED])

    def forward(self, actor: Actor, study_uid: str, ae_title: str) -> None:
        """Queue the sending of a whole study to a node, also of what it was sent before.

        Raises NotFoundError.
        """
        actor.require(Permission.STUDY_FORWARD)
        now = self.clock()
        with self.database.write() as connection:
            if not rows.has_study(connection, study_uid):
                raise NotFoundError("no such study")
            if nodes.get(connection, ae_title) is None:
                raise NotFoundError("no such node")
            rows.forget_sent(connection, ae_title, study_uid)
            _queue(connection, Sending(ae_title, study_uid), now)
            audit.record(
                connection,
                actor.name,
                Action.STUDY_FORWARDED,
                at=now,
                subject=study_uid,
                change=audit.Change(new_value=ae_title),
            )
            changes.append(connection, ChangeKind.JOBS_CHANGED, [""], now)

    def send_again(self, ae_title: str, study_uid: str, series_uids: Sequence[str]) -> None:
        """Queue the sending of what a node was sent of series and does not keep."""
        with self.database.write() as connection:
            for series_uid in series_uids:
                _queue(connection, Sending(ae_title, study_uid, series_uid), self.clock())

    def settled(self, series_uid: str) -> None:
        """A series is complete: tell so, and queue what the rules say, for when their hours begin.

        When more came since, its own job looks again.
        """
        now = self.clock()
        with self.database.write() as connection:
            facts = rows.facts_of_series(connection, series_uid)
            if facts is None or settling.is_growing(connection, series_uid):
                return
            settling.complete(connection, series_uid)
            availability.hasten(connection, facts.study_uid, now)
            for rule in rows.rules(connection):
                if rule.is_enabled and rule.matches(facts):
                    begins = rule.next_opening(now.astimezone())
                    for ae_title in rule.destinations:
                        sending = Sending(ae_title, facts.study_uid, series_uid, rule.rule_id)
                        _queue(connection, sending, now, not_before=begins)
            for kind in self.further:
                jobs.add(
                    connection,
                    kind,
                    {"series_uid": series_uid},
                    at=now,
                    subject=facts.study_uid,
                    key=series_uid,
                )
            changes.append(connection, ChangeKind.SERIES_COMPLETED, [facts.study_uid], now)

    def due(self, sending: Sending) -> list[StoredObject]:
        """What is to be sent now.

        A rule sends a node nothing that came from there, and outside of its hours nothing: another
        job is queued for when they begin. Raises NotFoundError when the rule no longer says it.
        """
        with self.database.read() as connection:
            if not (sending.rule_id or sending.series_uid):
                scope = Scope(study_uids=(sending.study_uid,))
                return rows.unsent(connection, scope, sending.ae_title)
            rule = rows.rule(connection, sending.rule_id)
            scope = Scope(series_uids=(sending.series_uid,))
            unsent = rows.unsent(connection, scope, sending.ae_title)
            own = rows.came_from(connection, sending.series_uid, sending.ae_title)
        due = [each for each in unsent if each.sop_instance_uid not in own]
        if not sending.rule_id:
            return due
        if rule is None or not rule.is_enabled or sending.ae_title not in rule.destinations:
            raise NotFoundError("its rule is gone, switched off or no longer names the node")
        now = self.clock()
        begins = rule.next_opening(now.astimezone())
        if begins > now:
            with self.database.write() as connection:
                _queue(connection, sending, now, not_before=begins)
            return []
        return due

    def sent(self, ae_title: str, sop_instance_uids: list[str]) -> None:
        """Write down what a node has taken."""
        if sop_instance_uids:
            with self.database.write() as connection:
                rows.note_sent(connection, ae_title, sop_instance_uids, self.clock())

    def _keep(self, actor: Actor, rule: RoutingRule, *, is_new: bool) -> RoutingRule:
        actor.require(Permission.ROUTING_WRITE)
        rule.check()
        with self.database.write() as connection:
            before = rows.rule(connection, rule.rule_id)
            if before is None and not is_new:
                raise NotFoundError("no such rule")
            if any(nodes.get(connection, ae_title) is None for ae_title in rule.destinations):
                raise InvalidError("destinations")
            rows.save(connection, rule)
            self._tell(connection, actor, rule.rule_id, before, rule)
        return rule

    def _tell(
        self,
        connection: Connection,
        actor: Actor,
        rule_id: str,
        before: RoutingRule | None,
        after: RoutingRule | None,
    ) -> None:
        audit.record(
            connection,
            actor.name,
            Action.ROUTING_CHANGED,
            at=self.clock(),
            subject=rule_id,
            change=audit.Change(_text(before), _text(after)),
        )


def _queue(
    connection: Connection, sending: Sending, now: datetime, *, not_before: datetime | None = None
) -> None:
    jobs.add(
        connection,
        FORWARD,
        asdict(sending),
        at=now,
        subject=sending.study_uid,
        not_before=not_before,
        key=" ".join(asdict(sending).values()),
    )


def _text(rule: RoutingRule | None) -> str:
    return orjson.dumps(rule).decode() if rule else ""

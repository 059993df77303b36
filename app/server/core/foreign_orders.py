"""Orders of other systems: the worklists of nodes, whose orders are kept in step with ours.

An order is known by its study and its step. What was made here, or came from another node, is never
touched, nor is an order of which something was begun: images, a performed step, so also a report.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

import orjson

from app.domain.changes import ChangeKind
from app.domain.errors import InvalidError
from app.domain.jobs import Job, JobState
from app.domain.orders import ON_WORKLIST, WAITING, ForeignOrder, Order, OrderStatus
from app.domain.wire import to_plain
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.order_content import checked, fitted
from app.server.core.orders import changed, who
from app.server.store import changes, jobs, nodes, orders, prefetching
from app.server.store import foreign_orders as rows
from app.server.store.engine import Connection, Database
from app.server.store.foreign_orders import Key, Known

KIND = "worklist"
DAYS_BACK = 1
DAYS_AHEAD = 7
AT_ONCE = 20
"""Orders of one transaction: others wait for it."""


class Told(NamedTuple):
    """What the feed is told of a study's order, last of all: others wait for our commit then."""

    kind: ChangeKind
    study_uid: str


Step = Callable[[Connection, datetime], Told | None]


@dataclass(frozen=True, slots=True)
class ForeignOrders:
    """Keeps them in step, each node asked every `every`; `clock` tells the time in UTC."""

    database: Database
    clock: Callable[[], datetime]
    every: timedelta

    def owe(self) -> None:
        """Let the nodes be asked whose turn it is; one server of a database looks at a time."""
        with self.database.turn(KIND) as is_ours:
            if is_ours:
                self._owe()

    def _owe(self) -> None:
        now = self.clock()
        with self.database.read() as connection:
            known = {
                ae_title: jobs.of_key(connection, KIND, ae_title)
                for ae_title in nodes.with_worklist(connection)
            }
        due = {
            ae_title: found
            for ae_title, found in known.items()
            if not found or _is_over(found[0], now - self.every)
        }
        if not due:
            return
        with self.database.write() as connection:
            for ae_title, found in due.items():
                if found:
                    jobs.repeat(connection, found[0].id, now)
                else:
                    jobs.add(connection, KIND, {"ae_title": ae_title}, at=now, key=ae_title)

    def is_wanted(self, ae_title: str) -> bool:
        """Whether the record of a node still says that it has a worklist."""
        with self.database.read() as connection:
            node = nodes.get(connection, ae_title)
        return node is not None and node.has_worklist

    def days(self) -> tuple[date, date]:
        """The first and the last day of the orders that are kept in step, here."""
        today = self.clock().astimezone().date()
        return today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)

    def take(
        self, ae_title: str, days: tuple[date, date], told: Iterable[ForeignOrder]
    ) -> tuple[str, ...]:
        """Take over all that a node's worklist tells of these days; what could not be, and why.

        What it told before and tells no longer is withdrawn, unless nothing it tells is of use: a
        system that lost everything takes nothing from us.
        """
        first, last = datetime.combine(days[0], time()), datetime.combine(days[1], time.max)
        listed: dict[Key, ForeignOrder] = {}
        ended: dict[Key, OrderStatus] = {}
        for each in told:
            key = each.study_uid, each.step_id
            if each.status not in ON_WORKLIST:
                ended[key] = each.status
            elif first <= each.content.step.starts_at <= last:
                listed.setdefault(key, each)
        usable, refused = _usable(listed)
        with self.database.read() as connection:
            known = rows.known(connection, {study_uid for study_uid, _step in usable})
            waiting = rows.waiting(connection, ae_title, first, last) if listed or ended else {}
        gone = {
            row: ended.get(key, OrderStatus.CANCELLED)
            for key, row in waiting.items()
            if key not in listed
        }
        added, followed = _differing(ae_title, usable, known)
        steps = {row: partial(_follow, row, each) for row, each in followed.items()}
        steps |= {row: partial(_withdraw, row, status) for row, status in gone.items()}
        # In the order of their rows, as those who tell what they perform lock them.
        in_order = [step for _row, step in sorted(steps.items())]
        self._do([*in_order, *(partial(_add, ae_title, each) for each in added)])
        return refused

    def _do(self, steps: Sequence[Step]) -> None:
        for start in range(0, len(steps), AT_ONCE):
            now = self.clock()
            with self.database.write() as connection:
                told = [step(connection, now) for step in steps[start : start + AT_ONCE]]
                for kind in (ChangeKind.ORDER_CREATED, ChangeKind.ORDER_CHANGED):
                    uids = [one.study_uid for one in told if one and one.kind is kind]
                    changes.append(connection, kind, uids, now)


def _is_over(job: Job, since: datetime) -> bool:
    """Whether the last asking came to its end before that moment; one that failed stays so."""
    return job.state in (JobState.DONE, JobState.CANCELLED) and (job.finished_at or since) <= since


def _usable(
    listed: Mapping[Key, ForeignOrder],
) -> tuple[dict[Key, ForeignOrder], tuple[str, ...]]:
    """Those that nobody has begun, as orders of ours; the fields for which others can't be."""
    usable, refused = {}, []
    for key, each in listed.items():
        if each.status in WAITING:
            try:
                usable[key] = replace(each, content=checked(fitted(each.content)))
            except InvalidError as error:
                refused.append(error.detail)
    return usable, tuple(refused)


def _differing(
    ae_title: str, usable: Mapping[Key, ForeignOrder], known: Mapping[Key, Known]
) -> tuple[list[ForeignOrder], dict[int, ForeignOrder]]:
    """Those that are new, and by row those that say something else than the last time."""
    added, followed = [], {}
    for key, each in usable.items():
        found = known.get(key)
        if found is None:
            added.append(each)
        elif found.origin == ae_title and found.may_follow and found.said != _digest(each):
            followed[found.row] = each
    return added, followed


def _add(ae_title: str, each: ForeignOrder, connection: Connection, now: datetime) -> Told:
    order = Order(
        order_id=uuid.uuid4().hex,
        step_id=each.step_id,
        study_uid=each.study_uid,
        status=each.status,
        revision=1,
        content=each.content,
        created_by=ae_title,
        updated_at=now,
        origin=ae_title,
    )
    orders.insert(connection, order)
    rows.say(connection, order.order_id, _digest(each))
    prefetching.owe(connection, order.study_uid, now)
    return _tell(connection, order, Action.ORDER_CREATED, ChangeKind.ORDER_CREATED)


def _follow(row: int, each: ForeignOrder, connection: Connection, now: datetime) -> Told | None:
    before = rows.to_follow(connection, row)
    if before is None:
        return None
    order = changed(before, now, status=each.status, content=each.content)
    orders.save(connection, order)
    rows.say(connection, order.order_id, _digest(each))
    if who(order) != who(before):
        prefetching.owe_anew(connection, order.study_uid, now)
    return _tell(connection, order, Action.ORDER_CHANGED, ChangeKind.ORDER_CHANGED)


def _withdraw(row: int, status: OrderStatus, connection: Connection, now: datetime) -> Told | None:
    before = rows.to_follow(connection, row)
    if before is None:
        return None
    order = changed(before, now, status=status)
    orders.save(connection, order)
    rows.say(connection, order.order_id, "")
    return _tell(connection, order, Action.ORDER_MOVED, ChangeKind.ORDER_CHANGED)


def _tell(connection: Connection, order: Order, action: Action, kind: ChangeKind) -> Told:
    at, subject = order.updated_at, order.order_id
    audit.record(connection, order.origin, action, at=at, subject=subject)
    return Told(kind, order.study_uid)


def _digest(each: ForeignOrder) -> str:
    return hashlib.sha256(orjson.dumps(to_plain(each))).hexdigest()

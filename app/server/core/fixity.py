"""Fixity: every week each object's file is read again and compared with its SHA-256, also those of
objects that were put aside or can be restored.

A file that changed is moved where nobody reads it, so that a damaged copy is never served; the same
bytes mend the object when they arrive again. At a round's end files without a row are told of.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from app.domain.errors import DamagedError, NotFoundError
from app.domain.storage import Damage, FixityRound
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.strays import look_for_strays
from app.server.store import fixity as rows
from app.server.store.engine import Database
from app.server.store.fixity import Checkable, Place
from app.server.store.objects import ObjectStore

EVERY = timedelta(days=7)
STRAY_AFTER = timedelta(days=1)
AT_ONCE = 200
"""Objects that are looked up together."""
ARCHIVE = "archive"
"""Who is written down as having found damage."""

log = structlog.get_logger()


class Fixity:
    """Rounds over all objects; a round goes on where it was, whenever the server was stopped.

    `portion` is how many bytes are read by one `check_some`; `clock` tells the time in UTC.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        clock: Callable[[], datetime],
        *,
        portion: int,
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock
        self._portion = portion
        self._allowance = 0

    def check_some(self) -> None:
        """Check what a read found wrong, and the next objects, if a round is due.

        Large ones are paid for by pauses later; one server of a database does the round at a time.
        """
        for uid in self._objects.suspects.all():
            with self._database.read() as connection:
                suspect = rows.by_uid(connection, uid)
            if suspect:
                self._check(suspect)
            self._objects.suspects.drop(uid)
        with self._database.turn("fixity") as is_ours:
            if is_ours:
                self._go_on()

    def _go_on(self) -> None:
        with self._database.read() as connection:
            known = rows.current(connection)
        current, place = self._due(known)
        if current is None:
            return
        self._allowance = min(self._allowance + self._portion, self._portion)
        while self._allowance > 0 and current.finished_at is None:
            with self._database.read() as connection:
                found = rows.next_objects(connection, place, AT_ONCE, self._clock())
            if not found:
                self._forget_left_over()
                current = replace(current, finished_at=self._clock())
                log.info("fixity-round-finished", checked=current.checked)
            for each in found:
                if self._allowance <= 0:
                    break
                self._check(each)
                self._allowance -= each.size
                current, place = replace(current, checked=current.checked + 1), place.after(each)
            with self._database.write() as connection:
                rows.save(connection, current, place)
        if current.finished_at:
            look_for_strays(self._database, self._objects, self._clock() - STRAY_AFTER)

    def _due(self, known: tuple[FixityRound, Place] | None) -> tuple[FixityRound | None, Place]:
        now = self._clock()
        if known is None:
            return FixityRound(now, 0), Place()
        current, place = known
        if current.finished_at is None:
            return current, place
        if now - current.started_at < EVERY:
            return None, Place()
        return FixityRound(now, 0), Place()

    def _forget_left_over(self) -> None:
        """Of files that nobody needs any more, as their objects have others or were purged."""
        with self._database.read() as connection:
            keys = rows.left_over(connection)
        with self._database.write() as connection:
            rows.mended(connection, keys, self._clock())

    def _check(self, each: Checkable) -> None:
        damage, uid = self._damage(each), each.sop_instance_uid
        if damage is None and not each.was_damaged:
            return
        with self._database.write() as connection:
            now = self._clock()
            if damage is None:
                rows.mended(connection, [each.key], now)
            elif rows.is_kept(connection, each) and rows.note(connection, each, damage, now):
                log.error("object-damaged", sop_instance_uid=uid, damage=damage)
                audit.record(connection, ARCHIVE, Action.OBJECT_DAMAGED, at=now, subject=uid)

    def _damage(self, each: Checkable) -> Damage | None:
        """What is wrong with the file; it is read twice before it is set apart as changed."""
        try:
            if any(self._is_whole(each) for _ in range(2)):
                return None
            self._objects.set_apart(each.key)
        except DamagedError:
            return Damage.CHANGED
        except NotFoundError:
            return Damage.GONE
        except OSError:
            return Damage.UNREADABLE
        return Damage.CHANGED

    def _is_whole(self, each: Checkable) -> bool:
        try:
            return self._objects.digest(each.key) == each.sha256
        except DamagedError:
            return False

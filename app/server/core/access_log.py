"""Who looked at what: an entry of the audit trail for a while of looking, not for each image."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeVar

from app.domain.access import Actor
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store import studies
from app.server.store.engine import Database

K = TypeVar("K")
V = TypeVar("V")

EVERY = timedelta(minutes=10)
MOST = 10_000
"""Who looks at what, and what is part of which study, that is remembered; what is forgotten is
written, or looked up, once more."""


class Named(Enum):
    """What a UID stands for."""

    ITSELF = auto()
    """A study, or what belongs to none."""
    SERIES = auto()
    INSTANCE = auto()


class AccessLog:
    """Notes accesses of any number of threads; `clock` tells the time in UTC."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._noted: OrderedDict[tuple[str, str, Action, str], datetime] = OrderedDict()
        self._studies: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def is_noted(self, actor: Actor, action: Action, uid: str, named: Named = Named.ITSELF) -> bool:
        """Whether `note` has nothing to do; asks no database."""
        with self._lock:
            subject = uid if named is Named.ITSELF else self._studies.get(uid, "")
            at = self._noted.get((actor.name, actor.session_id, action, subject))
        return at is not None and self._clock() - at < EVERY

    def note(self, actor: Actor, action: Action, uid: str, named: Named = Named.ITSELF) -> None:
        """Write that the actor does `action` with the study, unless it was within EVERY."""
        subject = self._subject(uid, named)
        if self.is_noted(actor, action, subject):
            return
        at = self._clock()
        with self._database.write() as connection:
            audit.record(connection, actor.name, action, at=at, subject=subject)
        self._remember(self._noted, (actor.name, actor.session_id, action, subject), at)

    def _subject(self, uid: str, named: Named) -> str:
        """The study of what is named; the UID itself when it has gone meanwhile."""
        if named is Named.ITSELF:
            return uid
        with self._lock:
            known = self._studies.get(uid)
        if known:
            return known
        find = studies.study_of_series if named is Named.SERIES else studies.study_of_instance
        with self._database.read() as connection:
            found = find(connection, uid)
        if found is None:
            return uid
        self._remember(self._studies, uid, found)
        return found

    def _remember(self, where: OrderedDict[K, V], key: K, value: V) -> None:
        with self._lock:
            where[key] = value
            where.move_to_end(key)
            while len(where) > MOST:
                where.popitem(last=False)

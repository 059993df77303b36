"""Who looked at what: an entry of the audit trail for a while of looking, not for each image."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from app.domain.access import Actor
from app.server.core import audit
from app.server.core.audit import Action
from app.server.store.engine import Database

EVERY = timedelta(minutes=10)
MOST = 10_000
"""Who looks at what that is remembered; what is forgotten is written once more."""


class AccessLog:
    """Notes accesses of any number of threads; `clock` tells the time in UTC."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._noted: OrderedDict[tuple[str, str, Action, str], datetime] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, actor: Actor, action: Action, subject: str) -> None:
        """Write that the actor does `action` with `subject`, unless it was within EVERY."""
        at = self._clock()
        key = actor.name, actor.session_id, action, subject
        with self._lock:
            before = self._noted.get(key)
            if before and at - before < EVERY:
                return
        with self._database.write() as connection:
            audit.record(connection, actor.name, action, at=at, subject=subject)
        with self._lock:
            self._noted[key] = at
            self._noted.move_to_end(key)
            while len(self._noted) > MOST:
                self._noted.popitem(last=False)

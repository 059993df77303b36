"""Objects that a read found wrong: they are to be checked before the round comes to them."""

import threading

MOST = 10_000


class Suspects:
    """SOP instance UIDs; any thread may add one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uids: set[str] = set()

    def add(self, sop_instance_uid: str) -> None:
        """Have an object checked soon; beyond MOST the round has to find it."""
        with self._lock:
            if len(self._uids) < MOST:
                self._uids.add(sop_instance_uid)

    def all(self) -> set[str]:
        """Those that are to be checked."""
        with self._lock:
            return set(self._uids)

    def drop(self, sop_instance_uid: str) -> None:
        """One was checked."""
        with self._lock:
            self._uids.discard(sop_instance_uid)

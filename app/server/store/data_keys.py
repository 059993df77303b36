"""The data key of each study, which lies in the database wrapped by a key-encryption key.

A study's key is stored before its first object is written, and once more with each object's row
should it be gone by then, so that no object is ever there without it. It goes with the last file of
its study: copies of those files that are left somewhere, in a backup say, open no more.
"""

import secrets
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Self

import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.errors import ConfigurationError, DamagedError, UnavailableError
from app.server.store.engine import Database
from app.server.store.key_encryption import KeyEncryptionKey, key_of
from app.server.store.sealed import KEY_SIZE, DataKey
from app.server.store.tables import data_key, deleted_object, deletion, quarantined, study
from app.settings import Settings

ID_SIZE = 16
MOST = 10_000
"""Unwrapped keys that are kept in memory."""
AT_ONCE = 500
TURNS = 64
"""So many studies at most wait for their keys beside each other: a key may come from far away."""

_COLUMNS = ("id", "study_uid", "wrapped", "wrapped_by")
_STORED = (
    sa.select(data_key.c.id)
    .where(data_key.c.id.in_(sa.bindparam("ids", expanding=True)))
    .with_for_update(read=True)
)
_OBJECTS_OF = sa.union_all(
    *(
        sa.select(sa.literal(1)).where(uid == sa.bindparam("uid"))
        for uid in (study.c.study_uid, quarantined.c.study_uid)
    ),
    sa.select(sa.literal(1))
    .join_from(deleted_object, deletion, deleted_object.c.deletion_id == deletion.c.id)
    .where(deletion.c.study_uid == sa.bindparam("uid")),
)


class DataKeys:
    """The data keys of an archive; `current` wraps new ones, `former` ones open what is there."""

    def __init__(
        self,
        database: Database,
        current: KeyEncryptionKey,
        former: Sequence[KeyEncryptionKey] = (),
    ) -> None:
        self._database = database
        self._current = current
        self._wrappers = {each.id: each for each in (*former, current)}
        self._turns = [threading.Lock() for _ in range(TURNS)]
        self._kept = lru_cache(MOST)(self._row)
        self._of_study: dict[str, DataKey] = {}

    @classmethod
    def open(cls, settings: Settings, database: Database) -> Self | None:
        """Those of an archive that encrypts, of which every one can be opened; else None.

        Raises ConfigurationError, which says what is missing, and UnavailableError.
        """
        if settings.encryption_key:
            former = [key_of(each) for each in settings.encryption_former_keys]
            keys = cls(database, key_of(settings.encryption_key), former)
            keys._check()
            return keys
        if used := _wrappers_in_use(database):
            raise ConfigurationError(_missing(used))
        return None

    @property
    def wrapper(self) -> str:
        """The id of the key that wraps new ones."""
        return self._current.id

    def of_study(self, study_uid: str) -> DataKey:
        """The key for new objects of a study. Raises UnavailableError."""
        known = self._of_study  # once it is forgotten, what is found late serves nobody else
        key = known.get(study_uid)
        if key is None:
            # One at a time: the first objects of a study, which come together, share a key.
            with self._turns[hash(study_uid) % TURNS]:
                key = known.get(study_uid) or self._found_or_made(study_uid)
                if len(known) >= MOST:
                    known.clear()
                known[study_uid] = key
        return key

    def secret(self, key_id: str) -> bytes:
        """A data key by its id. Raises DamagedError when it is not there, and UnavailableError."""
        return self._kept(key_id).secret

    def forget(self) -> None:
        """Drop what is in memory, because keys were removed: none of them may serve again."""
        self._of_study = {}
        self._kept.cache_clear()

    def rewrap(self) -> int:
        """Wrap every key anew by the current one; answers how many there were.

        Safe to repeat after it was broken off, and while servers run that know both keys.
        """
        count, after = 0, ""
        while some := self._behind(after):
            rows = [
                {
                    "key_id": each.id,
                    "wrapped": self._current.wrap(each.secret, each.id),
                    "wrapped_by": self._current.id,
                }
                for each in map(self._row, some)
            ]
            with self._database.write() as connection:
                connection.execute(
                    sa.update(data_key).where(data_key.c.id == sa.bindparam("key_id")), rows
                )
            count, after = count + len(some), some[-1]
        return count

    def _check(self) -> None:
        used = _wrappers_in_use(self._database)
        if missing := set(used) - set(self._wrappers):
            raise ConfigurationError(_missing(missing))
        for an_id in used.values():
            self.secret(an_id)
        probe = secrets.token_bytes(KEY_SIZE)
        self._current.unwrap(self._current.wrap(probe, ""), "")

    def _behind(self, after: str) -> Sequence[str]:
        query = sa.select(data_key.c.id).where(data_key.c.id > after).order_by(data_key.c.id)
        with self._database.read() as connection:
            return connection.scalars(query.limit(AT_ONCE)).all()

    def _found_or_made(self, study_uid: str) -> DataKey:
        query = sa.select(data_key.c.id).where(data_key.c.study_uid == study_uid)
        with self._database.read() as connection:
            found = connection.scalar(query.order_by(data_key.c.id).limit(1))
        if found:
            return self._kept(found)
        new_id, secret = secrets.token_hex(ID_SIZE), secrets.token_bytes(KEY_SIZE)
        wrapped = self._current.wrap(secret, new_id)
        made = DataKey(new_id, study_uid, secret, wrapped, self._current.id)
        with self._database.write() as connection:
            secure(connection, [made])
        return made

    def _row(self, key_id: str) -> DataKey:
        query = sa.select(data_key).where(data_key.c.id == key_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise DamagedError("the key of an encrypted object is not there")
        if row.wrapped_by not in self._wrappers:
            raise UnavailableError(_missing([row.wrapped_by]))
        secret = self._wrappers[row.wrapped_by].unwrap(row.wrapped, key_id)
        return DataKey(key_id, row.study_uid, secret, row.wrapped, row.wrapped_by)


def secure(connection: Connection, keys: Iterable[DataKey | None]) -> None:
    """Store the new ones of `keys`, and hold the others until the transaction ends."""
    wanted = {each.id: each for each in keys if each}
    if not wanted:
        return
    stored = set(connection.scalars(_STORED, {"ids": sorted(wanted)}))
    new = [
        {name: getattr(each, name) for name in _COLUMNS}
        for key_id, each in wanted.items()
        if key_id not in stored
    ]
    if new:
        connection.execute(sa.insert(data_key), new)


def remove_unused(connection: Connection, study_uid: str) -> bool:
    """Remove the keys of a study of which nothing is left, not even what could be restored.

    Answers whether there were any; then memory has to forget them.
    """
    is_of = data_key.c.study_uid == study_uid
    # First, so that who stores another object of the study has done so, or waits and makes a key.
    held = connection.scalars(sa.select(data_key.c.id).where(is_of).with_for_update()).all()
    if not held or connection.execute(_OBJECTS_OF, {"uid": study_uid}).first():
        return False
    connection.execute(sa.delete(data_key).where(is_of))
    return True


def _wrappers_in_use(database: Database) -> dict[str, str]:
    """Every key-encryption key that wraps some, with one of these."""
    query = sa.select(data_key.c.wrapped_by, sa.func.min(data_key.c.id))
    with database.read() as connection:
        found = connection.execute(query.group_by(data_key.c.wrapped_by))
        return {wrapped_by: an_id for wrapped_by, an_id in found}  # noqa: C416 - a row is no pair


def _missing(ids: Iterable[str]) -> str:
    return (
        f"objects of this archive are encrypted under {', '.join(sorted(ids))}: name that key in"
        " encryption_key, or in encryption_former_keys until `klinika keys rotate` has run;"
        " without it they can't be read"
    )

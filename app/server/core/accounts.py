"""Accounts: the first administrator, and those an administrator makes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.auth.passwords import check_strength, hash_password
from app.domain.access import Account, Actor, Permission, Role
from app.domain.calls import NewAccount
from app.domain.errors import ConflictError, InvalidError
from app.server.core import audit
from app.server.store import accounts as rows
from app.server.store.engine import ClashError, Connection, Database

MAX_USERNAME = 64
MAX_FULL_NAME = 200


@dataclass(frozen=True, slots=True)
class Accounts:
    """The use cases of accounts; passwords made of `site_words` are refused."""

    database: Database
    clock: Callable[[], datetime]
    site_words: tuple[str, ...] = ()

    def need_setup(self) -> bool:
        """Whether there is no account yet."""
        with self.database.read() as connection:
            return not rows.exist(connection)

    def create_first(self, username: str, full_name: str, password: str) -> Account:
        """Make the first administrator. Raises ConflictError once there is any account."""
        wanted = NewAccount(username, full_name, Role.ADMIN, password)
        account, password_hash = self._checked(wanted)
        with self.database.write() as connection:
            rows.lock_first(connection)
            if rows.exist(connection):
                raise ConflictError("the server is set up already")
            self._insert(connection, account.username, account, password_hash)
        return account

    def create(self, actor: Actor, wanted: NewAccount) -> Account:
        """Make an account. Raises WeakPasswordError, and ConflictError when its name is taken."""
        actor.require(Permission.ACCOUNT_CREATE)
        account, password_hash = self._checked(wanted)
        try:
            with self.database.write() as connection:
                self._insert(connection, actor.name, account, password_hash)
        except ClashError as error:
            raise ConflictError("the name is taken") from error
        return account

    def every(self, actor: Actor) -> tuple[Account, ...]:
        """All accounts, by name."""
        actor.require(Permission.ACCOUNT_LIST)
        with self.database.read() as connection:
            return rows.every(connection)

    def _checked(self, wanted: NewAccount) -> tuple[Account, str]:
        username = " ".join(wanted.username.split())
        full_name = " ".join(wanted.full_name.split())
        if not 0 < len(username) <= MAX_USERNAME or not username.isprintable():
            raise InvalidError("username")
        if not 0 < len(full_name) <= MAX_FULL_NAME or not full_name.isprintable():
            raise InvalidError("full_name")
        check_strength(wanted.password, site_words=(username, full_name, *self.site_words))
        return Account(username, full_name, wanted.role), hash_password(wanted.password)

    def _insert(
        self, connection: Connection, by: str, account: Account, password_hash: str
    ) -> None:
        now = self.clock()
        rows.insert(connection, account, password_hash, now)
        audit.record(connection, by, audit.Action.ACCOUNT_CREATED, at=now, subject=account.username)

"""Sign-in, sessions and what proves them.

A session is one sign-in and every refresh token after it, each of which follows from the one before
by the server's key. A refresh token is good once: when a used one comes back later than a lost
answer explains somebody copied it, and the whole session ends. A made-up one ends nothing.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.auth import passwords, throttle
from app.auth.tokens import Claims, RefreshToken, Signer, new_session_id
from app.domain.access import POLICY, Account, Actor, Role
from app.domain.errors import TooManyAttemptsError, UnauthenticatedError, WrongPasswordError
from app.domain.folding import fold
from app.domain.status import Grant
from app.server.core import audit
from app.server.core.audit import Action, Outcome
from app.server.store import accounts, sessions
from app.server.store.accounts import StoredAccount
from app.server.store.engine import Connection, Database
from app.server.store.sessions import StoredSession

UNKNOWN_NAMES = 10_000
TURNS = 64
KEPT_AFTER_END = timedelta(days=30)
ANSWER_AGAIN = timedelta(minutes=2)
"""Longer than a client waits for an answer, much shorter than an access token is good."""
FRESH = timedelta(seconds=1)
"""So long a session counts as open that was; one ended here is over at once all the same."""
MOST_SEEN = 10_000
MOST_RENEWALS = 500
"""Renewals of one session that are told from made-up tokens."""


@dataclass(frozen=True, slots=True)
class Lives:
    """How long an access token, and a session without a new sign-in, are valid."""

    access: timedelta
    session: timedelta


class Sessions:
    """The use cases of sessions."""

    def __init__(
        self, database: Database, signer: Signer, lives: Lives, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._signer = signer
        self._lives = lives
        self._clock = clock
        self._unknown = _UnknownNames()
        # Guesses at one name wait for each other, so that none slips past the delay.
        self._turns = [threading.Lock() for _ in range(TURNS)]
        self._seen: OrderedDict[str, tuple[StoredSession, datetime]] = OrderedDict()
        self._endings = 0
        self._lock = threading.Lock()

    def sign_in(self, username: str, password: str) -> Grant:
        """Begin a session.

        Raises WrongPasswordError, alike and in the same time for an unknown name and a wrong
        password, and TooManyAttemptsError after repeated failures.
        """
        found = self._prove(username, password, Action.SIGNED_IN)
        now = self._clock()
        token = RefreshToken.new(new_session_id())
        ends = now + self._lives.session
        with self._database.write() as connection:
            sessions.forget_expired(connection, now - KEPT_AFTER_END)
            sessions.insert(
                connection, token.session_id, found.id, token.hash, at=now, expires_at=ends
            )
            audit.record(connection, found.account.username, Action.SIGNED_IN, at=now)
        return self._grant(token, found.account, now, ends)

    def refresh(self, refresh_token: str) -> Grant:
        """Trade a refresh token for new tokens. Raises UnauthenticatedError.

        A token that was traded before ends the session, unless that was just now: then its answer
        may have got lost, and is given again.
        """
        token = RefreshToken.parse(refresh_token)
        now = self._clock()
        with self._database.write() as connection:
            session = sessions.get(connection, token.session_id, lock=True)
            age = self._age(token, session) if session and session.is_open(now) else None
            following = self._signer.following(token)
            if age == 0:
                sessions.renew(connection, token.session_id, following.hash, now)
            elif session and age and not (age == 1 and _is_recent(session.refreshed_at, now)):
                self._end_copied(connection, session, now)
                age = None
        if session is None or age is None:
            self._forget(token.session_id)
            raise UnauthenticatedError("the session is over")
        return self._grant(following, session.account, now, session.expires_at)

    def sign_out(self, actor: Actor) -> None:
        """End the actor's session: its tokens are worth nothing from now on."""
        now = self._clock()
        with self._database.write() as connection:
            sessions.revoke(connection, actor.session_id, now)
            audit.record(connection, actor.name, Action.SIGNED_OUT, at=now)
        self._forget(actor.session_id)

    def authenticate(self, access_token: str) -> Actor:
        """Who sends this token. Raises UnauthenticatedError when its session is over.

        One that ended on another server of the database is noticed within FRESH.
        """
        claims = self._signer.check(access_token)
        now = self._clock()
        session = self._seen_lately(claims.session_id, now) or self._found(claims.session_id, now)
        if session is None or not session.is_open(now):
            raise UnauthenticatedError("the session is over")
        account = session.account
        return Actor(account.username, POLICY[Role(account.role)], session.id)

    def is_open(self, actor: Actor) -> bool:
        """Whether the actor's session still lasts."""
        now = self._clock()
        session = self._found(actor.session_id, now)
        return session is not None and session.is_open(now)

    def _seen_lately(self, session_id: str, now: datetime) -> StoredSession | None:
        with self._lock:
            session, at = self._seen.get(session_id, (None, now))
        return session if timedelta() <= now - at < FRESH else None  # clocks are set back, too

    def _found(self, session_id: str, now: datetime) -> StoredSession | None:
        endings = self._endings
        with self._database.read() as connection:
            session = sessions.get(connection, session_id)
        with self._lock:
            if session and endings == self._endings:  # else it may have ended since it was read
                self._seen[session_id] = session, now
                self._seen.move_to_end(session_id)
                if len(self._seen) > MOST_SEEN:
                    self._seen.popitem(last=False)
        return session

    def _forget(self, session_id: str) -> None:
        with self._lock:
            self._endings += 1
            self._seen.pop(session_id, None)

    def verify_password(self, actor: Actor, password: str) -> None:
        """Raise WrongPasswordError unless `password` is the actor's own."""
        self._prove(actor.name, password, Action.PASSWORD_CHECKED)

    def identify(self, username: str, password: str) -> Actor:
        """Who has this password, for an association instead of a session.

        Raises WrongPasswordError and TooManyAttemptsError as `sign_in` does.
        """
        account = self._prove(username, password, Action.IDENTIFIED).account
        with self._database.write() as connection:
            audit.record(connection, account.username, Action.IDENTIFIED, at=self._clock())
        return Actor(account.username, POLICY[Role(account.role)])

    def _grant(self, token: RefreshToken, account: Account, now: datetime, ends: datetime) -> Grant:
        life = min(self._lives.access, ends - now)
        claims = Claims(account.username, token.session_id)
        return Grant(
            access_token=self._signer.issue(claims, now=now, life=life),
            refresh_token=token.text,
            expires_in_s=int(life.total_seconds()),
            account=account,
            permissions=tuple(sorted(POLICY[Role(account.role)])),
        )

    def _age(self, token: RefreshToken, session: StoredSession) -> int | None:
        """How many renewals ago `token` was the good one; None for what never was."""
        for age in range(MOST_RENEWALS):
            if token.has_hash(session.refresh_hash):
                return age
            token = self._signer.following(token)
        return None

    def _end_copied(self, connection: Connection, session: StoredSession, now: datetime) -> None:
        sessions.revoke(connection, session.id, now)
        name = session.account.username
        audit.record(connection, name, Action.SESSION_RENEWED, at=now, outcome=Outcome.REFUSED)

    def _prove(self, username: str, password: str, action: Action) -> StoredAccount:
        name = fold(username)
        with self._turns[hash(name) % TURNS]:
            with self._database.read() as connection:
                found = accounts.by_name(connection, username)
            now = self._clock()
            until = found.locked_until if found else self._unknown.locked_until(name)
            wait_s = throttle.wait_s(until, now)
            if wait_s:
                raise TooManyAttemptsError("sign-in is delayed", retry_after_s=wait_s)
            stored = found.password_hash if found else passwords.NOBODYS_HASH
            if not passwords.matches(password, stored) or found is None:
                self._count_failure(found, name, action)
                raise WrongPasswordError("wrong name or password")
            self._forgive(found, password)
            return found

    def _count_failure(self, found: StoredAccount | None, name: str, action: Action) -> None:
        now = self._clock()
        with self._database.write() as connection:
            if found:
                failures = found.failures + 1
                until = throttle.locked_until(failures, now)
                accounts.set_failures(connection, found.id, failures, until)
            # A name nobody has may be a password typed into the wrong field: it is not kept.
            actor = found.account.username if found else ""
            audit.record(connection, actor, action, at=now, outcome=Outcome.REFUSED)
        if not found:
            self._unknown.count_failure(name, now)

    def _forgive(self, found: StoredAccount, password: str) -> None:
        is_outdated = passwords.is_outdated(found.password_hash)
        if not found.failures and not is_outdated:
            return
        new_hash = passwords.hash_password(password) if is_outdated else found.password_hash
        with self._database.write() as connection:
            accounts.set_failures(connection, found.id, 0, None)
            accounts.set_password_hash(connection, found.id, new_hash)


def _is_recent(refreshed_at: datetime | None, now: datetime) -> bool:
    return refreshed_at is not None and now - refreshed_at <= ANSWER_AGAIN


class _UnknownNames:
    """Failures of names nobody has, the newest some thousand, so that they are delayed alike."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()
        self._lock = threading.Lock()

    def locked_until(self, name: str) -> datetime | None:
        with self._lock:
            return self._failures.get(name, (0, None))[1]

    def count_failure(self, name: str, now: datetime) -> None:
        with self._lock:
            failures = self._failures.pop(name, (0, None))[0] + 1
            self._failures[name] = failures, throttle.locked_until(failures, now)
            if len(self._failures) > UNKNOWN_NAMES:
                self._failures.popitem(last=False)

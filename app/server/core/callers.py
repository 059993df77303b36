"""Who may open an association: local AE titles, remote nodes, and the accounts they name."""

import ipaddress
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto

from app.domain.access import Actor, Permission
from app.domain.errors import UnauthenticatedError
from app.domain.nodes import Caller, RemoteNode
from app.server.core.sessions import Sessions
from app.server.store import nodes as rows
from app.server.store.engine import Database
from app.settings import IdentityRule, LocalEntity

PASSWORDS_AT_ONCE = 4
"""Each takes much memory on purpose."""
READING = frozenset({Permission.STUDY_READ})
READING_REPORTS = frozenset({Permission.REPORT_READ})
STORING = frozenset({Permission.STUDY_IMPORT})
ASKING_FOR_ORDERS = frozenset({Permission.ORDER_READ})


class Refusal(Enum):
    """Why no association is opened."""

    CALLED_AE_TITLE = auto()
    CALLING_AE_TITLE = auto()
    IDENTITY = auto()


class IdentityKind(StrEnum):
    """What proves an account here (PS3.7 D.3.3.7.1)."""

    PASSWORD = "password"  # noqa: S105 - a kind
    TOKEN = "token"  # noqa: S105 - a kind


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the caller claims to act for; a token says its name itself."""

    kind: IdentityKind
    username: str = ""
    secret: str = field(default="", repr=False)


class Callers:
    """Decides who may open an association, and what for.

    `local` are the AE titles we answer to. A title without a row of its own in the remote nodes may
    echo, and store where the local title accepts unknown callers, but never query or retrieve.
    """

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        local: Mapping[str, LocalEntity],
        identity_rule: IdentityRule,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._local = local
        self._identity_rule = identity_rule
        self._passwords = threading.BoundedSemaphore(PASSWORDS_AT_ONCE)

    @property
    def recognises_identity(self) -> bool:
        """Whether an identity is looked at, so that a positive answer may be asked for."""
        return self._identity_rule is not IdentityRule.IGNORED

    def admit(
        self, calling: str, address: str, called: str, identity: Identity | None = None
    ) -> Caller | Refusal:
        """The caller with its rights, or why it is refused.

        Raises UnavailableError, and TooManyAttemptsError after repeated wrong passwords.
        """
        entity = self._local.get(called)
        if entity is None:
            return Refusal.CALLED_AE_TITLE
        with self._database.read() as connection:
            node = rows.get(connection, calling)
        if node is None:
            if not entity.accepts_unknown:
                return Refusal.CALLING_AE_TITLE
            node = RemoteNode(calling, may_query=False, may_retrieve=False)
        elif node.host_is_checked and not _is_from(address, node.host):
            return Refusal.CALLING_AE_TITLE
        return self._identified(_caller(node, entity, address, called), identity)

    def _identified(self, caller: Caller, identity: Identity | None) -> Caller | Refusal:
        if self._identity_rule is IdentityRule.IGNORED:
            return caller
        if identity is None:
            is_needed = self._identity_rule is IdentityRule.REQUIRED
            return Refusal.IDENTITY if is_needed else caller
        try:
            person = self._prove(identity)
        except UnauthenticatedError:
            return Refusal.IDENTITY
        permissions = caller.actor.permissions & person.permissions
        may_read = permissions >= READING
        return replace(
            caller,
            actor=replace(person, permissions=permissions),
            may_query=caller.may_query and may_read,
            may_retrieve=caller.may_retrieve and may_read,
        )

    def _prove(self, identity: Identity) -> Actor:
        if identity.kind is IdentityKind.TOKEN:
            return self._sessions.authenticate(identity.secret)
        with self._passwords:
            return self._sessions.identify(identity.username, identity.secret)


def _caller(node: RemoteNode, entity: LocalEntity, address: str, called: str) -> Caller:
    may_query = node.may_query and entity.may_query
    may_retrieve = node.may_retrieve and entity.may_retrieve
    permissions: frozenset[Permission] = frozenset()
    if node.may_store and entity.may_store:
        permissions |= STORING
    if may_query or may_retrieve:
        permissions |= READING
    if may_retrieve:
        permissions |= READING_REPORTS
    if may_query:
        permissions |= ASKING_FOR_ORDERS
    return Caller(
        ae_title=node.ae_title,
        address=address,
        called_ae_title=called,
        actor=Actor(node.ae_title, permissions),
        may_query=may_query,
        may_retrieve=may_retrieve,
        character_set=node.character_set or entity.character_set,
        preferred_transfer_syntax=node.preferred_transfer_syntax,
    )


def _is_from(address: str, host: str) -> bool:
    """Whether `host`, an address or a name, is at `address`; a name nobody resolves is nowhere."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    wanted = _plain(address)
    return any(_plain(str(each[4][0])) == wanted for each in found)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address without its zone, an IPv4 address as such also where IPv6 carries it."""
    known = ipaddress.ip_address(address.partition("%")[0])
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return mapped or known

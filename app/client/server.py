"""Everything a server can be asked, as typed calls."""

from app.client.calls.nodes import NodeCalls
from app.client.calls.orders import OrderCalls
from app.client.calls.reports import ReportCalls
from app.client.calls.routing import RoutingCalls
from app.client.calls.sessions import SessionCalls
from app.client.calls.storage import StorageCalls
from app.client.calls.studies import StudyCalls
from app.client.connection import Connection
from app.domain.access import Account, Permission


class Server(
    SessionCalls,
    StudyCalls,
    ReportCalls,
    OrderCalls,
    NodeCalls,
    StorageCalls,
    RoutingCalls,
):
    """One server: synchronous, usable from every thread, raises the domain's errors.

    UnavailableError when it does not answer, UnauthenticatedError when the session is over. Access
    tokens renew themselves. `secret` is what an embedded server gave to this machine. `place` names
    the archive for as long as there is one: an embedded server has another address at each start.
    """

    def __init__(self, base_url: str, secret: str = "", place: str = "") -> None:
        self.connection = Connection(base_url.rstrip("/"), secret)
        self.place = place or self.connection.base_url

    @property
    def base_url(self) -> str:
        """Where the server is."""
        return self.connection.base_url

    @property
    def account(self) -> Account | None:
        """Who is signed in."""
        grant = self.connection.grant
        return grant.account if grant else None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the signed-in account may do; the server decides, this only greys out."""
        grant = self.connection.grant
        told = set(grant.permissions) if grant else set()
        return frozenset(each for each in Permission if each in told)

    @property
    def refresh_token(self) -> str:
        """The token that `resume` takes up the session with, empty when signed out."""
        grant = self.connection.grant
        return grant.refresh_token if grant else ""

    def close(self) -> None:
        """Close every connection; the session stays resumable."""
        self.connection.close()

    def move_to(self, base_url: str, secret: str = "") -> None:
        """Go on with the same server after it was restarted elsewhere; the session stays."""
        self.connection.move_to(base_url.rstrip("/"), secret)

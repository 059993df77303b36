"""Sessions and accounts: who is there, and who may come."""

from app.client.answers import read, read_all
from app.client.calls.base import Calls
from app.domain.access import Account, Role
from app.domain.calls import NewAccount, PasswordCheck, SetUp, SignIn
from app.domain.status import Grant, ServerStatus


class SessionCalls(Calls):
    """Before, around and in a session."""

    def status(self) -> ServerStatus:
        """What the server says of itself to anyone."""
        return read(ServerStatus, self.connection.get("/api/status", signed_in=False))

    def create_first_administrator(
        self, username: str, full_name: str, password: str, token: str = ""
    ) -> None:
        """Make the first account of a server that has none.

        Raises WeakPasswordError, and ForbiddenError when the token or the embedded secret is wrong.
        """
        body = SetUp(username, full_name, password, token)
        self.connection.post("/api/setup", body, signed_in=False)

    def sign_in(self, username: str, password: str) -> Account:
        """Begin a session. Raises WrongPasswordError or TooManyAttemptsError."""
        body = SignIn(username, password)
        return self.adopt(read(Grant, self.connection.post("/api/sessions", body, signed_in=False)))

    def resume(self, refresh_token: str) -> Account:
        """Take up a session that an earlier process kept. Raises UnauthenticatedError."""
        return self.adopt(self.renewed(refresh_token))

    def renewed(self, refresh_token: str) -> Grant:
        """Trade `refresh_token` for a session that is not in use yet: `adopt` takes it up.

        Raises UnauthenticatedError.
        """
        return self.connection.trade(refresh_token)

    def adopt(self, grant: Grant) -> Account:
        """Go on as whoever `grant` is for."""
        self.connection.keep(grant)
        return grant.account

    def sign_out(self) -> None:
        """End the session on the server and here."""
        try:
            self.connection.delete("/api/sessions/current")
        finally:
            self.connection.keep(None)

    def verify_password(self, password: str) -> None:
        """Raise WrongPasswordError unless `password` is the signed-in account's."""
        self.connection.post("/api/sessions/verify-password", PasswordCheck(password))

    def accounts(self) -> tuple[Account, ...]:
        """Everyone who can sign in."""
        return read_all(Account, self.connection.get("/api/accounts"))

    def create_account(self, username: str, full_name: str, role: Role, password: str) -> Account:
        """Make an account. Raises WeakPasswordError, or ConflictError when the name is taken."""
        body = NewAccount(username, full_name, role, password)
        return read(Account, self.connection.post("/api/accounts", body))

"""Set-up, sign-in and accounts over HTTP."""

import hmac

import app
from app.domain.access import Account
from app.domain.calls import NewAccount, PasswordCheck, Renewal, SetUp, SignIn
from app.domain.errors import ForbiddenError
from app.domain.status import Grant, ServerStatus
from app.server.core import audit
from app.server.store.audit import AuditEntry
from app.server.web.answers import Created, Json, NoContent, json_answer, no_content
from app.server.web.routing import Call


def health(call: Call) -> Json[dict[str, str]]:
    """Ready: the database answers."""
    call.parts.accounts.need_setup()
    return json_answer({"status": "ok"})


def status(call: Call) -> Json[ServerStatus]:
    """What the server says of itself to anyone."""
    parts = call.parts
    return json_answer(
        ServerStatus(
            version=app.__version__,
            needs_setup=parts.accounts.need_setup(),
            dicom_port=parts.dicom_port,
            ae_title=parts.ae_title,
            clinic=parts.clinic,
            embedded=parts.is_embedded,
            wanted_dicom_port=parts.wanted_dicom_port,
            dicom_tls_port=parts.dicom_tls_port,
            disk=parts.storage.disk_level,
        )
    )


def set_up(call: Call, wanted: SetUp) -> Created[Account]:
    """Make the first administrator, for who proves to be the owner of this server."""
    expected = call.parts.setup_token
    knows_token = bool(expected) and hmac.compare_digest(
        expected.encode(), wanted.token.strip().encode()
    )
    if not (call.shares_machine or knows_token):
        raise ForbiddenError("the set-up token is wrong")
    account = call.parts.accounts.create_first(wanted.username, wanted.full_name, wanted.password)
    return Created(account)


def sign_in(call: Call, given: SignIn) -> Created[Grant]:
    """Begin a session."""
    return Created(call.parts.sessions.sign_in(given.username, given.password))


def refresh(call: Call, given: Renewal) -> Json[Grant]:
    """Renew a session."""
    return json_answer(call.parts.sessions.refresh(given.refresh_token))


def sign_out(call: Call) -> NoContent:
    """End the session."""
    call.parts.sessions.sign_out(call.actor)
    return no_content()


def verify_password(call: Call, given: PasswordCheck) -> NoContent:
    """Prove that the person is still there."""
    call.parts.sessions.verify_password(call.actor, given.password)
    return no_content()


def list_accounts(call: Call) -> Json[tuple[Account, ...]]:
    """Everyone who can sign in."""
    return json_answer(call.parts.accounts.every(call.actor))


def create_account(call: Call, wanted: NewAccount) -> Created[Account]:
    """Make an account."""
    return Created(call.parts.accounts.create(call.actor, wanted))


def list_audit(call: Call) -> Json[tuple[AuditEntry, ...]]:
    """The newest entries of the audit trail."""
    return json_answer(audit.newest(call.parts.database, call.actor, call.number("limit", 200)))

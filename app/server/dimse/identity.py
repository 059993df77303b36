"""User identity negotiation (PS3.7 D.3.3.7): whom a request names, and the positive answer."""

from pynetdicom.pdu_primitives import UserIdentityNegotiation

from app.server.core.callers import Identity, IdentityKind

USERNAME_AND_PASSCODE = 2
JSON_WEB_TOKEN = 5


def named(items: list[object]) -> Identity | None:
    """The identity among the user information `items`.

    What proves nothing (a name alone) or can't be checked here (Kerberos, SAML) counts as none.
    """
    item = _item(items)
    if item is None:
        return None
    primary = (item.primary_field or b"").decode("utf-8", "replace")
    if item.user_identity_type == USERNAME_AND_PASSCODE:
        passcode = (item.secondary_field or b"").decode("utf-8", "replace")
        return Identity(IdentityKind.PASSWORD, primary, passcode)
    if item.user_identity_type == JSON_WEB_TOKEN:
        return Identity(IdentityKind.TOKEN, secret=primary)
    return None


def acknowledgements(items: list[object]) -> list[UserIdentityNegotiation]:
    """What tells the peer that its identity was checked, where it asks for that."""
    item = _item(items)
    if item is None or not item.positive_response_requested:
        return []
    acknowledgement = UserIdentityNegotiation()
    acknowledgement.server_response = b""
    return [acknowledgement]


def _item(items: list[object]) -> UserIdentityNegotiation | None:
    return next((item for item in items if isinstance(item, UserIdentityNegotiation)), None)

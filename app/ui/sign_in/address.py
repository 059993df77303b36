"""Addresses of servers as people type them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from app.domain.errors import InvalidError

LOCAL_NAMES = ("localhost",)
DEFAULT_PORT = 8042
SCHEMES = ("http", "https")


def normalised(text: str) -> str:
    """`pacs.clinic.local` as `http://pacs.clinic.local:8042`; a full address stays as it is.

    Raises InvalidError when it names no host or an unknown scheme.
    """
    typed = text.strip()
    has_scheme = "://" in typed
    try:
        parts = urlsplit(typed if has_scheme else f"http://{typed}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidError("not an address") from error
    if not host or parts.scheme not in SCHEMES or " " in typed or parts.username:
        raise InvalidError("not an address")
    shown = f"[{host}]" if ":" in host else host
    if port is None and not has_scheme:
        port = DEFAULT_PORT
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def is_private(address: str) -> bool:
    """Whether nobody on the network can read along: encrypted, or never leaving this computer."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https" or host in LOCAL_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

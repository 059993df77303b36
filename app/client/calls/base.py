"""What the calls of every topic share."""

from urllib.parse import quote

from app.client.connection import Connection


class Calls:
    """Typed calls over one connection."""

    connection: Connection


def node_path(ae_title: str) -> str:
    """Where a remote node is found."""
    return f"/api/nodes/{quote(ae_title, safe='')}"

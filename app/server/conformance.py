"""The DICOM conformance statement (PS3.2), made from the tables that run node and web services.

`python -m app.server.conformance > docs/CONFORMANCE.md` writes it anew.
"""

import sys

from app import __version__
from app.server.dimse.conformance import character_sets, node_services
from app.server.web.conformance import web_services


def statement() -> str:
    """The whole statement as Markdown."""
    head = [
        "# DICOM conformance statement",
        "",
        f"Klinika Pro {__version__}. Made from the tables that run the node and the web services; "
        "a test fails when it is stale.",
        "",
    ]
    return "\n".join([*head, *node_services(), *web_services(), *character_sets(), ""])


if __name__ == "__main__":
    sys.stdout.write(statement())

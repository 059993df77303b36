"""The DICOM conformance statement (PS3.2), made from the tables that run the node.

`python -m app.server.dimse.conformance > docs/CONFORMANCE.md` writes it anew.
"""

import sys

from pydicom.uid import UID

from app import __version__
from app.server.dimse import association, negotiation, node, wire

STATUSES = (
    (association.SUCCESS, "Success", "the object is synced to disk and its row committed"),
    (
        association.OUT_OF_RESOURCES,
        "Out of resources",
        "no space is left, or the object is too large",
    ),
    (association.DATA_SET_MISMATCH, "Data set does not match", "a UID is missing or invalid"),
    (
        association.CANNOT_UNDERSTAND,
        "Cannot understand",
        "the data set can't be read; the comment says why",
    ),
    (
        association.PROCESSING_FAILURE,
        "Processing failure",
        "the archive does not answer; send again",
    ),
    (
        association.DUPLICATE_INSTANCE,
        "Duplicate SOP instance",
        "the UID has other bytes, the series another study, or the study another patient",
    ),
)


def statement() -> str:
    """The whole statement as Markdown."""
    return "\n".join((*_head(), *_services(), *_transfer_syntaxes(), *_statuses(), *_rest(), ""))


def _head() -> list[str]:
    return [
        "# DICOM conformance statement",
        "",
        f"Klinika Pro {__version__}. Made from the tables that run the node; a test fails when it "
        "is stale.",
        "",
        f"Implementation class UID {negotiation.IMPLEMENTATION_UID}, version name "
        f"{negotiation.IMPLEMENTATION_VERSION}. Largest PDU received: "
        f"{wire.OFFERED_PDU_LENGTH} bytes. Associations at once: {node.MAX_ASSOCIATIONS}. "
        f"Time-outs: {association.ARTIM_S} s for the "
        f"association request (ARTIM), {association.NETWORK_TIMEOUT_S} s for each PDU after it.",
        "",
        "Not offered in this version: query and retrieve, worklist, MPPS, storage commitment, TLS, "
        "asynchronous operations.",
        "",
    ]


def _services() -> list[str]:
    rows = [
        f"| {UID(str(context.abstract_syntax)).name} | {context.abstract_syntax} |"
        for context in negotiation.SUPPORTED
    ]
    return ["## SOP classes as SCP", "", "| SOP class | UID |", "|---|---|", *rows, ""]


def _transfer_syntaxes() -> list[str]:
    syntaxes = negotiation.SUPPORTED[-1].transfer_syntax
    rows = [f"| {UID(str(uid)).name} | {uid} |" for uid in syntaxes]
    return [
        "## Transfer syntaxes",
        "",
        "Storage accepts all of these, the first that the peer proposes in this order; "
        "Verification the first two. Objects are kept as they come.",
        "",
        "| transfer syntax | UID |",
        "|---|---|",
        *rows,
        "",
    ]


def _statuses() -> list[str]:
    rows = [f"| 0x{status:04X} | {name} | {meaning} |" for status, name, meaning in STATUSES]
    return ["## C-STORE statuses", "", "| status | name | when |", "|---|---|---|", *rows, ""]


def _rest() -> list[str]:
    return [
        "## Association rejection",
        "",
        "Rejected permanently: an unknown called AE title, another application context, another "
        "protocol version. Rejected transiently: too many associations.",
        "",
        "## Character sets",
        "",
        "Names and texts are read in every defined term of PS3.3 C.12.1.1.2, with and without code "
        "extensions. Objects we make are in ISO_IR 192 (UTF-8).",
        "",
        "## Objects we make",
        "",
        "Signed reports: Encapsulated PDF Storage, Explicit VR Little Endian.",
    ]


if __name__ == "__main__":
    sys.stdout.write(statement())

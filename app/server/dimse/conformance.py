"""What the conformance statement (PS3.2) says of the node, from the tables that run it."""

import re

from pydicom.uid import UID
from pynetdicom import sop_class

from app.dicom import codecs, part10
from app.dicom.undecodable import UndecodableError
from app.server.dimse import negotiation, node, wire
from app.server.dimse.conformance_archives import archives
from app.server.dimse.conformance_callers import callers
from app.server.dimse.conformance_forwarding import forwarding
from app.server.dimse.conformance_printing import prints
from app.server.dimse.conformance_procedures import procedures
from app.server.dimse.conformance_query import queries
from app.server.dimse.status import Status

STATUSES = (
    (Status.SUCCESS, "Success", "the object is synced to disk and its row committed"),
    (
        Status.COERCED,
        "Coercion of data elements",
        "the same, and a tag rule changed attributes: see below",
    ),
    (
        Status.OUT_OF_RESOURCES,
        "Out of resources",
        "no space is left, a quota is used up, the object is too large, or the archive's database "
        "or bucket does not answer; the comment says which",
    ),
    (Status.DATA_SET_MISMATCH, "Data set does not match", "a UID is missing or invalid"),
    (
        Status.CANNOT_UNDERSTAND,
        "Cannot understand",
        "the data set can't be read; the comment says why",
    ),
    (
        Status.PROCESSING_FAILURE,
        "Processing failure",
        "the archive failed; send again",
    ),
    (
        Status.DUPLICATE_INSTANCE,
        "Duplicate SOP instance",
        "the UID has other content, the series another study, or the study another patient",
    ),
)


def node_services() -> list[str]:
    """The sections of the node as lines of Markdown."""
    parts = (
        _head(),
        _services(),
        _transfer_syntaxes(),
        _statuses(),
        queries(),
        procedures(),
        archives(),
        forwarding(),
        prints(),
        callers(),
    )
    return [line for part in parts for line in part]


def _head() -> list[str]:
    return [
        f"Implementation class UID {negotiation.IMPLEMENTATION_UID}, version name "
        f"{negotiation.IMPLEMENTATION_VERSION}. Largest PDU received: "
        f"{wire.OFFERED_PDU_LENGTH} bytes. Associations at once: {node.MAX_ASSOCIATIONS}, and "
        f"{node.MAX_CONNECTIONS_PER_PEER} connections of one host. "
        f"Time-outs: {wire.ARTIM_S} s for the "
        f"association request (ARTIM), {wire.NETWORK_TIMEOUT_S} s for each PDU after it.",
        "",
        "Not offered in this version: asynchronous operations.",
        "",
    ]


def _services() -> list[str]:
    rows = [
        f"| {_name(str(context.abstract_syntax))} | {context.abstract_syntax} |"
        for context in negotiation.SUPPORTED
    ]
    return ["## SOP classes as SCP", "", "| SOP class | UID |", "|---|---|", *rows, ""]


def _transfer_syntaxes() -> list[str]:
    syntaxes = negotiation.SUPPORTED[-1].transfer_syntax
    rows = [f"| {UID(uid).name} | {uid} | {_is_shown(uid)} |" for uid in map(str, syntaxes)]
    return [
        "## Transfer syntaxes",
        "",
        "Storage accepts all of these, the first that the peer proposes in this order; "
        "Verification the first two. Objects are kept as they come, or images compressed "
        "without loss where the setting compression says so; whether this version also shows their "
        "images stands in the last column. JPIP and SMPTE ST 2110 are not accepted: "
        "their objects hold no pixels.",
        "",
        "| transfer syntax | UID | images |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _name(sop_class_uid: str) -> str:
    """Its name in PS3.6, or made of its keyword where pydicom does not know it yet."""
    name = UID(sop_class_uid).name
    if name != sop_class_uid:
        return name
    keyword = next(key for key, value in vars(sop_class).items() if value == sop_class_uid)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", keyword)


def _is_shown(transfer_syntax_uid: str) -> str:
    if transfer_syntax_uid in part10.NATIVE:
        return "shown"
    try:
        codecs.require(transfer_syntax_uid)
    except UndecodableError:
        return "stored only"
    return "shown"


def _statuses() -> list[str]:
    rows = [f"| 0x{status:04X} | {name} | {meaning} |" for status, name, meaning in STATUSES]
    return [
        "## C-STORE statuses",
        "",
        "| status | name | when |",
        "|---|---|---|",
        *rows,
        "",
        "## Coercion",
        "",
        "No attribute is changed unless the setting tag_rules says so. A rule sets, adds, "
        "prefixes, maps or removes attributes of the top level in objects that come by C-STORE, "
        "STOW-RS or import. It never touches a UID nor what describes pixels, and "
        "SpecificCharacterSet only for what a new value needs. What an attribute was before "
        "stands in a new item of OriginalAttributesSequence (0400,0561), empty where it was "
        "absent, with AttributeModificationDateTime, ModifyingSystem, SourceOfPreviousValues (a "
        "sender's AE title) and ReasonForTheAttributeModification. STOW-RS answers with "
        "WarningReason 45056 and status 202. The same object sent again counts as repeated.",
        "",
    ]


def character_sets() -> list[str]:
    """How texts are read, and the objects that we make, as lines of Markdown."""
    return [
        "## Character sets",
        "",
        "Names and texts are read in every defined term of PS3.3 C.12.1.1.2, with and without code "
        "extensions. Objects we make are in ISO_IR 192 (UTF-8).",
        "",
        "Texts without Specific Character Set are read in the one of the record of the node they "
        "came from, which may also be WINDOWS-1250, -1251 or -1252, KOI8-R or IBM866; without a "
        "record as UTF-8 where they are valid UTF-8, as windows-1251 where they read so, else as "
        "ISO_IR 100. It is kept with the object. A person can choose the character set in which "
        "all texts of a study are read, whatever its objects declare: queries, worklist and "
        "DICOMweb metadata then say them so. Texts that are declared and valid in ISO_IR 192 stay; "
        "stored and sent objects are never changed by it.",
        "",
        "## Objects we make",
        "",
        "Signed reports: Encapsulated PDF Storage, Explicit VR Little Endian.",
    ]

"""What the conformance statement (PS3.2) says of the node, from the tables that run it."""

import re

from pydicom.uid import UID
from pynetdicom import sop_class

from app.dicom import codecs, part10
from app.dicom.undecodable import UndecodableError
from app.server.dimse import negotiation, room, services, wire
from app.server.dimse.availability import AVAILABILITY
from app.server.dimse.commitment import STORAGE_COMMITMENT
from app.server.dimse.conformance_archives import archives
from app.server.dimse.conformance_callers import acceptance
from app.server.dimse.conformance_forwarding import forwarding
from app.server.dimse.conformance_printing import prints
from app.server.dimse.conformance_procedures import notifications, procedures, worklists
from app.server.dimse.conformance_query import queries
from app.server.dimse.information_model import Root
from app.server.dimse.modality_worklist import MODALITY_WORKLIST
from app.server.dimse.printing import COLOUR, GREYSCALE
from app.server.dimse.status import Status
from app.settings import Settings

AS_SCU = (
    services.VERIFICATION,
    Root.STUDY.find,
    Root.STUDY.get,
    Root.STUDY.move,
    MODALITY_WORKLIST,
    AVAILABILITY,
    STORAGE_COMMITMENT,
    GREYSCALE.meta_uid,
    COLOUR.meta_uid,
)
"""SOP classes besides those of storage of which the archive is a user."""
IDLE_S = Settings.model_fields["dicom_idle_s"].default
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
    (
        Status.DATA_SET_MISMATCH,
        "Data set does not match",
        "a UID is missing or invalid, or the data set's SOP class or instance UID is not that of "
        "the command",
    ),
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


def archive_entity() -> list[str]:
    """The specification of the archive's application entity as lines of Markdown."""
    parts = (
        _services(),
        _transfer_syntaxes(),
        _policies(),
        ["##### Association initiation policy", ""],
        [
            "We open an association when one of these activities has something to do, release it "
            "when that is done, and abort it when the peer does not answer.",
            "",
        ],
        archives(),
        worklists(),
        forwarding(),
        prints(),
        notifications(),
        ["##### Association acceptance policy", ""],
        acceptance(),
        _storage(),
        queries(),
        procedures(),
    )
    return [line for part in parts for line in part]


def overview() -> list[str]:
    """Which SOP classes are supported in which role, as lines of Markdown."""
    provided = {service.sop_class_uid for service in services.TABLE}
    rows = [
        f"| {_name(uid)} | {'yes' if uid in AS_SCU else ''} | {'yes' if uid in provided else ''} |"
        for uid in dict.fromkeys([*(service.sop_class_uid for service in services.TABLE), *AS_SCU])
    ]
    count = sum(str(each.abstract_syntax) not in provided for each in negotiation.SUPPORTED)
    return [
        "| SOP class | user (SCU) | provider (SCP) |",
        "|---|---|---|",
        f"| {count} storage SOP classes, which the specification names | yes | yes |",
        *rows,
        "",
    ]


def _policies() -> list[str]:
    return [
        "##### Association policies",
        "",
        "###### General",
        "",
        f"The application context name is {UID('1.2.840.10008.3.1.1.1').name}, "
        "1.2.840.10008.3.1.1.1. The largest PDU received or sent has "
        f"{wire.OFFERED_PDU_LENGTH} bytes. Time-outs: {wire.ARTIM_S} s for the association "
        f"request (ARTIM), {wire.NETWORK_TIMEOUT_S} s for each PDU of a message, and between "
        f"two messages {IDLE_S} s (setting dicom_idle_s). Who is silent for longer gets an "
        "A-ABORT; before it has asked for an association its connection is closed.",
        "",
        "###### Number of associations",
        "",
        f"Accepted at once: {room.MAX_ASSOCIATIONS}, and {room.MAX_CONNECTIONS_PER_PEER} "
        "connections of one host. Opened: one for each activity that is under way.",
        "",
        "###### Asynchronous nature",
        "",
        "One operation at a time; more are not negotiated.",
        "",
        "###### Implementation identifying information",
        "",
        f"Implementation class UID {negotiation.IMPLEMENTATION_UID}, version name "
        f"{negotiation.IMPLEMENTATION_VERSION}.",
        "",
    ]


def _services() -> list[str]:
    rows = [
        f"| {_name(uid)}{' (retired)' if UID(uid).is_retired else ''} | {uid} |"
        for uid in (str(context.abstract_syntax) for context in negotiation.SUPPORTED)
    ]
    return [
        "##### SOP classes",
        "",
        "Provided are these, and as a user each storage SOP class among them; others of which we "
        "are a user stand with their activities. The setting private_storage_classes names further "
        "storage SOP classes, such as those of manufacturers.",
        "",
        "| SOP class | UID |",
        "|---|---|",
        *rows,
        "",
    ]


def _transfer_syntaxes() -> list[str]:
    syntaxes = negotiation.SUPPORTED[-1].transfer_syntax
    rows = [f"| {UID(uid).name} | {uid} | {_is_shown(uid)} |" for uid in map(str, syntaxes)]
    return [
        "###### Transfer syntaxes",
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


def _storage() -> list[str]:
    rows = [f"| 0x{status:04X} | {name} | {meaning} |" for status, name, meaning in STATUSES]
    return [
        "###### Store",
        "",
        "A study, its series and objects are kept until somebody with the right to deletes them. "
        "The same object sent again counts as repeated.",
        "",
        "| status | name | when |",
        "|---|---|---|",
        *rows,
        "",
    ]


def coercion() -> list[str]:
    """What is changed in objects, as lines of Markdown."""
    return [
        "#### Coerced and modified attributes",
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
        "A preamble that is not empty is emptied, and group lengths (gggg,0000; PS3.5 7.2) are "
        "left out of an object in which one of the top level is wrong. Neither is a coercion.",
        "",
    ]


def character_sets() -> list[str]:
    """How texts are read and written, as lines of Markdown."""
    return [
        "## Support of character sets",
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
    ]

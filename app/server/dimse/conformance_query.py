"""What the conformance statement says of queries and retrievals."""

from app.domain.query import ATTRIBUTES, LEVELS, REQUEST_ATTRIBUTES, UNIQUE_KEYS, Attribute
from app.server.dimse.information_model import Feature
from app.server.dimse.query_answer import AVAILABILITY, RETRIEVE_AE_TITLE
from app.server.dimse.query_identifier import MAX_VALUES
from app.server.dimse.status import Status
from app.server.dimse.sub_operations import MAX_COUNT

FEATURES = {
    Feature.RELATIONAL: "relational queries",
    Feature.COMBINED_DATETIME: "combined matching of study date and time",
    Feature.FUZZY_NAMES: "fuzzy matching of names: each typed word begins one of the name's, in "
    "any order",
}
FIND_STATUSES = (
    (Status.SUCCESS, "all matches were told"),
    (Status.PENDING, "a match; all keys are supported"),
    (Status.PENDING_OPTIONAL_KEYS_UNSUPPORTED, "a match; some keys are not known at its level"),
    (Status.CANCEL, "cancelled by C-CANCEL"),
    (Status.NOT_AUTHORIZED, "the caller may not query"),
    (Status.OUT_OF_RESOURCES, "the archive does not answer; ask again"),
    (
        Status.DATA_SET_MISMATCH,
        "the level is none of the root, a unique key above it is missing or not one value, or a "
        "key is not of its VR",
    ),
    (
        Status.CANNOT_UNDERSTAND,
        f"the identifier can't be read, or has more than {MAX_VALUES} values",
    ),
)
RETRIEVE_STATUSES = (
    (Status.SUCCESS, "all objects are sent, or there are none"),
    (Status.PENDING, "the counts after each object but the last"),
    (Status.CANCEL, "cancelled by C-CANCEL, with the number that remain"),
    (Status.SUBOPERATIONS_FAILED, "some objects failed, or were taken with a warning"),
    (Status.CANNOT_PERFORM_SUBOPERATIONS, "all objects failed; the comment says why the last did"),
    (Status.CANNOT_COUNT_MATCHES, "the archive does not answer; ask again"),
    (Status.MOVE_DESTINATION_UNKNOWN, "C-MOVE: no remote node of that title, or without address"),
    (Status.NOT_AUTHORIZED, "the caller may not retrieve"),
    (
        Status.DATA_SET_MISMATCH,
        "the level is none of the root, its unique key is missing, or one above it is missing or "
        "not one value",
    ),
    (
        Status.CANNOT_UNDERSTAND,
        f"the identifier can't be read, or has more than {MAX_VALUES} values",
    ),
)


def queries() -> list[str]:
    """The sections as lines of Markdown."""
    return [*_find(), *_retrieve()]


def _find() -> list[str]:
    return [
        "###### Query",
        "",
        "Patient root and study root at each level. Agreed on by extended negotiation are "
        + ", ".join(f"{meaning} (byte {feature + 1})" for feature, meaning in FEATURES.items())
        + ". Without relational queries one entity of each level above is to be named.",
        "",
        "All attributes below are matched, those that are counted apart, and answered where they "
        "are asked for and known at the level or above. Matching: single value, list of UIDs (and "
        "of other values), wildcards, ranges, universal, empty value, and in the item of Request "
        "Attributes Sequence. Names match without regard to case and accents, from the beginning "
        "of a component group on, by whole words; a date or time of less precision stands for all "
        "that begin with it. Answers come newest study first, in the character set of the request, "
        "else in that of the caller's record, else in ISO_IR 192.",
        "",
        "Answers name the Retrieve AE Title "
        f"({_tag(RETRIEVE_AE_TITLE)}) and Instance Availability ({_tag(AVAILABILITY)}, ONLINE) "
        "where they are asked for.",
        "",
        "| level | attribute | tag | VR | |",
        "|---|---|---|---|---|",
        *(_row(each) for level in LEVELS for each in ATTRIBUTES if each.level is level),
        "",
        "| C-FIND status | when |",
        "|---|---|",
        *(f"| 0x{status:04X} | {meaning} |" for status, meaning in FIND_STATUSES),
        "",
    ]


def _retrieve() -> list[str]:
    return [
        "###### Retrieve",
        "",
        "C-GET and C-MOVE in patient root and study root at each level, a list of UIDs at the one "
        "that is asked for. Relational retrieval is agreed on by extended negotiation (byte 1). "
        "Study root passes over Patient ID. Objects go in the order of studies (the newest first), "
        "series and instance numbers, one at a time.",
        "",
        "C-GET sends in the contexts for which the peer has taken the SCP role, C-MOVE on an "
        "association that we open under the called AE title to the recorded address of the "
        "destination, with the Move Originator named. An object goes in the preferred syntax of "
        "the receiver's record where it accepts that, unless the object is compressed with loss; "
        "else as it is kept, else uncompressed, else in another lossless syntax. Pixels and SOP "
        "Instance UID stay the same.",
        "",
        "Failed SOP Instance UID List names all that failed, in explicit VR as UN where they are "
        f"too many for UI (PS3.5 6.2.2). Counts above {MAX_COUNT} are told as {MAX_COUNT}.",
        "",
        "| C-GET and C-MOVE status | when |",
        "|---|---|",
        *(f"| 0x{status:04X} | {meaning} |" for status, meaning in RETRIEVE_STATUSES),
        "",
    ]


def _row(attribute: Attribute) -> str:
    remark = ""
    if attribute.tag in UNIQUE_KEYS.values():
        remark = "unique key"
    elif attribute.is_counted:
        remark = "counted"
    elif attribute.sequence == REQUEST_ATTRIBUTES:
        remark = f"in Request Attributes Sequence ({_tag(REQUEST_ATTRIBUTES)})"
    tag = f"({_tag(attribute.tag)})"
    cells = attribute.level.value, attribute.keyword, tag, attribute.vr, remark
    return f"| {' | '.join(cells)} |"


def _tag(tag: int) -> str:
    return f"{tag >> 16:04X},{tag & 0xFFFF:04X}"

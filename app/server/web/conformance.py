"""What the conformance statement says of web services (PS3.18), from the tables that run them."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from pydicom.uid import UID

from app.dicom import part10
from app.dicom.encoders import LOSSLESS
from app.domain.query import BY_TAG, LEVELS
from app.server.core.audit import Action
from app.server.core.greys import VoiFunction
from app.server.core.rendering import MAX_SIDE, QUALITY, PictureType
from app.server.web.connections import MAX_CONNECTIONS, MAX_CONNECTIONS_PER_PEER, MAX_HEAD
from app.server.web.dicomweb.metadata import DICOM_JSON
from app.server.web.dicomweb.models import MAX_JSON
from app.server.web.dicomweb.offers import DICOM, FRAME_TYPES, OCTETS
from app.server.web.dicomweb.rendered import SIDE
from app.server.web.dicomweb.resources import MAX_FRAMES, ROOT
from app.server.web.dicomweb.search_parameters import MOST, RETURNED
from app.server.web.dicomweb.store_answer import IN_PART, NONE_STORED, STORED, FailureReason
from app.server.web.dicomweb.stow import MAX_PARTS
from app.server.web.dicomweb.wado_uri import PARAMETERS
from app.server.web.routes import DICOMWEB
from app.server.web.routing import Route

FAILURES: Mapping[FailureReason, str] = {
    FailureReason.PROCESSING_FAILURE: "the archive does not answer; send again",
    FailureReason.DUPLICATE_INSTANCE: "the UID has other content, the series another study, or "
    "the study another patient",
    FailureReason.NOT_AUTHORIZED: "the account may not store it",
    FailureReason.OUT_OF_RESOURCES: "no space is left, or the object is too large",
    FailureReason.DATA_SET_MISMATCH: "a UID is missing or invalid, or the study is another than "
    "the one in the path",
    FailureReason.CANNOT_UNDERSTAND: "the data set or the model can't be read",
    FailureReason.TRANSFER_SYNTAX: "the transfer syntax is not known",
}
STATUSES = (
    (206, "some objects are lost, damaged or can't be sent so, which `Warning` says; or a range"),
    (304, "the client has it: its `If-None-Match` names the ETag"),
    (400, "a parameter or the body makes no sense"),
    (401, "no token, or no name and password"),
    (403, "the account may not"),
    (404, "there is no such study, series, object, frame or value, or no image that can be shown"),
    (406, "nothing that the client accepts can be made of it; its pixels can't be decoded"),
    (410, "the archive's copy is damaged"),
    (413, "an object alone, or a body, is too large"),
    (415, "a body is of another media type or coding than those below"),
    (416, "the range lies behind the end"),
    (429, "too many requests, or wrong passwords just before; `Retry-After` says when to come"),
    (503, "the archive does not answer"),
    (507, "no space is left"),
)


def web_services() -> list[str]:
    """The section as lines of Markdown."""
    return [*_head(), *_resources(), *_retrieve(), *_search(), *_store(), *_by_uri()]


def _head() -> list[str]:
    return [
        f"PS3.18 over HTTP/1.1 as origin server; all resources lie below `{ROOT}` but WADO-URI, "
        "and are told as WADL at its root (Retrieve Capabilities). HTTP is without TLS: a reverse "
        "proxy on the same machine has it, and names scheme and host in `X-Forwarded-Proto` and "
        "`X-Forwarded-Host`. Accounts prove themselves by an access token (`Bearer`) or by name "
        "and password (`Basic`); each request is permitted by role and told in the audit trail.",
        "",
        "Texts are UTF-8, whatever an object declares; another charset is not offered. JSON is "
        "compressed by zstd or gzip where the client takes it, bodies of requests may be by gzip. "
        "Metadata, pictures and what comes alone have an ETag; objects, frames and values alone "
        "can be had in ranges. "
        f"Heads of requests end at {MAX_HEAD} bytes; there are {MAX_CONNECTIONS} connections at "
        f"once, {MAX_CONNECTIONS_PER_PEER} of one address, and as many requests a second as the "
        "setting `http_requests_per_s` says. The service has no notifications and no worklist.",
        "",
        *_table(("status", "when"), STATUSES),
        "Each is explained by `application/problem+json` (RFC 9457).",
        "",
    ]


def _resources() -> list[str]:
    rows = [
        (_service(route), route.method, f"`{route.path.replace(':path}', '}')}`", route.summary)
        for route in DICOMWEB
    ]
    return _table(("service", "method", "resource", ""), sorted(rows))


def _retrieve() -> list[str]:
    by_type = sorted(FRAME_TYPES.items(), key=lambda item: item[1])
    frames = [
        (f"`{media_type}`", ", ".join(uid for uid, _ in found))
        for media_type, found in groupby(by_type, key=lambda item: item[1])
    ]
    written = [UID(uid).name for uid in (*sorted(part10.NATIVE), *sorted(LOSSLESS))]
    return [
        "##### WADO-RS options",
        "",
        "Accept is read with parameters quoted or not, wildcards and weights, from the header or "
        f"the query. Objects are `{DICOM}`, each a part of `multipart/related`, or alone where one "
        "is named; without `transfer-syntax` in Explicit VR Little Endian, or as kept where it "
        "can't be written so, and with `*` as they are kept. Transcoded is without loss, into: "
        f"{', '.join(written)}. Metadata are `{DICOM_JSON}`, values apart `{OCTETS}`.",
        "",
        f"At most {MAX_FRAMES} frames of one request, each once. Uncompressed are `{OCTETS}` in "
        "little endian; the first syntax of a type is that which the type alone stands for:",
        "",
        *_table(("media type of frames", "transfer syntaxes"), frames),
        f"Rendered are {' and '.join(f'`{kind}`' for kind in PictureType)}: of each frame in parts "
        "of `multipart/related`, or alone where there is one; an instance alone by its middle "
        "frame. Objects that are no images, or can't be decoded, are left out of several. Without "
        "`window` an image is shown by its first VOI LUT, else by its first window and its VOI LUT "
        "Function.",
        "",
        *_table(
            ("rendered query parameter", "values"),
            (
                ("`window`", f"centre, width and {', '.join(VoiFunction)}"),
                (
                    "`viewport`",
                    "width and height, and the part: left, top, width and height, negative when "
                    f"mirrored; at most {MAX_SIDE} pixels. Thumbnails: width and height, else "
                    f"{SIDE} each",
                ),
                ("`quality`", f"1 to 100, else {QUALITY}"),
            ),
        ),
        "Not offered: `annotation`, `iccprofile`, presentation states, video.",
        "",
    ]


def _search() -> list[str]:
    returned = [
        (level.value, ", ".join(BY_TAG[tag].keyword for tag in RETURNED[level])) for level in LEVELS
    ]
    return [
        "##### QIDO-RS options",
        "",
        "Matched is every attribute of the table under Query, by keyword or tag, in the item of "
        "its sequence too, and with the same rules: several values stand apart by commas "
        "(UIDs and CS) or backslashes, dates may be written with hyphens. What can't be matched is "
        f"told in `Warning`. `limit` is at most {MOST}, which is its default; a warning says that "
        "there are more. `fuzzymatching` as in C-FIND. `includefield` names attributes, or `all`. "
        "Attributes without a value are left out; without it answers have, of their level and of "
        "those above it that the path does not name:",
        "",
        *_table(("level", "attributes"), returned),
    ]


def _store() -> list[str]:
    syntaxes = f"`multipart/related` of `{DICOM}` or of `{DICOM_JSON}` with its values"
    statuses = (
        (STORED, "all objects are synced to disk and their rows committed"),
        (IN_PART, "some are; the answer says which failed and why"),
        (NONE_STORED, "none is"),
    )
    reasons = [(f"0x{reason:04X}", meaning) for reason, meaning in FAILURES.items()]
    return [
        "##### STOW-RS options",
        "",
        f"{syntaxes}, or either of them alone, of at most {MAX_PARTS[DICOM]} objects, "
        f"or of {MAX_PARTS[DICOM_JSON]} parts with {MAX_JSON} bytes of JSON. Values apart are "
        "found by Content-Location; compressed pixels are one part, or one for each frame, of a "
        f"media type above. The answer is `{DICOM_JSON}`.",
        "",
        *_table(("status", "when"), statuses),
        *_table(("failure reason", "when"), reasons),
    ]


def _by_uri() -> list[str]:
    rows = [(f"`{name}`", meaning) for name, meaning in PARAMETERS.items()]
    return ["##### WADO-URI options", "", *_table(("query parameter", "values"), rows)]


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines, ""]


def _service(route: Route) -> str:
    if route.audited is Action.STUDY_STORED:
        return "STOW-RS"
    if route.audited is Action.STUDIES_SEARCHED:
        return "QIDO-RS"
    return "WADO-RS" if route.path.startswith(ROOT) else "WADO-URI"

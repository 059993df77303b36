"""The DICOM conformance statement (PS3.2 A), made from the tables that run node and web services.

`python -m app.server.conformance > docs/CONFORMANCE.md` writes it anew.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydicom.datadict import keyword_for_tag

from app import __version__
from app.dicom import part10
from app.dicom.encapsulate import encapsulated_pdf
from app.domain.study import StudySummary
from app.server.dimse import conformance as node
from app.server.dimse.conformance_callers import PORT_BY_CUSTOM, tls_profile
from app.server.web.conformance import web_services
from app.settings import Settings, meanings

PARAMETERS = (
    "ae_title",
    "local_ae_titles",
    "dicom_host",
    "dicom_port",
    "dicom_proxies",
    "dicom_tls_port",
    "dicom_tls_certificate",
    "dicom_tls_key",
    "dicom_tls_ca",
    "dicom_tls_client_certificate",
    "accept_unknown_nodes",
    "user_identity",
    "max_object_mb",
    "series_quiet_s",
    "worklist_every_s",
    "tag_rules",
    "compression",
    "compression_codec",
    "http_host",
    "http_port",
    "http_requests_per_s",
)
"""The settings on which conformance depends."""
ABBREVIATIONS = (
    ("AE", "application entity"),
    ("IOD", "information object definition"),
    ("MPPS", "modality performed procedure step"),
    ("SCP", "service class provider"),
    ("SCU", "service class user"),
    ("UID", "unique identifier"),
)
ACTIVITIES = (
    ("a scanner, workstation or archive sends objects", "Archive", "accepts", "Store"),
    ("a peer asks what there is, and has it sent", "Archive", "accepts", "Query, Retrieve"),
    ("a scanner asks what is planned", "Archive", "accepts", "Modality worklist"),
    ("another system plans what is done here", "Archive", "opens", "Ask for worklists"),
    (
        "a scanner tells what it does and has done",
        "Archive",
        "accepts",
        "Modality performed procedure step",
    ),
    (
        "a scanner asks whether its objects are kept",
        "Archive",
        "accepts, and opens to tell",
        "Storage commitment",
    ),
    (
        "a person looks for a study elsewhere, or earlier studies are wanted",
        "Archive",
        "opens",
        "Search and retrieve from archives",
    ),
    ("a rule or a person sends a study on", "Archive", "opens", "Send to nodes"),
    (
        "a node was sent objects and shall say that it keeps them",
        "Archive",
        "opens, and accepts to be told",
        "Ask for storage commitment",
    ),
    ("a person prints", "Archive", "opens", "Print"),
    (
        "a performed procedure step is complete here",
        "Archive",
        "opens",
        "Tell that instances are available",
    ),
    (
        "a viewer in a browser, or a program, reads and stores",
        "Web services",
        "accepts",
        "DICOMweb",
    ),
)
"""What happens in the world, which entity takes part and how, and where that is specified."""


def statement() -> str:
    """The whole statement as Markdown."""
    body = [
        *_overview(),
        "## Contents",
        "",
        *_introduction(),
        *_networking(),
        *_media(),
        *node.character_sets(),
        *_security(),
        *_annexes(),
    ]
    numbered, contents = _numbered(body)
    place = numbered.index("## 3 Introduction")
    return "\n".join([*_cover(), *numbered[:place], *contents, *numbered[place:], ""])


def _cover() -> list[str]:
    return [
        "# DICOM conformance statement",
        "",
        f"Klinika Pro {__version__}, radiology workstation and archive. Made from the tables that "
        "run the node and the web services; a test fails when it is stale.",
        "",
    ]


def _overview() -> list[str]:
    return [
        "## Conformance statement overview",
        "",
        "Klinika Pro keeps images and other DICOM objects, answers queries for them, sends them "
        "on, and tells scanners what is planned. Its workstation reads them through the archive.",
        "",
        *node.overview(),
        "Of DICOMweb (PS3.18) it is origin server for QIDO-RS, WADO-RS, WADO-URI and STOW-RS, and "
        "user agent for QIDO-RS and WADO-RS.",
        "",
    ]


def _introduction() -> list[str]:
    return [
        "## Introduction",
        "",
        "### Audience",
        "",
        "Who connects the clinic's devices, tests that they work together, or buys them. Some "
        "knowledge of DICOM is assumed.",
        "",
        "### Remarks",
        "",
        "That two conformance statements fit is necessary, and not sufficient: devices that are to "
        "work together are to be tested together before patients depend on it.",
        "",
        "### Terms and abbreviations",
        "",
        *_table(("", "meaning"), ABBREVIATIONS),
        "A *node* is a remote application entity that an administrator recorded, an *archive* one "
        "of those that is searched.",
        "",
        "### References",
        "",
        "NEMA PS3 / ISO 12052, Digital Imaging and Communications in Medicine (DICOM) Standard.",
        "",
    ]


def _networking() -> list[str]:
    said = meanings()
    return [
        "## Networking",
        "",
        "### Implementation model",
        "",
        "#### Application data flow",
        "",
        *_table(("in the world", "application entity", "association", "activity"), ACTIVITIES),
        "#### Functional definition of application entities",
        "",
        "*Archive*: waits for associations on its ports, and answers each by what the caller's "
        "record allows. What it has to do by itself (to retrieve, send, print, notify, report) "
        "stands in a queue that outlives restarts; it opens associations for that.",
        "",
        "*Web services*: answers requests over HTTP for what the account may see.",
        "",
        "Both work on the same objects: what one has acknowledged the other one tells at once. "
        "Several servers may share one database and one store of objects, and are then the same "
        "entities.",
        "",
        "#### Sequencing of real-world activities",
        "",
        "The activities do not wait for each other. What is planned can be asked for from the "
        "moment an order is made; a performed procedure step need not precede its objects. "
        "Storage commitment may be asked for as soon as C-STORE was answered. A rule sends a "
        "series when it is complete; instance availability is told after the step has ended.",
        "",
        "### Application entity specifications",
        "",
        "#### Archive",
        "",
        *node.archive_entity(),
        "#### Web services",
        "",
        *web_services(),
        "### Network interfaces",
        "",
        "TCP/IP over IPv4 and IPv6, on whatever medium the operating system offers. Host names of "
        "nodes are found by the operating system.",
        "",
        "### Configuration",
        "",
        "#### AE title and presentation address mapping",
        "",
        *_table(
            ("application entity", "default AE title", "default port"),
            [
                ("Archive", _default("ae_title"), _default("dicom_port")),
                ("Archive, TLS", _default("ae_title"), f"none, by custom {PORT_BY_CUSTOM}"),
                ("Web services", "", _default("http_port")),
            ],
        ),
        "Remote AE titles with host, port, TLS, rights, character set and preferred transfer "
        "syntax are records that an administrator edits in the desktop, or by the HTTP API.",
        "",
        "#### Parameters",
        "",
        *_table(
            ("setting", "default", "meaning"),
            [(f"`{each}`", _default(each), said[each].replace("|", "\\|")) for each in PARAMETERS],
        ),
    ]


def _media() -> list[str]:
    return [
        "## Media interchange",
        "",
        "No application profile of PS3.11 is claimed. The desktop imports DICOM files from discs, "
        "folders and ZIP archives, whether there is a DICOMDIR or not, by looking into each file; "
        "it writes no media.",
        "",
    ]


def _security() -> list[str]:
    return [
        "## Security",
        "",
        *tls_profile(),
        "### Association level security",
        "",
        "Callers are known by AE title, host and, over TLS, certificate; users by user identity "
        "negotiation. Both are specified under association acceptance.",
        "",
        "### Application level security",
        "",
        "Each use of the archive asks for a permission of the account's role; sign-ins, searches, "
        "readings, changes and deletions are told in an audit trail, which can't be edited.",
        "",
    ]


def _annexes() -> list[str]:
    return [
        "## Annexes",
        "",
        "### IOD contents",
        "",
        "#### Created SOP instances",
        "",
        "Signed reports are Encapsulated PDF Storage in Explicit VR Little Endian, in a series of "
        "their own in the study they report on, with these attributes:",
        "",
        *_table(("attribute", "tag", "VR"), _report_attributes()),
        *node.coercion(),
        "### Data dictionary of private attributes",
        "",
        "None is written. Private attributes of others are kept, sent and told as they came.",
        "",
        "### Coded terminology and templates",
        "",
        "None is created; those of others are kept.",
        "",
        "### Greyscale image consistency",
        "",
        "The Grayscale Standard Display Function (PS3.14) is not claimed: it is the monitor's, "
        "which is to be calibrated to it.",
        "",
        "### Standard extended, specialized and private SOP classes",
        "",
        "None is created. Which are accepted stands with the SOP classes of the archive.",
        "",
        "### Private transfer syntaxes",
        "",
        "None.",
        "",
    ]


def _report_attributes() -> Iterator[tuple[str, str, str]]:
    report = encapsulated_pdf(
        b"%PDF",
        StudySummary("1.2", description="CT"),
        title="Report",
        sop_instance_uid="1.2.3",
        series_uid="1.2.4",
        instance_number=1,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for tag, element in part10.data_set(report).elements.items():
        yield keyword_for_tag(tag), f"({tag >> 16:04X},{tag & 0xFFFF:04X})", element.vr.decode()


def _default(name: str) -> str:
    value: Any = Settings.model_fields[name].get_default(call_default_factory=True)
    if isinstance(value, StrEnum):
        return str(value)
    return "" if value in (None, (), {}, frozenset()) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines, ""]


def _numbered(lines: list[str]) -> tuple[list[str], list[str]]:
    """`lines` with numbers before their headings, and a list of contents of three levels."""
    numbers: list[int] = []
    numbered: list[str] = []
    contents: list[str] = []
    for line in lines:
        heading = re.fullmatch(r"(##+) (.*)", line)
        if not heading:
            numbered.append(line)
            continue
        depth = len(heading[1]) - 1
        numbers = [*numbers[:depth], *[0] * (depth - len(numbers))]
        numbers[-1] += 1
        title = f"{'.'.join(map(str, numbers))} {heading[2]}"
        numbered.append(f"{heading[1]} {title}")
        if depth <= 3:
            contents.append(f"{'  ' * (depth - 1)}- [{title}](#{_anchor(title)})")
    return numbered, [*contents, ""]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(statement())

"""Remote application entities: where they are and what they may do here."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from app.domain.access import Actor
from app.domain.errors import InvalidError
from app.domain.printing import FILM_BITS, Film

AE_TITLE = re.compile(r"(?=.*[A-Za-z0-9])[!-\[\]-~](?:[ -\[\]-~]{0,14}[!-\[\]-~])?")
"""PS3.5 6.2 (AE) without outer spaces; a letter or digit keeps it from being a path like `..`."""
HOST = re.compile(r"[A-Za-z0-9._:%-]{1,255}")
UID = re.compile(r"[0-9.]{1,64}")
MAX_DESCRIPTION = 200
MAX_CHARACTER_SET = 200
MAX_URL = 500
MAX_USER = 200
MAX_SECRET = 8000
"""Characters of a password or a bearer token."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_PRIORS = 100
"""Studies, and years."""


@dataclass(frozen=True, slots=True)
class RemoteNode:
    """A remote application entity, known by its AE title.

    One without `host` and `port` only calls us. `character_set` is how its unlabelled texts are
    read, in the defined terms of Specific Character Set (0008,0005), several with backslashes, or
    one of WINDOWS-1250, -1251, -1252, KOI8-R and IBM866.
    """

    ae_title: str
    host: str = ""
    port: int = 0
    tls: bool = False
    """Whether we speak TLS to it."""
    host_is_checked: bool = False
    """Whether a caller with this title must come from `host`."""
    character_set: str = ""
    may_store: bool = True
    may_query: bool = True
    may_retrieve: bool = True
    preferred_transfer_syntax: str = ""
    """UID of the transfer syntax it likes to be sent, if it accepts it."""
    is_archive: bool = False
    """Whether people search it and retrieve studies from it."""
    is_told_of_images: bool = False
    """Whether it gets an Instance Availability Notification when a step's images are here."""
    is_asked_to_commit: bool = False
    """Whether it is asked for storage commitment of what it was sent."""
    has_worklist: bool = False
    """Whether it is asked for the orders of its modality worklist, which are kept in step here."""
    prior_count: int = 0
    """How many earlier studies of a patient are fetched from it, the newest, when an order is made
    or a study comes; 0 for none."""
    prior_years: int = 0
    """How old they may be; 0 for any age."""
    is_printer: bool = False
    """Whether it prints on film; the fields beneath say on which unless a request does."""
    film_size: str = ""
    film_is_landscape: bool = False
    film_columns: int = 1
    film_rows: int = 1
    film_bits: int = 12
    """Bits of grey that it is sent: 8 or 12."""
    film_is_colour: bool = False
    """Whether it is sent colours (Basic Color Print Management), of 8 bits."""
    dicomweb_url: str = ""
    """Where its DICOMweb begins, if an archive is asked that way instead of by DICOM."""
    dicomweb_user: str = ""
    """Who we are there by name and password; without a name the secret is a bearer token."""
    description: str = ""

    @property
    def is_reachable(self) -> bool:
        """Whether it is said where it listens."""
        return bool(self.host and self.port)

    @property
    def is_searchable(self) -> bool:
        """Whether it is an archive that can be asked, by DICOM or DICOMweb."""
        return self.is_archive and (self.is_reachable or bool(self.dicomweb_url))

    @property
    def keeps_secrets(self) -> bool:
        """Whether what is sent to its DICOMweb is read by nobody on the way."""
        url = urlsplit(self.dicomweb_url)
        return url.scheme == "https" or url.hostname in LOOPBACK

    def is_same_site(self, other: Self) -> bool:
        """Whether the DICOMweb of both lies at the same origin, by the same means."""
        return urlsplit(self.dicomweb_url)[:2] == urlsplit(other.dicomweb_url)[:2]

    @property
    def film(self) -> Film:
        """The film it is to print on."""
        return Film(self.film_size, self.film_is_landscape, self.film_columns, self.film_rows)

    def check(self) -> None:
        """Raise InvalidError naming the field that breaks a rule."""
        rules = (
            ("ae_title", is_ae_title(self.ae_title)),
            ("host", HOST.fullmatch(self.host) or (not self.host and not self.host_is_checked)),
            ("port", 0 <= self.port <= 65535),
            ("prior_count", 0 <= self.prior_count <= MAX_PRIORS),
            ("prior_years", 0 <= self.prior_years <= MAX_PRIORS),
            ("preferred_transfer_syntax", _is_uid_or_nothing(self.preferred_transfer_syntax)),
            ("dicomweb_url", not self.dicomweb_url or _is_site(self.dicomweb_url)),
            ("dicomweb_user", _is_short_text(self.dicomweb_user, MAX_USER)),
            ("film_bits", self.film_bits in FILM_BITS),
            ("character_set", _is_short_text(self.character_set, MAX_CHARACTER_SET)),
            ("description", _is_short_text(self.description, MAX_DESCRIPTION)),
        )
        for field, is_kept in rules:
            if not is_kept:
                raise InvalidError(field)
        self.film.check()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who opened an association, and what it may do on it.

    `actor` has study:import when it may store, study:read when it may query or retrieve, and
    order:read when it may query.
    """

    ae_title: str
    address: str
    called_ae_title: str
    actor: Actor
    may_query: bool = False
    may_retrieve: bool = False
    character_set: str = ""
    preferred_transfer_syntax: str = ""


class EchoOutcome(StrEnum):
    """How a C-ECHO ended."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    """No connection: nobody listens there, or the network is in the way."""
    NOT_TRUSTED = "not-trusted"
    """The TLS handshake failed."""
    REJECTED = "rejected"
    """It takes no association from us; `reason` says what it said."""
    FAILED = "failed"
    """It answered with an error status, or something that is no DICOM, or nothing in time."""


@dataclass(frozen=True, slots=True)
class EchoResult:
    """How a C-ECHO ended and after how long; `reason` is English, for engineers."""

    outcome: EchoOutcome
    duration_ms: float
    reason: str = ""


def is_ae_title(text: str) -> bool:
    """Whether `text` can be an AE title of a node."""
    return AE_TITLE.fullmatch(text) is not None


def _is_site(text: str) -> bool:
    """Whether it is an address of HTTP(S) without a password, a query or a fragment in it."""
    if len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        url = urlsplit(text)
        has_host = bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return False
    is_plain = not (url.query or url.fragment or url.username is not None)
    return url.scheme in ("http", "https") and has_host and is_plain


def _is_uid_or_nothing(text: str) -> bool:
    return not text or UID.fullmatch(text) is not None


def _is_short_text(text: str, limit: int) -> bool:
    return len(text) <= limit and (not text or text.isprintable())

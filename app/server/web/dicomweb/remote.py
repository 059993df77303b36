"""Archives of others over DICOMweb: what they have (QIDO-RS), and their objects (WADO-RS).

Names of a query stand in its URL, as QIDO-RS has it, so that no URL may reach a log or an error.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson

from app.dicom.values import parse_date, parse_time
from app.domain.archives import (
    MOST_FOUND,
    ArchivePage,
    ArchiveProblem,
    ArchiveQuery,
    page_of,
)
from app.domain.errors import InvalidError, UnavailableError
from app.domain.nodes import UID, RemoteNode
from app.domain.study import StudySummary
from app.server.core.system_trust import SystemTrust
from app.server.store.spool import Incoming, Spool
from app.server.web.dicomweb.accept import MULTIPART, parameters
from app.server.web.dicomweb.multipart import Begin, Data, End, Event, Reader
from app.settings import Settings

if TYPE_CHECKING:  # a server's start need not wait for what few of them ever use
    import httpx

TIMEOUT_S, CONNECT_S = 40, 10
"""A search that hangs ends before the desktop gives it up."""
MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer of QIDO-RS."""
PAGE = 1000
"""Objects of a series that are asked for at once."""
DICOM = "application/dicom"
DICOM_JSON = "application/dicom+json"
AS_IT_IS = f'{MULTIPART}; type="{DICOM}"; transfer-syntax=*'
ANSWERED = ("StudyDescription", "ModalitiesInStudy", "PatientBirthDate", "PatientSex")
"""What is asked for beyond what the standard has answered anyway (PS3.18 table 10.6.3-3)."""
NOT_SIGNED_IN = (401, 403)

Series = Mapping[str, Mapping[str, str]]
Stop = Callable[[], bool]
Take = Callable[[bytes | Path], None]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a node's DICOMweb is; with a `user` the secret is a password, else a bearer token."""

    ae_title: str
    url: str
    tls: ssl.SSLContext
    user: str = ""
    secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, node: RemoteNode, secret: str, tls: ssl.SSLContext) -> Self:
        """That of `node`."""
        url = node.dicomweb_url.rstrip("/")
        return cls(node.ae_title, url, tls, node.dicomweb_user, secret)

    @property
    def host(self) -> str:
        """The host of its address."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Objects:
    """Where objects go: each is given to `take` as a Part 10 file, which is gone afterwards."""

    spool: Spool
    max_size: int
    take: Take


class NoAnswerError(UnavailableError):
    """A site does not give what it is asked for; `problem` is what that means to people."""

    def __init__(self, problem: ArchiveProblem, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem


def trust(settings: Settings) -> ssl.SSLContext:
    """How sites are met: by the certificates that the system and the clinic trust."""
    context = SystemTrust(ssl.PROTOCOL_TLS_CLIENT)
    if settings.dicom_tls_ca:
        context.load_verify_locations(str(settings.dicom_tls_ca))
    return context


def search(site: Site, query: ArchiveQuery) -> ArchivePage:
    """The studies that match, newest first, or why there are none."""
    asked = {
        "PatientName": query.patient_name,
        "PatientID": query.patient_id,
        "StudyDate": _days(query),
        "ModalitiesInStudy": query.modality,
    }
    keys: dict[str, str | list[str]] = {name: text for name, text in asked.items() if text}
    keys |= {"includefield": list(ANSWERED), "limit": str(MOST_FOUND + 1)}
    try:
        found = _found(site, "studies", keys)
    except NoAnswerError as error:
        return ArchivePage(problem=error.problem, reason=error.detail)
    return page_of(map(_summary, found), query)


def series_of(site: Site, study_uid: str, is_stopped: Stop) -> dict[str, dict[str, str]]:
    """By UID the objects of each series of a study, by UID the SOP class of each.

    Raises NoAnswerError.
    """
    found: dict[str, dict[str, str]] = {}
    for model in _found(site, f"studies/{study_uid}/series", {}):
        uid = _uid(model, "0020000E")
        if uid and not is_stopped():
            found[uid] = _objects_of(site, f"studies/{study_uid}/series/{uid}/instances")
    return found


def fetch(
    site: Site,
    study_uid: str,
    there: Series,
    missing: Series,
    objects: Objects,
    is_stopped: Stop,
) -> None:
    """Fetch what is missing, whole series where they are. Raises NoAnswerError."""
    for series_uid, uids in missing.items():
        series = f"studies/{study_uid}/series/{series_uid}"
        is_whole = uids == there[series_uid]
        for path in (series,) if is_whole else (f"{series}/instances/{uid}" for uid in uids):
            if is_stopped():
                return
            with _asked(site, path, {}, AS_IT_IS) as response:
                _take(site, response, objects, is_stopped)


def _objects_of(site: Site, path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    while True:
        models = _found(site, path, {"limit": str(PAGE), "offset": str(len(found))})
        known = len(found)
        found |= {_uid(model, "00080018"): _uid(model, "00080016") for model in models}
        found.pop("", None)
        if len(models) < PAGE or len(found) == known:  # some take no notice of the offset
            return found


def _found(site: Site, path: str, keys: Mapping[str, str | list[str]]) -> list[dict[str, Any]]:
    body = bytearray()
    with _asked(site, path, keys, DICOM_JSON) as response:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > MAX_ANSWER:
                raise _failed(site, "answers more than can be read")
    if not body:  # 204: nothing matches
        return []
    try:
        models = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _failed(site, "does not answer with DICOM JSON") from error
    if not isinstance(models, list) or not all(isinstance(each, dict) for each in models):
        raise _failed(site, "does not answer with DICOM JSON")
    return models


@contextlib.contextmanager
def _asked(
    site: Site, path: str, keys: Mapping[str, str | list[str]], accepted: str
) -> "Iterator[httpx.Response]":
    """A GET whose answer is good. Raises NoAnswerError, without a URL in its words."""
    import httpx

    timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_S)
    headers = {"Accept": accepted}
    if site.secret and not site.user:
        headers["Authorization"] = f"Bearer {site.secret}"
    address = _address(site, path, keys)
    basic = (site.user, site.secret) if site.user and site.secret else None
    try:
        with (
            # What the environment says of proxies and passwords is for others.
            httpx.Client(verify=site.tls, timeout=timeout, trust_env=False) as client,
            client.stream("GET", address, headers=headers, auth=basic) as response,
        ):
            if response.status_code in NOT_SIGNED_IN:
                reason = f"{site.ae_title} answers {response.status_code}"
                raise NoAnswerError(ArchiveProblem.NOT_SIGNED_IN, reason)
            if not response.is_success:
                raise _failed(site, f"answers {response.status_code}")
            yield response
    except httpx.ConnectError as error:
        raise _unreached(site, error) from error
    except httpx.ConnectTimeout as error:
        reason = f"{site.ae_title} can't be reached: timed out"
        raise NoAnswerError(ArchiveProblem.UNREACHABLE, reason) from error
    except httpx.ReadTimeout as error:
        reason = f"{site.ae_title} does not answer"
        raise NoAnswerError(ArchiveProblem.SILENT, reason) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise _failed(site, f"does not answer: {type(error).__name__}") from error


def _address(site: Site, path: str, keys: Mapping[str, str | list[str]]) -> str:
    """Wildcards stay as they are: Orthanc 1.10 reads no escaped characters."""
    query = urlencode(keys, doseq=True, safe="*", quote_via=quote)
    return f"{site.url}/{path}?{query}" if query else f"{site.url}/{path}"


def _unreached(site: Site, error: "httpx.ConnectError") -> NoAnswerError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", "") or cause.reason
            detail = f"{site.ae_title} can't be trusted: {reason}"
            return NoAnswerError(ArchiveProblem.NOT_TRUSTED, detail)
        cause = cause.__cause__ or cause.__context__
    return NoAnswerError(ArchiveProblem.UNREACHABLE, f"{site.ae_title} can't be reached: {error}")


def _take(site: Site, response: "httpx.Response", objects: Objects, is_stopped: Stop) -> None:
    """Give each object of an answer on while the next one comes."""
    incoming: Incoming | None = None
    try:
        for event in _events(site, response):
            if is_stopped():
                return
            if isinstance(event, Begin):
                incoming = objects.spool.incoming(objects.max_size)
            elif incoming and isinstance(event, Data):
                incoming.append(event.data)
                if incoming.wants_to_write:
                    incoming.write()
            elif incoming:
                if not incoming.is_too_large:
                    objects.take(incoming.content())
                incoming.close()
                incoming = None
    finally:
        if incoming:
            incoming.close()


def _events(site: Site, response: "httpx.Response") -> Iterator[Event]:
    media_type, said = parameters(response.headers.get("content-type", ""))
    if media_type == DICOM:
        yield Begin({})
        yield from map(Data, response.iter_bytes())
        yield End()
        return
    if media_type != MULTIPART:
        raise _failed(site, "does not answer with DICOM objects")
    try:
        reader = Reader(said.get("boundary", ""))
        for piece in response.iter_bytes():
            yield from reader.feed(piece)
        reader.end()
    except InvalidError as error:
        raise _failed(site, f"answers badly: {error.detail}") from error


def _failed(site: Site, reason: str) -> NoAnswerError:
    return NoAnswerError(ArchiveProblem.FAILED, f"{site.ae_title} {reason}")


def _summary(model: Mapping[str, Any]) -> StudySummary:
    return StudySummary(
        study_uid=_uid(model, "0020000D"),
        patient_name=_text(model, "00100010").rstrip("^= "),
        patient_id=_text(model, "00100020"),
        birth_date=parse_date(_text(model, "00100030")),
        sex=_text(model, "00100040"),
        study_date=parse_date(_text(model, "00080020")),
        study_time=parse_time(_text(model, "00080030")),
        accession_number=_text(model, "00080050"),
        description=_text(model, "00081030"),
        modalities=tuple(filter(None, map(_plain, _values(model, "00080061")))),
        referring_physician=_text(model, "00080090"),
        series_count=_number(model, "00201206"),
        instance_count=_number(model, "00201208"),
    )


def _values(model: Mapping[str, Any], tag: str) -> list[Any]:
    attribute = model.get(tag)
    values = attribute.get("Value") if isinstance(attribute, dict) else None
    return values if isinstance(values, list) else []


def _text(model: Mapping[str, Any], tag: str) -> str:
    return next(map(_plain, _values(model, tag)), "")


def _plain(value: object) -> str:
    """A value as text; a name with its groups as in a PN (PS3.18 F.2.2)."""
    if isinstance(value, dict):
        groups = (value.get(name) for name in ("Alphabetic", "Ideographic", "Phonetic"))
        return "=".join(group if isinstance(group, str) else "" for group in groups).rstrip("=")
    return str(value).strip(" \0") if isinstance(value, str | int) else ""


def _uid(model: Mapping[str, Any], tag: str) -> str:
    """A UID that may stand in a path, else nothing."""
    text = _text(model, tag)
    return text if UID.fullmatch(text) else ""


def _number(model: Mapping[str, Any], tag: str) -> int:
    text = _text(model, tag)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _days(query: ArchiveQuery) -> str:
    if query.since is None and query.until is None:
        return ""
    return f"{_day(query.since)}-{_day(query.until)}"


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""

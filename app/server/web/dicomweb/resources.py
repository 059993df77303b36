"""What a path of DICOMweb names (PS3.18 8.2): studies, series, instances and what is in them."""

import hashlib
import re
from collections.abc import Iterable

from app.domain.errors import InvalidError, NotFoundError
from app.server.core import retrieve
from app.server.core.retrieve import Scope, StoredObject
from app.server.web.dicomweb.accept import Wish, in_parts, wishes
from app.server.web.routing import Call

ROOT = "/dicom-web"
MAX_FRAMES = 10_000
"""Frames of one request."""
_UID = re.compile(r"[0-9.]{1,64}")


def objects_named(call: Call) -> tuple[StoredObject, ...]:
    """The objects of the study, series or instance in the path. Raises NotFoundError for none."""
    scope = Scope(
        study_uids=_uids(call, "study"),
        series_uids=_uids(call, "series"),
        sop_instance_uids=_uids(call, "instance"),
    )
    found = retrieve.objects_of(call.parts.database, call.actor, scope)
    if not found:
        raise NotFoundError("no such objects")
    return found


def wishes_of(call: Call) -> tuple[Wish, ...]:
    """What the client accepts; the query may say so too (PS3.18 8.3.3.1)."""
    return wishes(call.query.get("accept") or call.headers.get("accept", ""))


def wishes_for(call: Call, count: int) -> tuple[Wish, ...]:
    """What the client accepts that can hold `count` things. Raises NotAcceptableError for none."""
    wished = wishes_of(call)
    return wished if count == 1 else in_parts(wished)


def warning(text: str) -> str:
    """A Warning header (PS3.18 8.4.3), as RFC 7234 5.5 writes it."""
    return f'299 klinika "{text}"'


def completeness(sent: int, named: int) -> tuple[int, dict[str, str]]:
    """(status, headers) of an answer that holds `sent` of `named` objects (PS3.18 8.5)."""
    if sent == named:
        return 200, {}
    return 206, {"Warning": warning(f"{named - sent} of {named} objects are left out")}


def instance_url(call: Call, stored: StoredObject) -> str:
    """Where an object can be had."""
    return (
        f"{call.base_url}{ROOT}/studies/{stored.study_uid}/series/{stored.series_uid}"
        f"/instances/{stored.sop_instance_uid}"
    )


def etag(found: Iterable[StoredObject], *form: str) -> str:
    """Stands for these objects in this form: a key is never used for other bytes."""
    words = "".join([f"{word}\0" for word in (*form, *(stored.key for stored in found))])
    return f'"{hashlib.sha256(words.encode()).hexdigest()[:32]}"'


def uid_in(call: Call, name: str) -> str:
    """The UID of that name in the path. Raises NotFoundError for what can't be one."""
    found = call.path[name]
    if not _UID.fullmatch(found):
        raise NotFoundError("UID")
    return found


def frame_numbers(call: Call) -> list[int]:
    """The frame numbers in the path.

    Raises NotFoundError for what are none, and InvalidError where one comes again: a short path
    could ask for any number of bytes.
    """
    named = call.path["frames"].split(",")
    is_list = all(each.isascii() and each.isdigit() and len(each) < 10 for each in named)
    if not is_list or len(named) > MAX_FRAMES:
        raise NotFoundError("frame numbers")
    numbers = [int(each) for each in named]
    if len(set(numbers)) < len(numbers):
        raise InvalidError("a frame is named twice")
    return numbers


def _uids(call: Call, name: str) -> tuple[str, ...]:
    return (uid_in(call, name),) if name in call.path else ()

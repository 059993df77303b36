"""QIDO-RS (PS3.18 10.6): studies, series and instances by their attributes."""

from dataclasses import replace
from functools import lru_cache

import orjson
from starlette.responses import Response

from app.dicom.dicom_json import CHARACTER_SET, UTF8, Model, attribute, key
from app.domain.query import BY_TAG, UNIQUE_KEYS, Level, Match
from app.server.core import query
from app.server.web.answers import no_content
from app.server.web.dicomweb import search_parameters
from app.server.web.dicomweb.accept import NotAcceptableError
from app.server.web.dicomweb.metadata import DICOM_JSON
from app.server.web.dicomweb.resources import ROOT, uid_in, warning, wishes_of
from app.server.web.routing import Call

DESCRIBED = {tag: (key(tag), each.vr, each.sequence) for tag, each in BY_TAG.items()}
INSTANCE_AVAILABILITY, RETRIEVE_URL = key(0x00080056), key(0x00081190)
SAME_FOR_ALL: Model = {
    key(CHARACTER_SET): attribute("CS", [UTF8]),
    INSTANCE_AVAILABILITY: attribute("CS", ["ONLINE"]),
}
ANSWERS = 1 << 10
"""How many are kept as they were written last: viewers ask for the same page again and again."""
RESOURCES = {
    UNIQUE_KEYS[Level.STUDY]: "studies",
    UNIQUE_KEYS[Level.SERIES]: "series",
    UNIQUE_KEYS[Level.IMAGE]: "instances",
}


def studies(call: Call) -> Response:
    """Studies that match, as DICOM JSON."""
    return _found(call, Level.STUDY)


def series(call: Call) -> Response:
    """Series that match, of all studies or of one, as DICOM JSON."""
    return _found(call, Level.SERIES)


def instances(call: Call) -> Response:
    """Instances that match, of all studies, of one or of a series, as DICOM JSON."""
    return _found(call, Level.IMAGE)


def _found(call: Call, level: Level) -> Response:
    if not any(wish.takes(DICOM_JSON) for wish in wishes_of(call)):
        raise NotAcceptableError(f"answers are {DICOM_JSON}")
    path = {name: uid_in(call, name) for name in call.path}
    asked = search_parameters.parsed(level, path, call.query.multi_items())
    one_more = replace(asked.query, limit=asked.limit + 1)
    found = list(query.matches(call.parts.database, call.actor, one_more))
    root = f"{call.base_url}{ROOT}"
    models = [_written(root, match) for match in found[: asked.limit]]
    if models:
        answer = Response(b"[%b]" % b",".join(models), media_type=DICOM_JSON)
    else:
        answer = no_content()
    if asked.unheeded:
        answer.headers.append("Warning", warning(f"Not matched: {', '.join(asked.unheeded)}"))
    if len(found) > asked.limit:
        more = "There are additional results that can be requested"
        answer.headers.append("Warning", warning(more))
    return answer


@lru_cache(ANSWERS)
def _written(root: str, match: Match) -> bytes:
    return orjson.dumps(_model(root, match), option=orjson.OPT_SORT_KEYS)


def _model(root: str, match: Match) -> Model:
    """An answer without the attributes that have no value."""
    places = (f"/{name}/{match[tag][0]}" for tag, name in RESOURCES.items() if tag in match)
    model: Model = {**SAME_FOR_ALL, RETRIEVE_URL: attribute("UR", [root + "".join(places)])}
    items: dict[int, list[Model]] = {}
    for tag, values in match.items():
        keyword, vr, sequence = DESCRIBED[tag]
        if not sequence:
            if values:
                model[keyword] = attribute(vr, values)
            continue
        of_sequence = items.setdefault(sequence, [{} for _ in values])
        for item, value in zip(of_sequence, values, strict=True):
            if value:
                item[keyword] = attribute(vr, (value,))
    model.update({key(tag): {"vr": "SQ", "Value": each} for tag, each in items.items() if each})
    return model

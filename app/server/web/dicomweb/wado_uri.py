"""WADO-URI (PS3.18 9): one object by the parameters of a query, as older viewers ask."""

from starlette.responses import Response

from app.dicom.header import read_object
from app.domain.errors import InvalidError, NotFoundError
from app.domain.image import PixelFormat
from app.server.core import retrieve
from app.server.core.retrieve import Scope, StoredObject
from app.server.web.dicomweb.accept import NotAcceptableError, Wish, wishes
from app.server.web.dicomweb.offers import DICOM, object_syntax
from app.server.web.dicomweb.rendered import picture_answer, picture_type, rendering_of
from app.server.web.dicomweb.wado import single
from app.server.web.routing import Call

UIDS = ("studyUID", "seriesUID", "objectUID")
PARAMETERS = {
    "requestType": "WADO",
    **dict.fromkeys(UIDS, "one UID; all three are needed"),
    "contentType": "media types of an object or picture, by default JPEG for images, else the "
    "object",
    "transferSyntax": "that of the object, by default Explicit VR Little Endian",
    "frameNumber": "the frame of a picture, by default the middle one",
    "rows": "pixels of the picture",
    "columns": "pixels of the picture",
    "region": "left, top, right and bottom, as parts of the image's sides",
    "windowCenter": "in modality units, with windowWidth",
    "windowWidth": "in modality units, with windowCenter",
    "imageQuality": "1 to 100, of JPEG",
    "anonymize": "refused",
}
"""What is heeded of a query; other parameters are passed over (PS3.18 9.1.2)."""


def by_uri(call: Call) -> Response:
    """An object as a Part 10 file, or a picture of it (JPEG, PNG)."""
    query = call.query
    if query.get("requestType") != "WADO" or not all(query.get(name) for name in UIDS):
        raise InvalidError(f"requestType=WADO and {', '.join(UIDS)} are needed")
    if query.get("anonymize"):
        raise InvalidError("anonymize is not offered")
    study, series, instance = ((query[name],) for name in UIDS)
    found = retrieve.objects_of(call.parts.database, call.actor, Scope(study, series, instance))
    if not found:
        raise NotFoundError("no such object")
    form = _format(call, found[0])
    default = "image/jpeg" if form else DICOM
    wished = wishes(query.get("contentType") or default)
    if any(wish.takes(DICOM) for wish in wished):
        wish = Wish(DICOM, transfer_syntax_uid=query.get("transferSyntax", ""))
        return single(call, found[0], object_syntax(found[0].transfer_syntax_uid, [wish]))
    if form is None:
        raise NotAcceptableError("the object has no pixels")
    frame = call.number("frameNumber", 0) or None
    rendering = rendering_of(_as_rendered(call, form), picture_type(wished))
    return picture_answer(call, found[0], frame, rendering)


def _format(call: Call, stored: StoredObject) -> PixelFormat | None:
    with retrieve.read(call.parts.objects, stored) as file:
        image = read_object(file).image
    return image.format if image else None


def _as_rendered(call: Call, form: PixelFormat) -> dict[str, str]:
    """The parameters of a rendered resource that mean the same."""
    query, found = call.query, {}
    if "imageQuality" in query:
        found["quality"] = query["imageQuality"]
    if "windowCenter" in query or "windowWidth" in query:
        found["window"] = f"{query.get('windowCenter', '')},{query.get('windowWidth', '')}"
    left, top, right, bottom = _region(query.get("region", "0,0,1,1"))
    width, height = (right - left) * form.columns, (bottom - top) * form.rows
    if {"rows", "columns", "region"} & query.keys():
        rows, columns = call.number("rows", 0), call.number("columns", 0)
        if not rows and not columns:
            rows, columns = round(height), round(width)
        box = f"{columns or round(rows * width / height)},{rows or round(columns * height / width)}"
        part = (left * form.columns, top * form.rows, width, height)
        found["viewport"] = ",".join((box, *(f"{each:.3f}" for each in part)))
    return found


def _region(text: str) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) as parts of the image's sides."""
    try:
        left, top, right, bottom = map(float, text.split(","))
    except ValueError as error:
        raise InvalidError("region") from error
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InvalidError("region")
    return left, top, right, bottom

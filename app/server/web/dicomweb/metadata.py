"""WADO-RS (PS3.18 10.4.1.1.5 and 10.4.1.1.6): objects without their pixels, and large values."""

import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from io import RawIOBase

import orjson
from starlette.responses import Response

from app.dicom import part10
from app.dicom.dicom_json import Path as AttributePath
from app.dicom.dicom_json import attribute, to_json
from app.dicom.elements import PIXELS, DataSet, Element
from app.dicom.header import read_object
from app.dicom.reading import Reading
from app.dicom.recoding import turned
from app.dicom.sameness import WORDS
from app.domain.errors import NotFoundError
from app.server.core import retrieve
from app.server.core.retrieve import StoredObject
from app.server.web.compression import encoded
from app.server.web.dicomweb.accept import NotAcceptableError
from app.server.web.dicomweb.multipart import Part, Writer
from app.server.web.dicomweb.offers import OCTETS, frame_form
from app.server.web.dicomweb.resources import (
    completeness,
    etag,
    instance_url,
    objects_named,
    wishes_of,
)
from app.server.web.dicomweb.wado import frames_answer
from app.server.web.ranges import Content, content_answer, is_unchanged, not_modified
from app.server.web.routing import Call
from app.server.web.streams import PIECE, gathered, pieces_answer

DICOM_JSON = "application/dicom+json"
AVAILABLE_TRANSFER_SYNTAX = "00083002"


def metadata(call: Call) -> Response:
    """Every attribute of the objects as DICOM JSON; large values have an address instead."""
    if not any(wish.takes(DICOM_JSON) for wish in wishes_of(call)):
        raise NotAcceptableError(f"metadata are {DICOM_JSON}")
    named = objects_named(call)
    found = retrieve.whole(call.parts.objects, named)
    readings = (f"{each.character_set}={each.chosen_character_set}" for each in found)
    tag = f"W/{etag(found, call.base_url, *readings)}"
    if is_unchanged(call.headers, tag):
        return not_modified(tag)
    models = call.parts.metadata.pieces(tag, lambda: gathered(_json_array(_models(call, found))))
    first = next(models)  # the only object, or one of the first, may be none any more
    status, said = completeness(len(found), len(named))
    said["ETag"] = tag
    if len(first) < PIECE:  # nothing comes after it
        body = b"".join((first, *models))
        return Response(body, status, {"Content-Type": DICOM_JSON, **said})
    pieces, coding = encoded(itertools.chain((first,), models), call.headers)
    return pieces_answer(pieces, DICOM_JSON, status=status, headers={**said, **coding})


def bulk(call: Call) -> Response:
    """A value by its address in the metadata; compressed pixels come as their frames."""
    (stored,) = objects_named(call)
    opened = partial(retrieve.opened, call.parts.objects, stored)
    address = call.path["bulk"]
    with retrieve.read(call.parts.objects, stored) as file, part10.opened(file) as buffer:
        data_set, tag = _followed(part10.data_set(buffer), address)
        value = data_set.elements[tag]
        if tag in PIXELS and value.items >= 0:
            return _all_frames(call, stored, file)
        if data_set.buffer is buffer and data_set.encoding.little_endian:
            content = Content(opened, value.length, value.start)
        else:  # inflated, or big endian
            content = Content.of(_little_endian(data_set, tag, value))
    wish = next((wish for wish in wishes_of(call) if wish.takes(OCTETS)), None)
    if wish is None:
        raise NotAcceptableError(f"values are {OCTETS}")
    if not wish.is_multipart:
        return content_answer(call.headers, content, OCTETS, etag([stored], address))
    writer = Writer(OCTETS)
    url = f"{instance_url(call, stored)}/bulkdata/{address}"
    part = Part(OCTETS, content.pieces(0, content.size), url)
    length = writer.length([part], [content.size])
    return pieces_answer(writer.pieces([part]), writer.content_type, length=length)


def _json_array(models: Iterable[bytes]) -> Iterator[bytes]:
    before = b"["
    for model in models:
        yield before + model
        before = b","
    yield b"]"


def _models(call: Call, found: Iterable[StoredObject]) -> Iterator[bytes]:
    for stored in found:
        with retrieve.read(call.parts.objects, stored) as file, part10.opened(file) as buffer:
            root = f"{instance_url(call, stored)}/bulkdata"

            def address(path: AttributePath, _element: Element, root: str = root) -> str:
                return f"{root}/{_written(path)}"

            reading = Reading.of(stored.character_set, stored.chosen_character_set)
            model = to_json(part10.data_set(buffer), address, reading)
        model[AVAILABLE_TRANSFER_SYNTAX] = attribute("UI", [stored.transfer_syntax_uid])
        yield orjson.dumps(model, option=orjson.OPT_SORT_KEYS)


def _written(path: AttributePath) -> str:
    """Tags and, between them, the numbers of items from 0 on."""
    return "/".join(str(each) if index % 2 else f"{each:08X}" for index, each in enumerate(path))


def _followed(data_set: DataSet, address: str) -> tuple[DataSet, int]:
    """(the data set or item, the tag) that `address` leads to. Raises NotFoundError."""
    try:
        *before, tag = (
            int(each, 10 if index % 2 else 16) for index, each in enumerate(address.split("/"))
        )
        for sequence, place in zip(before[::2], before[1::2], strict=True):
            data_set = data_set.items(sequence)[place]
    except (ValueError, IndexError) as error:
        raise NotFoundError("no such value") from error
    if tag not in data_set:
        raise NotFoundError("no such value")
    return data_set, tag


def _little_endian(data_set: DataSet, tag: int, value: Element) -> bytes:
    raw = data_set.raw(tag, value.length)
    return raw if data_set.encoding.little_endian else turned(raw, WORDS.get(value.vr, 1))


def _all_frames(call: Call, stored: StoredObject, file: RawIOBase) -> Response:
    form = frame_form(stored.transfer_syntax_uid, wishes_of(call))
    image = read_object(file).image
    numbers = range(1, image.format.frames + 1 if image else 1)
    return frames_answer(call, stored, numbers, form)

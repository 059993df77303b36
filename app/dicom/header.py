"""One DICOM object's header as domain values: read once, trusted afterwards."""

import re
from dataclasses import dataclass

from app.dicom import elements, group_lengths, image_header, part10
from app.dicom.elements import Budget
from app.dicom.image_header import PIXEL_DATA, PixelLocation
from app.dicom.reading import AS_DECLARED, Reading
from app.dicom.values import Values
from app.domain.image import Image
from app.domain.ingest import Particulars, RefusalReason, RefusedObjectError
from app.domain.study import SeriesSummary, StudySummary

MAX_SIZE = 4 * 1024**3
MAX_CODE = 256
"""Characters of an identifier that count; legal ones have 64 (PS3.5 6.2)."""
MAX_UID = 64
MAX_REQUESTS = 16
"""Items of RequestAttributesSequence that count."""
DIRECTORY_SOP_CLASS = "1.2.840.10008.1.3.10"
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class ParsedObject:
    """What the archive keeps of one object's header.

    The stored form of the object is `head` (empty preamble, and meta information that agrees with
    the object) followed by its bytes from `data_start` on. `pixel_offset` counts from the start of
    that form; it is -1 unless PixelData is native and little endian, not deflated, of one sample,
    and its stored values can be used as they lie there.
    """

    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    study_uid: str
    series_uid: str
    instance_number: int | None
    study: StudySummary
    issuer_of_patient_id: str
    series: SeriesSummary
    particulars: Particulars
    image: Image | None
    pixel_offset: int
    pixel_length: int
    head: bytes
    data_start: int
    has_wrong_group_lengths: bool = False


def read_object(
    data: part10.Source, *, max_size: int = MAX_SIZE, reading: Reading = AS_DECLARED
) -> ParsedObject:
    """Read the header of the object in `data`; values of pixels are not looked at.

    `reading` decodes its texts.

    Raises RefusedObjectError when the object can't be kept; takes bounded time and memory.
    """
    with part10.opened(data) as buffer:
        if len(buffer) > max_size:
            raise RefusedObjectError(RefusalReason.TOO_LARGE, f"{len(buffer)} bytes")
        body = part10.body(buffer, max_inflated=min(max_size, part10.MAX_INFLATED))
        found = elements.scan(body.buffer, body.start, len(body.buffer), body.encoding, Budget())
        return parsed(body, Values.of(found, reading))


def claimed_identity(data: part10.Source) -> tuple[str, str]:
    """The SOP class and instance UID that a refused object gives; empty where it can't be read."""
    try:
        with part10.opened(data) as buffer:
            values = Values.of(part10.data_set(buffer))
            return values.code(0x00080016)[:MAX_UID], values.code(0x00080018)[:MAX_UID]
    except RefusedObjectError:
        return "", ""


def parsed(body: part10.Body, values: Values) -> ParsedObject:
    """What the archive keeps of the header of the object in `body`. Raises RefusedObjectError."""
    sop_class_uid = values.code(0x00080016)
    if sop_class_uid == DIRECTORY_SOP_CLASS or 0x00041220 in values.elements:
        raise RefusedObjectError(RefusalReason.DIRECTORY)
    sop_instance_uid = values.code(0x00080018)
    study_uid, series_uid = values.code(0x0020000D), values.code(0x0020000E)
    _check_identity(sop_class_uid, sop_instance_uid, study_uid, series_uid)
    syntax = _effective_syntax(body, values)
    head = part10.stored_head(syntax, sop_class_uid, sop_instance_uid)
    image = image_header.image(values, syntax, sop_class_uid, sop_instance_uid)
    location = PixelLocation.of(values, image.format) if image else PixelLocation()
    shift = len(head) - body.file_start
    return ParsedObject(
        sop_instance_uid=sop_instance_uid,
        sop_class_uid=sop_class_uid,
        transfer_syntax_uid=syntax,
        study_uid=study_uid,
        series_uid=series_uid,
        instance_number=values.number(0x00200013),
        study=_study(values),
        issuer_of_patient_id=values.text(0x00100021)[:MAX_CODE],
        series=_series(values),
        particulars=_particulars(values),
        image=image,
        pixel_offset=location.offset + shift if location.is_direct else -1,
        pixel_length=location.length if location.is_direct else 0,
        head=head,
        data_start=body.file_start,
        has_wrong_group_lengths=group_lengths.are_wrong(values.elements),
    )


def _check_identity(sop_class_uid: str, *instance_uids: str) -> None:
    if not sop_class_uid:
        raise RefusedObjectError(RefusalReason.NO_SOP_CLASS)
    if not all(instance_uids):
        raise RefusedObjectError(RefusalReason.MISSING_UID)
    for uid in (sop_class_uid, *instance_uids):
        if len(uid) > MAX_UID or not _UID.fullmatch(uid):
            raise RefusedObjectError(RefusalReason.BAD_UID)


def _effective_syntax(body: part10.Body, values: Values) -> str:
    """The transfer syntax the pixels are really in: encapsulated ones have undefined length."""
    pixels = values.elements.elements.get(PIXEL_DATA)
    syntax = body.transfer_syntax_uid
    if pixels is None:
        return syntax
    if syntax in part10.NATIVE:
        if pixels.items >= 0:
            raise RefusedObjectError(RefusalReason.TRANSFER_SYNTAX, "native yet in fragments")
        return syntax
    return syntax if pixels.items >= 0 else part10.native_syntax(body.encoding)


def _study(values: Values) -> StudySummary:
    modality = values.code(0x00080060)
    return StudySummary(
        study_uid=values.code(0x0020000D),
        patient_name=values.name(0x00100010),
        patient_id=values.text(0x00100020)[:MAX_CODE],
        birth_date=values.date(0x00100030),
        sex=values.code(0x00100040)[:16],
        study_date=values.date(0x00080020),
        study_time=values.time(0x00080030),
        accession_number=values.text(0x00080050)[:MAX_CODE],
        description=values.text(0x00081030),
        modalities=(modality[:16],) if modality else (),
        referring_physician=values.name(0x00080090),
        institution=values.text(0x00080080),
        character_set=values.reading.chosen,
    )


def _series(values: Values) -> SeriesSummary:
    return SeriesSummary(
        series_uid=values.code(0x0020000E),
        study_uid=values.code(0x0020000D),
        number=values.number(0x00200011),
        modality=values.code(0x00080060)[:16],
        description=values.text(0x0008103E) or values.text(0x00181030),
        body_part=values.code(0x00180015)[:64],
        laterality=(values.code(0x00200060) or values.code(0x00200062))[:16],
        frame_of_reference_uid=values.code(0x00200052)[:64],
    )


def _particulars(values: Values) -> Particulars:
    requests = values.items(0x00400275)[:MAX_REQUESTS] if 0x00400275 in values.elements else ()
    return Particulars(
        dicom_study_id=values.text(0x00200010)[:MAX_CODE],
        series_date=values.date(0x00080021),
        series_time=values.time(0x00080031),
        station_name=values.text(0x00081010)[:MAX_CODE],
        protocol_name=values.text(0x00181030)[:MAX_CODE],
        manufacturer=values.text(0x00080070)[:MAX_CODE],
        model_name=values.text(0x00081090)[:MAX_CODE],
        performed_date=values.date(0x00400244),
        performed_time=values.time(0x00400245),
        requests=tuple(
            (item.text(0x00400009)[:MAX_CODE], item.text(0x00401001)[:MAX_CODE])
            for item in requests
        ),
        content_date=values.date(0x00080023),
        content_time=values.time(0x00080033),
        frame_count=values.number(0x00280008),
        rows=_first(values.integers(0x00280010)),
        columns=_first(values.integers(0x00280011)),
        bits_allocated=_first(values.integers(0x00280100)),
    )


def _first(numbers: tuple[int, ...]) -> int | None:
    """The first number, if it is one of 16 bits as these attributes are."""
    return numbers[0] if numbers and numbers[0] < 1 << 16 else None

"""Modality Worklist Information Model - FIND as SCP (PS3.4 K)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time

from pydicom import Dataset

from app.dicom import keys
from app.dicom.scheduled import scheduled
from app.domain.errors import ForbiddenError, InvalidError
from app.domain.matching import Condition, Days, Texts, Times
from app.domain.nodes import Caller
from app.server.core.orders import Narrowing, on_worklist
from app.server.dimse import identifier
from app.server.dimse.commands import CommandField
from app.server.dimse.information_model import FIND_FEATURES, Feature
from app.server.dimse.service import Answer, Channel, NodeParts, Request, Service
from app.server.dimse.status import Status

MODALITY_WORKLIST = "1.2.840.10008.5.1.4.31"
STEPS = 0x00400100
STATION_AE_TITLE = 0x00400001
START_DATE = 0x00400002
START_TIME = 0x00400003
MODALITY = 0x00080060
ACCESSION_NUMBER = 0x00080050
PATIENT_ID = 0x00100020
STUDY_UID = 0x0020000D


def _find(parts: NodeParts, request: Request, _channel: Channel) -> Iterator[Answer]:
    if not request.caller.may_query:
        raise ForbiddenError("may not query")
    syntax = request.context.transfer_syntax_uid
    is_fuzzy = Feature.FUZZY_NAMES.is_agreed(request.context)
    try:
        given = identifier.decode(request.data, syntax, request.caller.character_set)
        asked, narrowing = _understood(given)
        station = _station(asked, request.caller)
        charset = keys.character_set(asked) or request.caller.character_set
        for order in on_worklist(parts.database, request.caller.actor, narrowing):
            ds = scheduled(order, station)
            if keys.matches(asked, ds, is_fuzzy=is_fuzzy):
                has_all = not keys.unsupported(asked, ds)
                status = Status.PENDING if has_all else Status.PENDING_OPTIONAL_KEYS_UNSUPPORTED
                told = keys.answered(asked, ds, is_fuzzy=is_fuzzy)
                yield Answer(status, identifier.encode(told, syntax, charset))
    except InvalidError as error:
        yield Answer(Status.DATA_SET_MISMATCH, comment=error.detail)
        return
    yield Answer()


SERVICES = (Service(MODALITY_WORKLIST, CommandField.C_FIND, _find, FIND_FEATURES),)
"""Its extended negotiation is that of C-FIND (PS3.4 K.5.1): days and times are always one range."""


def _understood(asked: Dataset) -> tuple[Dataset, Narrowing]:
    """What is to be matched on each answer, and what the database can find by itself.

    A range of dates with a range of times is one range of moments (PS3.4 K.6.1.2.2, table K.6-1).
    """
    step = _asked_step(asked)
    days, times = keys.condition_of(step, START_DATE), keys.condition_of(step, START_TIME)
    narrowing = Narrowing(
        modality=_only(keys.condition_of(step, MODALITY)),
        station_ae_title=_only(keys.condition_of(step, STATION_AE_TITLE)),
        patient_id=_only(keys.condition_of(asked, PATIENT_ID)),
        accession_number=_only(keys.condition_of(asked, ACCESSION_NUMBER)),
        study_uid=_only(keys.condition_of(asked, STUDY_UID)),
    )
    if not isinstance(days, Days) or len(days.spans) != 1:
        return asked, narrowing
    (first, last) = days.spans[0]
    from_time, until_time = time.min, time.max
    if _is_range(step, START_DATE) and _is_range(step, START_TIME) and isinstance(times, Times):
        (from_time, until_time) = (times.spans[0][0] or time.min, times.spans[0][1] or time.max)
        asked = _without_moment(asked)
    narrowing = replace(
        narrowing,
        starts_from=datetime.combine(first, from_time) if first else None,
        starts_until=datetime.combine(last, until_time) if last else None,
    )
    return asked, narrowing


def _asked_step(asked: Dataset) -> Dataset:
    steps = asked.get(STEPS)
    return steps.value[0] if steps is not None and steps.value else Dataset()


def _only(condition: Condition | None) -> str | None:
    """The single value that is asked for, if it is one."""
    if isinstance(condition, Texts) and len(condition.values) == 1 and not condition.patterns:
        return condition.values[0]
    return None


def _is_range(step: Dataset, tag: int) -> bool:
    element = step.get(tag)
    return element is not None and "-" in keys.text_of(element)


def _without_moment(asked: Dataset) -> Dataset:
    """The identifier for any date and time: the database has matched both together."""
    kept, step = Dataset(), Dataset()
    kept.update(asked)
    step.update(_asked_step(asked))
    step.add_new(START_DATE, "DA", "")
    step.add_new(START_TIME, "TM", "")
    kept.add_new(STEPS, "SQ", [step])
    return kept


def _station(asked: Dataset, caller: Caller) -> str:
    """Who does an order without a station: who is asked for, else who asks."""
    return _only(keys.condition_of(_asked_step(asked), STATION_AE_TITLE)) or caller.ae_title

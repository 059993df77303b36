"""Texts that came out wrong, over HTTP."""

from app.domain.calls import ChosenCharacterSet
from app.domain.study import StudySummary
from app.domain.texts import TextReading
from app.server.web.answers import Json, json_answer
from app.server.web.routing import Call
from app.server.web.study_calls import uid_of


def readings(call: Call) -> Json[tuple[TextReading, ...]]:
    """A study's texts in each character set they can be read in, the most plausible first."""
    return json_answer(call.parts.texts.readings(call.actor, uid_of(call)))


def choose(call: Call, chosen: ChosenCharacterSet) -> Json[StudySummary]:
    """Read a study's texts in a character set from now on, or as declared again."""
    return json_answer(call.parts.texts.choose(call.actor, uid_of(call), chosen.character_set))

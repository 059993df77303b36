"""What routing rules match, when they send, and what is no rule."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from app.domain.errors import InvalidError
from app.domain.ingest import SourceKind
from app.domain.routing import RoutingRule, SeriesFacts

RULE = RoutingRule("1", "To the neighbours", ("NEIGHBOUR",))
SERIES = SeriesFacts(
    series_uid="1.2.3",
    study_uid="1.2",
    sources=frozenset({"CT1"}),
    called=frozenset({"KLINIKA_ROUTE"}),
    kinds=frozenset({SourceKind.C_STORE}),
    modality="CT",
    station="CT ROOM [2]",
    description="Грудная клетка 1.0",
    study_description="КТ ОГК",
)


def test_a_rule_without_conditions_matches_everything():
    assert RULE.matches(SERIES)
    assert RULE.matches(SeriesFacts("1.2.4", "1.2"))


@pytest.mark.parametrize(
    ("condition", "is_matched"),
    [
        ({"kinds": (SourceKind.C_STORE, SourceKind.IMPORT)}, True),
        ({"kinds": (SourceKind.REPORT,)}, False),
        ({"sources": ("MR1", "CT1")}, True),
        ({"sources": ("ct1",)}, False),
        ({"called": ("KLINIKA_ROUTE",)}, True),
        ({"called": ("KLINIKA",)}, False),
        ({"modalities": ("MR", "CT")}, True),
        ({"modalities": ("MR",)}, False),
        ({"stations": ("ct room [?]",)}, True),
        ({"stations": ("ct room 2",)}, False),
        ({"descriptions": ("*брюш*", "грудная*")}, True),
        ({"descriptions": ("кт огк",)}, True),
        ({"descriptions": ("грудная",)}, False),
        ({"modalities": ("CT",), "stations": ("MR*",)}, False),
    ],
)
def test_every_condition_that_is_there_must_hold(condition, is_matched):
    assert replace(RULE, **condition).matches(SERIES) is is_matched


def at(hour, minute=0, day=28):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opens", "closes", "now", "begins"),
    [
        (None, None, at(12), at(12)),
        (time(9), time(17), at(8), at(9)),
        (time(9), time(17), at(9), at(9)),
        (time(9), time(17), at(16, 59), at(16, 59)),
        (time(9), time(17), at(17), at(9, day=29)),
        (time(22), time(6), at(12), at(22)),
        (time(22), time(6), at(23), at(23)),
        (time(22), time(6), at(5), at(5)),
        (time(22), time(6), at(6), at(22)),
    ],
)
def test_sending_begins_in_the_rules_hours(opens, closes, now, begins):
    assert replace(RULE, opens=opens, closes=closes).next_opening(now) == begins


FRI, SAT, SUN = 5, 6, 7
"""The 28th is a Saturday."""


@pytest.mark.parametrize(
    ("weekdays", "opens", "closes", "now", "begins"),
    [
        ((SAT, SUN), None, None, at(12), at(12)),
        ((SUN,), None, None, at(12), at(0, day=29)),
        ((FRI,), time(9), time(17), at(12, day=24), at(9, day=27)),
        ((SAT,), time(9), time(17), at(17), datetime(2026, 12, 5, 9, tzinfo=UTC)),
        ((FRI,), time(22), time(6), at(5, 59), at(5, 59)),
        ((SAT,), time(22), time(6), at(5, 59), at(22)),
    ],
)
def test_hours_begin_on_the_rules_days_and_may_last_past_midnight(
    weekdays, opens, closes, now, begins
):
    rule = replace(RULE, weekdays=weekdays, opens=opens, closes=closes)
    assert rule.next_opening(now) == begins


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 201}),
        ("destinations", {"destinations": ()}),
        ("destinations", {"destinations": ("..",)}),
        ("destinations", {"destinations": ("A",) * 65}),
        ("stations", {"stations": ("",)}),
        ("descriptions", {"descriptions": ("x" * 201,)}),
        ("called", {"called": ("",)}),
        ("weekdays", {"weekdays": (0,)}),
        ("weekdays", {"weekdays": (1,) * 8}),
        ("closes", {"opens": time(9)}),
        ("closes", {"opens": time(9), "closes": time(9)}),
    ],
)
def test_what_is_no_rule_is_said_by_field(field, changes):
    RULE.check()
    with pytest.raises(InvalidError, match=field):
        replace(RULE, **changes).check()

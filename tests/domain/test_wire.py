"""Domain values keep everything on their way through JSON."""

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access import Account, Actor, Permission, Role
from app.domain.calls import NewAccount
from app.domain.changes import Change, ChangeKind
from app.domain.errors import InvalidError
from app.domain.image import SeriesManifest
from app.domain.ingest import StoreResult
from app.domain.report import Heading, Report, ReportContent
from app.domain.study import Study, StudySummary, WorklistPage, WorklistQuery
from app.domain.wire import from_plain, to_plain

VALUES = (
    Account,
    Actor,
    Change,
    Report,
    SeriesManifest,
    StoreResult,
    Study,
    WorklistPage,
    WorklistQuery,
)

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


@pytest.mark.parametrize("cls", VALUES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_value_comes_back_from_json_as_it_was(cls, data):
    value = data.draw(st.from_type(cls))
    assert from_plain(cls, json.loads(json.dumps(to_plain(value)))) == value


@pytest.mark.parametrize("cls", VALUES)
@settings(max_examples=20, deadline=None)
@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_anything_else_is_refused_as_invalid(cls, data):
    with contextlib.suppress(InvalidError):
        assert isinstance(from_plain(cls, data), cls)


def test_the_plain_form_is_what_one_would_write_by_hand():
    study = StudySummary(
        study_uid="1.2",
        modalities=("CT", "PT"),
        birth_date=date(1960, 5, 4),
        study_time=time(8, 30),
        received_at=datetime(2026, 11, 24, tzinfo=UTC),
    )
    plain = to_plain(study)
    assert plain["modalities"] == ["CT", "PT"]
    assert plain["birth_date"] == "1960-05-04"
    assert plain["study_time"] == "08:30:00"
    assert plain["received_at"] == "2026-11-24T00:00:00+00:00"
    assert plain["report_state"] is None
    assert to_plain(ReportContent("ru", sections={Heading.FINDINGS: "x"}))["sections"] == {
        "findings": "x"
    }
    assert to_plain(frozenset({Permission.STUDY_READ, Permission.AUDIT_READ})) == [
        "audit:read",
        "study:read",
    ]


def test_an_unknown_field_is_passed_over_and_an_absent_one_has_its_default():
    assert from_plain(WorklistQuery, {"text": "x", "newer": 1}) == WorklistQuery("x")


@pytest.mark.parametrize(
    ("cls", "data", "detail"),
    [
        (WorklistQuery, {"limit": True}, "WorklistQuery.limit: not int"),
        (WorklistQuery, [], "not an object"),
        (Account, {"username": "a"}, "Account.full_name: missing"),
        (
            NewAccount,
            {"username": "a", "full_name": "b", "role": "king"},
            "NewAccount.role: impossible value",
        ),
        (
            NewAccount,
            {"username": "a", "full_name": "b", "role": []},
            "NewAccount.role: wrong type",
        ),
        (Study, {"summary": {}}, "Study.summary: StudySummary.study_uid: missing"),
        (Change, {"number": 1.5}, "Change.number: not int"),
        (
            Study,
            {"summary": {"study_uid": "1", "birth_date": "1"}},
            "Study.summary: StudySummary.birth_date: impossible value",
        ),
        (
            StudySummary,
            {"study_uid": "1", "modalities": "CT"},
            "StudySummary.modalities: not a list",
        ),
        (tuple[float, float], [1.0], "not 2 items"),
        (tuple[float, float], [1.0, "x"], "not float"),
    ],
)
def test_a_refusal_names_the_field_and_not_its_value(cls, data, detail):
    with pytest.raises(InvalidError) as refusal:
        from_plain(cls, data)
    assert refusal.value.detail == detail


@pytest.mark.parametrize("annotation", [int | str, object, "Study", list[bytes]])
def test_a_type_without_plain_form_is_refused(annotation):
    with pytest.raises(InvalidError):
        from_plain(annotation, {})


def test_a_value_without_plain_form_is_refused():
    with pytest.raises(InvalidError):
        to_plain(object())


@dataclass(frozen=True)
class Sets:
    roles: frozenset[Role]
    names: list[str]


def test_sets_and_lists_keep_their_kind():
    value = Sets(frozenset(Role), ["a", "b"])
    assert from_plain(Sets, to_plain(value)) == value
    assert to_plain(ChangeKind.STUDY_STORED) == "study-stored"

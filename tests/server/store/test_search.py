"""Ranks order studies, and words are what people type."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.store.search import MAX_WORD, query_words, rank, words

ARRIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = st.dates(date(1800, 1, 1), date(2800, 1, 1))
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


@given(st.integers(1, 1 << 28), st.integers(1, 1 << 28), DAYS, TIMES, DAYS, TIMES)
def test_a_later_study_has_a_greater_rank(first, second, day, at, other_day, other_at):
    earlier, later = sorted([(day, at), (other_day, other_at)])
    if earlier != later:
        assert rank(first, *earlier, ARRIVED) < rank(second, *later, ARRIVED)


@given(st.dates() | st.none(), st.times() | st.none(), st.integers(1))
def test_every_rank_fits_the_database(day, at, number):
    assert 0 <= rank(number, day, at, ARRIVED) < 1 << 63


def test_two_studies_of_one_second_have_different_ranks():
    assert rank(1, date(2026, 1, 1), time(8), ARRIVED) != rank(2, date(2026, 1, 1), None, ARRIVED)
    assert len({rank(each, None, None, ARRIVED) for each in range(100)}) == 100


@given(st.text())
def test_what_is_typed_as_it_stands_begins_one_of_the_words(text):
    made = words([text], None).split(" ")
    for word in query_words(text):
        assert any(each.startswith(word) for each in made)
        assert len(word) <= MAX_WORD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ёлкин^Пётр=Yolkin", "елкин петр yolkin"),
        ("A-12/3", "a-12/3 a 12 3"),
        ("  two\t\n words ", "two words"),
        ("е\u0308лка", "елка"),
        ("Müller^Zoë", "muller zoe"),
        ("Łuczak Søren Straße", "luczak soren strasse"),
        ("йод", "йод"),
        ("", ""),
    ],
)
def test_words_are_folded_and_taken_apart(text, expected):
    assert words([text], None) == expected


def test_a_date_is_found_as_it_is_written_in_each_language():
    made = words([], date(2026, 11, 4)).split(" ")
    assert {"2026-11-04", "04.11.2026", "11/04/2026", "04/11/2026", "20261104", "2026"} <= set(made)
    assert {"4.11.2026", "11/4/2026", "4/11/2026", "4nov2026"} <= set(made)


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("4 Nov 2026", "4nov2026"),
        ("04 november 2026", "4nov2026"),
        ("ivanov 4 nov 20", "ivanov 4nov20"),
        ("4 nov", "4nov"),
        ("17 novak", "17 novak"),
        ("may 17", "may 17"),
        ("A4 nov", "a4 nov"),
    ],
)
def test_a_typed_date_with_the_months_name_is_one_word(typed, looked_for):
    assert " ".join(query_words(typed)) == looked_for

"""Answers are made once while they are asked for, and never fill the memory."""

import random

import pytest

from app.server.web.kept import KeptAnswers


class Maker:
    """Makes an answer and counts how often."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.count = 0

    def __call__(self):
        self.count += 1
        yield from self._pieces


def taken(kept, key, make):
    return b"".join(kept.pieces(key, make))


def test_an_answer_is_made_once():
    kept, make = KeptAnswers(), Maker(b"[1", b",2]")
    assert [taken(kept, "a", make) for _ in range(3)] == [b"[1,2]"] * 3
    assert make.count == 1


def test_each_key_has_its_own_answer():
    kept = KeptAnswers()
    assert taken(kept, "a", Maker(b"1")) == b"1"
    assert taken(kept, "b", Maker(b"2")) == b"2"
    assert taken(kept, "a", Maker(b"3")) == b"1"


def test_an_answer_that_was_not_taken_to_its_end_is_made_again():
    kept, make = KeptAnswers(), Maker(bytes(1_000_000), b"end")
    given_up = kept.pieces("a", make)
    next(given_up)
    given_up.close()
    assert taken(kept, "a", make).endswith(b"end")
    assert make.count == 2


def test_an_answer_that_fails_is_not_kept():
    def fail():
        yield b"1"
        raise OSError

    kept = KeptAnswers()
    with pytest.raises(OSError):  # noqa: PT011 - the one that is raised above
        taken(kept, "a", fail)
    assert taken(kept, "a", Maker(b"2")) == b"2"


def test_two_who_ask_at_once_keep_one():
    kept, make = KeptAnswers(), Maker(b"1")
    one, other = kept.pieces("a", make), kept.pieces("a", make)
    assert b"".join(one) == b"".join(other) == b"1"
    assert (taken(kept, "a", make), make.count) == (b"1", 2)


def test_what_was_asked_for_last_stays():
    noise = random.Random(7)
    makers = {key: Maker(noise.randbytes(400)) for key in "abc"}
    kept = KeptAnswers(most=1000)
    for key in "abaca":
        taken(kept, key, makers[key])
    assert {key: make.count for key, make in makers.items()} == {"a": 1, "b": 1, "c": 1}
    taken(kept, "b", makers["b"])
    assert makers["b"].count == 2


def test_a_large_answer_is_not_kept():
    make = Maker(*(random.Random(7).randbytes(70_000) for _ in range(3)))
    kept = KeptAnswers(most_of_one=100_000)
    assert len(taken(kept, "a", make)) == 210_000
    assert len(taken(kept, "a", make)) == 210_000
    assert make.count == 2

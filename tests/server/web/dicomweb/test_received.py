"""Parts while they arrive: they are counted, and nobody else has to wait for them."""

import asyncio

import pytest

from app.domain.errors import InvalidError
from app.server.web.dicomweb.multipart import Begin, Data
from app.server.web.dicomweb.received import EVENTS_AT_ONCE, SLICE, in_parts

EMPTY = b"\r\n--b\r\n\r\n"


def read(body, most=100_000):
    """(how many events `body` brings in one piece, how often another task had its turn)."""
    turns = 0

    async def another():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def piece():
        yield body

    async def consumed():
        other = asyncio.create_task(another())
        events = [event async for event in in_parts(piece(), "b", most)]
        other.cancel()
        return events

    return asyncio.run(consumed()), turns


def test_parts_come_whole_whatever_the_slices():
    values = [bytes([number]) * (SLICE + number) for number in range(5)]
    body = b"".join(b"--b\r\n\r\n" + value + b"\r\n" for value in values) + b"--b--"
    events, _ = read(body)
    assert sum(isinstance(each, Begin) for each in events) == 5
    assert b"".join(each.data for each in events if isinstance(each, Data)) == b"".join(values)


def test_others_have_their_turns_while_a_body_of_many_parts_is_read():
    events, turns = read(EMPTY * 10_000 + b"\r\n--b--")
    assert len(events) == 20_000
    assert turns >= len(events) // EVENTS_AT_ONCE // 2


def test_others_have_their_turns_while_nothing_is_found():
    events, turns = read(b"\r\n--bX" * (20 * SLICE // 6) + b"\r\n--b--")
    assert (events, turns >= 20) == ([], True)


@pytest.mark.parametrize(("count", "is_taken"), [(7, True), (8, False)])
def test_more_parts_than_are_taken_are_refused(count, is_taken):
    body = EMPTY * count + b"\r\n--b--"
    if is_taken:
        read(body, most=7)
        return
    with pytest.raises(InvalidError):
        read(body, most=7)

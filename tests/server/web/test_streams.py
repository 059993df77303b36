"""Answers in pieces: what is made of them, and when."""

import asyncio
import io
from functools import partial
from types import SimpleNamespace

import pytest
from anyio import CapacityLimiter

from app.domain.errors import DamagedError
from app.server.web.answers import object_answer
from app.server.web.routing import Lane
from app.server.web.streams import PIECE, pieces_answer


@pytest.mark.parametrize(("method", "expected"), [("GET", 3), ("HEAD", 0)])
def test_pieces_are_made_for_who_wants_them(method, expected):
    made, sent = [], []

    def pieces():
        for number in range(3):
            made.append(number)
            yield bytes(PIECE)

    async def send(message):
        sent.append(message)

    async def receive():
        await asyncio.Event().wait()

    async def answered():
        lanes = {Lane.STREAMS: CapacityLimiter(1)}
        app = SimpleNamespace(state=SimpleNamespace(lanes=lanes))
        scope = {"type": "http", "method": method, "app": app}
        await pieces_answer(pieces(), "text/plain")(scope, receive, send)

    asyncio.run(answered())
    assert len(made) == expected
    assert sum(len(message.get("body", b"")) for message in sent) == expected * PIECE
    assert sent[0]["status"] == 200
    assert (b"content-type", b"text/plain") in sent[0]["headers"]


def test_an_object_is_handed_out_whole_or_not_at_all():
    opened = partial(io.BytesIO, b"object")
    assert object_answer(opened, 6).body == b"object"
    for size in (5, 7):
        with pytest.raises(DamagedError):
            object_answer(opened, size)

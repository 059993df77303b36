"""A request that a server did not look at is sent again."""

import io

import httpx
import pytest

from app.client import connection
from app.client.connection import TURNS, Connection
from app.domain.errors import Error, TooManyAttemptsError

REFUSED = httpx.Response(
    429,
    json={"code": "too-many-requests", "detail": "too many requests"},
    headers={"Retry-After": "3"},
)


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The seconds that were waited, in no time."""
    waited: list[float] = []
    monkeypatch.setattr(connection.time, "sleep", waited.append)
    return waited


@pytest.fixture
def ask():
    """Sends a request to a server that gives these answers; the bodies it got."""
    opened: list[Connection] = []

    def asked(*answers: httpx.Response, content=None) -> list[bytes]:
        bodies, waiting = [], list(answers)

        def answer(request: httpx.Request) -> httpx.Response:
            bodies.append(request.read())
            return waiting.pop(0)

        each = Connection("http://server.example")
        opened.append(each)
        each._client.close()
        transport = httpx.MockTransport(answer)
        each._client = httpx.Client(transport=transport, base_url="http://server.example")
        each._send("POST", "/", content=content)
        return bodies

    yield asked
    for each in opened:
        each.close()


@pytest.mark.parametrize("content", [b"abc", io.BytesIO(b"abc")])
def test_it_is_sent_again_as_a_whole_when_the_server_says(ask, waits, content):
    assert ask(REFUSED, REFUSED, httpx.Response(200), content=content) == [b"abc"] * 3
    assert waits == [3, 3]


def test_in_the_end_the_server_is_not_there(ask, waits):
    with pytest.raises(Error, match="too many requests"):
        ask(*[REFUSED] * TURNS)


def test_a_delayed_sign_in_is_not_repeated(ask, waits):
    delayed = httpx.Response(429, json={"code": "too-many-attempts"}, headers={"Retry-After": "3"})
    with pytest.raises(TooManyAttemptsError):
        ask(delayed)
    assert waits == []

"""How many connections a server holds, and for how long one is waited for."""

import asyncio
import contextlib

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from app.server.web.connections import SLOWEST, Connection, Limits, _Patience
from tests.conftest import PATIENCE_S


async def _silent_app(scope, receive, send):
    """Answers nothing for /wait, until the client goes."""
    if scope["path"] == "/wait":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


class Site:
    """A server of a few connections, on the running loop."""

    def __init__(self, **limits) -> None:
        config = Config(_silent_app, http="httptools", lifespan="off", log_config=None)
        config.load()
        self.state = ServerState()
        self._limits = Limits(patience_s=30, **limits)
        self._config = config
        self._writers = []

    async def __aenter__(self):
        def made() -> Connection:
            return Connection(self._config, self.state, {}, limits=self._limits)

        self._server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_error):
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._server.close()
        await until(lambda: not self.state.connections and not self.state.tasks)

    async def client(self, path=""):
        """A client that asks for `path`, if any."""
        port = self._server.sockets[0].getsockname()[1]
        before = len(self.state.tasks)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append(writer)
        if path:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            if path == "/wait":
                await until(lambda: len(self.state.tasks) > before)
            else:
                await answered(reader)
        return reader


async def answered(reader) -> None:
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")


async def until(is_met) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_met():
            await asyncio.sleep(0.01)


async def is_closed(reader) -> bool:
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read() == b""
    return True


@pytest.mark.parametrize("limits", [{"per_peer": 2}, {"altogether": 2}])
def test_the_longest_idle_makes_room(limits):
    async def play():
        async with Site(**limits) as site:
            first, second = await site.client("/"), await site.client("/")
            await site.client("/")
            assert await is_closed(first)
            assert not second.at_eof()

    asyncio.run(play())


@pytest.mark.logs("connection-refused")
def test_who_is_answered_stays_and_the_next_is_refused():
    async def play():
        async with Site(per_peer=1) as site:
            waiting = await site.client("/wait")
            assert await is_closed(await site.client())
            assert not waiting.at_eof()

    asyncio.run(play())


def test_a_proxy_holds_as_many_as_there_are():
    async def play():
        async with Site(per_peer=1, proxies=frozenset({"127.0.0.1"})) as site:
            clients = [await site.client("/wait") for _ in range(3)]
            assert not any(each.at_eof() for each in clients)

    asyncio.run(play())


def test_patience_is_longer_with_who_moves_something():
    patience = _Patience(2)
    assert [patience.is_over() for _ in range(3)] == [False, False, True]
    patience.restart()
    assert not patience.is_over()
    for _ in range(100):
        patience.moved += SLOWEST
        assert not patience.is_over()

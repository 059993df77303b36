"""The servers this desktop talks to: its own on one folder, or one of the network."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from app.domain.errors import UnavailableError

if TYPE_CHECKING:
    from app.client.embedded import EmbeddedServer
    from app.client.server import Server


class Servers:
    """Every method may block and be called from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = Lock()
        self._closed = False
        self._embedded: EmbeddedServer | None = None
        self._servers: dict[str, Server] = {}

    def connect(self, address: str) -> "Server":
        """The server at `address`; this computer's own for an empty one, started when need be.

        Raises UnavailableError when it can't be started; one of the network isn't asked yet.
        """
        from app.client.server import Server

        with self._lock:
            if self._closed:
                raise UnavailableError("the program is closing")
            if address not in self._servers:
                self._servers[address] = Server(address) if address else self._start()
            elif not address:
                self._mend(self._servers[address])
            return self._servers[address]

    def use_folder(self, data_dir: Path) -> "Server":
        """This computer's server on another folder; the one on the old folder is left."""
        with self._lock:
            if data_dir != self._data_dir:
                self._leave()
                self._data_dir = data_dir
        return self.connect("")

    def embedded_of(self, server: "Server") -> "EmbeddedServer | None":
        """This computer's own server behind `server`, if it is that."""
        return self._embedded if self._servers.get("") is server else None

    def close(self) -> None:
        """Leave them all; this computer's own ends when no other desktop is there."""
        with self._lock:
            self._closed = True
            for server in self._servers.values():
                server.close()
            self._servers.clear()
            self._leave()

    def _start(self) -> "Server":
        from app.client.embedded import EmbeddedServer
        from app.client.server import Server

        self._embedded = EmbeddedServer.start_or_join(self._data_dir)
        place = f"folder:{self._data_dir.resolve()}"
        return Server(self._embedded.url, self._embedded.secret, place)

    def _mend(self, server: "Server") -> None:
        if self._embedded is not None and not self._embedded.alive():
            self._embedded.restart()
            server.move_to(self._embedded.url, self._embedded.secret)

    def _leave(self) -> None:
        embedded, self._embedded = self._embedded, None
        server = self._servers.pop("", None)
        if server is not None:
            server.close()
        if embedded is not None:
            embedded.close()

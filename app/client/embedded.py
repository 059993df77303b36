"""The server of this computer: started by the first desktop, joined by the others.

It ends when its last desktop is gone, unless it runs as a service, which desktops join too. It
outlives a desktop that crashes for some seconds, so that a restarted one joins it again.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

import httpx

import app
from app.client.connection import SECRET_HEADER, hang_up
from app.client.note import IN_USE_STATUS, Note, read_note
from app.domain.errors import UnavailableError

START_S = 60.0
"""On a slow or busy machine, and after an update, whose first start moves the archive along."""
END_S = 10.0
GOODBYE_S = 3.0
PRESENCE = "/api/embedded/presence"
PRESENCE_SILENCE_S = 10
ASK_AGAIN_S = 0.1
ERROR_LINES = 5

_left_running: list[subprocess.Popen[bytes]] = []
"""Servers that go on for other desktops after the one that started them."""


class EmbeddedServer:
    """A running server of this computer, and this desktop's being there."""

    def __init__(self, data_dir: Path, dicom_port: int | None) -> None:
        self._data_dir = data_dir.absolute()
        self._dicom_port = dicom_port
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._presence, self._note = self._connect()

    @classmethod
    def start_or_join(cls, data_dir: Path, *, dicom_port: int | None = None) -> Self:
        """Join the server that runs on `data_dir`, else start one; blocks up to a minute.

        Raises UnavailableError with the last lines of the server that did not start.
        """
        return cls(data_dir, dicom_port)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._note.url

    @property
    def secret(self) -> str:
        """What proves to share its machine."""
        return self._note.secret

    @property
    def dicom_port(self) -> int:
        """Where scanners reach it."""
        return self._note.dicom_port

    @property
    def pid(self) -> int:
        """Its process."""
        return self._note.pid

    @property
    def owned(self) -> bool:
        """Whether this desktop started it."""
        return self._process is not None

    def alive(self) -> bool:
        """Whether it answers; known at once when it dies."""
        return self._presence.is_there

    def restart(self) -> None:
        """Start or join again after it died; `url` and `secret` may change.

        Raises UnavailableError.
        """
        self._presence.close()
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._presence, self._note = self._connect()

    def close(self) -> None:
        """Leave; the server ends when no other desktop is there, which is waited for a little.

        One that hangs is killed: what it has answered is on the disk.
        """
        if self._is_closed:
            return
        self._is_closed = True
        others = _say_goodbye(self._note)
        self._presence.close()
        if self._process is None:
            return
        if others:
            _left_running.append(self._process)
            return
        for insist in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                insist()
            else:
                return
        self._process.wait()

    def _connect(self) -> tuple["_Presence", Note]:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            joined = _join(self._data_dir)
            if joined:
                return joined
            try:
                start = _Start(self._data_dir, self._dicom_port)
            except OSError as error:
                raise UnavailableError(f"the server did not start: {error}") from error
            if start.is_ready(deadline):
                self._process = start.process
                continue
            if start.process.returncode != IN_USE_STATUS:
                raise UnavailableError(f"the server did not start: {start.last_lines()}")
            time.sleep(ASK_AGAIN_S)
        raise UnavailableError("the server that holds the data directory does not answer")


class _Start:
    """A server process on its way to being ready."""

    def __init__(self, data_dir: Path, dicom_port: int | None) -> None:
        logs = data_dir / "logs"
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs.mkdir(exist_ok=True, mode=0o700)  # parents would not get the mode
        self._errors = logs / "server-errors.txt"
        self._errors.touch(0o600)
        environment = dict(os.environ)
        if dicom_port is not None:
            environment["KLINIKA_DICOM_PORT"] = str(dicom_port)
        command = [sys.executable, "-m", "app", "serve", "--embedded", "--data-dir", str(data_dir)]
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                cwd=Path(app.__file__).parent.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # Ctrl+C in a terminal is for the desktop
            )
        self._line = b""

    def is_ready(self, deadline: float) -> bool:
        """Wait for the ready line or the process's end; after `deadline` the process is ended."""
        reader = threading.Thread(target=self._read_line, name="server-start", daemon=True)
        reader.start()
        reader.join(max(deadline - time.monotonic(), 0))
        if reader.is_alive():
            self.process.kill()
            reader.join()
        if not self._line.endswith(b"\n"):
            self.process.wait()
        return self._line.endswith(b"\n")

    def last_lines(self) -> str:
        """What it last wrote on stderr."""
        lines = self._errors.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-ERROR_LINES:]) or f"exit status {self.process.returncode}"

    def _read_line(self) -> None:
        if self.process.stdout:
            with self.process.stdout as out:
                self._line = out.readline()


class _Presence:
    """An open answer that tells the server that a desktop is there, and us that the server is."""

    def __init__(self, client: httpx.Client, response: httpx.Response) -> None:
        self._client = client
        self._response = response
        self.is_there = True
        self._thread = threading.Thread(target=self._watch, name="server-presence", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Be there no more."""
        hang_up(self._response)
        self._thread.join()

    def _watch(self) -> None:
        with contextlib.suppress(httpx.TransportError, httpx.StreamError):
            for _heartbeat in self._response.iter_raw():
                pass
        self.is_there = False
        self._response.close()
        self._client.close()


def _join(data_dir: Path) -> tuple[_Presence, Note] | None:
    """Be present at the server of `data_dir`; None when none answers."""
    note = read_note(data_dir)
    if note is None:
        return None
    client = _client(note)
    try:
        response = client.send(client.build_request("GET", PRESENCE), stream=True)
    except httpx.TransportError:
        client.close()
        return None
    if response.status_code == httpx.codes.OK:
        return _Presence(client, response), note
    # Another program has the port of a server that died.
    response.close()
    client.close()
    return None


def _say_goodbye(note: Note) -> int:
    """Tell that this desktop leaves for good; answers how many others are there."""
    with _client(note) as client, contextlib.suppress(httpx.TransportError):
        answer = client.delete(PRESENCE, timeout=GOODBYE_S)
        if answer.status_code == httpx.codes.OK:
            return int(answer.json()["others"])
    return 0


def _client(note: Note) -> httpx.Client:
    return httpx.Client(
        base_url=note.url,
        headers={SECRET_HEADER: note.secret},
        timeout=httpx.Timeout(PRESENCE_SILENCE_S, connect=2),
        trust_env=False,
    )

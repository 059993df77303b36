"""A server of somebody else: answers every request as a test tells it to."""

import socket
import threading
from contextlib import suppress


class Foreign:
    """Answers each connection with the next of `answers`, the last one again and again."""

    def __init__(self, *answers: bytes, hold: bool = False) -> None:
        self._answers, self._hold = list(answers), hold
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.asked = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Hang up on everybody."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connected in self._held:
            connected.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                self._held.append(connected)
                self.requests.append(connected.recv(65536))
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                connected.sendall(answer)
                self.asked.set()
                if not self._hold:
                    connected.close()


def an_answer(body: bytes, *, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """An HTTP answer that closes its connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

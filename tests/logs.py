"""Lines of WARNING and above that our program logs: the servers that tests start log to files."""

import json
import time
from pathlib import Path
from typing import Any

LEVELS = ("warning", "error", "critical")


class Log:
    """A processor of structlog that keeps the lines of this process, and reads those in files."""

    def __init__(self) -> None:
        self._lines: list[dict[str, Any]] = []
        self._read: dict[Path, int] = {}

    def __call__(self, _logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
        if method in LEVELS:
            self._lines.append(dict(line))
        return line

    def follow(self, file: Path) -> None:
        """Read also the lines that a server process writes, one JSON object each, to `file`."""
        self._read.setdefault(file, 0)

    def take(self) -> list[dict[str, Any]]:
        """The lines since the last call; those of a file say which."""
        lines, self._lines = self._lines, []
        for file in self._read:
            lines += [{**line, "file": str(file)} for line in self._new(file)]
        return lines

    def expect(self, event: str, within_s: float) -> None:
        """Wait until `event` is logged, and pass over it: for a fixture of several tests."""
        deadline = time.monotonic() + within_s
        lines = self.take()
        while event not in [line["event"] for line in lines]:
            assert time.monotonic() < deadline, f"not in the log: {event}"
            time.sleep(0.05)
            lines += self.take()
        self._lines = [line for line in lines if line["event"] != event]

    def _new(self, file: Path) -> list[dict[str, Any]]:
        if not file.exists():
            return []
        with file.open("rb") as content:
            content.seek(self._read[file])
            written, whole, _rest = content.read().rpartition(b"\n")
        self._read[file] += len(written + whole)
        lines = [json.loads(line) for line in written.splitlines() if line.startswith(b"{")]
        return [line for line in lines if line["level"] in LEVELS]


LOG = Log()
"""That of the running tests."""

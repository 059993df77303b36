"""Chromium without a window, driven through the pipe of its DevTools protocol."""

import base64
import itertools
import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DEADLINE_S = 240.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--window-size=1600,900",
    "--remote-debugging-pipe",
)


class Page:
    """A page of the browser, asked by JavaScript."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests, self._answers = requests, answers
        self._numbers = itertools.count(1)
        self._waiting = b""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    _session = ""

    def open(self, url: str) -> None:
        """Go to `url`."""
        self._call("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives; None while the page has no such thing."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """The value of `expression` when it is true."""
        end = time.monotonic() + DEADLINE_S
        while not (value := self.value(expression)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.2)
        return value

    def wheel(self, x: float, y: float, steps: int) -> None:
        """Turn the mouse wheel over a point."""
        for _ in range(steps):
            self._call(
                "Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=100
            )

    def settle(self) -> None:
        """Wait until the page shows the same for a second."""
        end = time.monotonic() + DEADLINE_S
        before, now = b"", self.picture()
        while before != now:
            assert time.monotonic() < end, "the page never comes to rest"
            time.sleep(1)
            before, now = now, self.picture()

    def picture(self) -> bytes:
        """A PNG of the page."""
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._requests, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            piece = os.read(self._answers, 1 << 16)
            assert piece, "the browser ended"
            self._waiting += piece
        message, _, self._waiting = self._waiting.partition(b"\0")
        return json.loads(message)


@contextmanager
def a_page(chromium: str, profile: Path) -> Iterator[Page]:
    """A page of a fresh browser, which ends with the block."""
    to_browser, requests = os.pipe()
    answers, from_browser = os.pipe()
    command = [chromium, *FLAGS, f"--user-data-dir={profile}"]
    ends = f"exec 3<&{to_browser} 4>&{from_browser}; exec " + shlex.join(command)
    process = subprocess.Popen(
        ["bash", "-c", ends], pass_fds=(to_browser, from_browser), stderr=subprocess.DEVNULL
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Page(requests, answers)
    finally:
        process.terminate()
        process.wait()
        os.close(requests)
        os.close(answers)

"""Steps of the journey: each is timed, checked and written down; screenshots are numbered."""

import time
import traceback
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from app.domain.errors import Error


class StepFailedError(Exception):
    """A check of a step does not hold; the text says which."""


@dataclass(slots=True)
class Step:
    """One step as summary.json shows it; `detail` says what was seen."""

    name: str
    ok: bool = False
    ms: int = 0
    detail: str = ""

    def saw(self, text: str) -> None:
        """Add to the detail."""
        self.detail = f"{self.detail}; {text}" if self.detail else text


@dataclass(slots=True)
class Protocol:
    """What was played, kept in `out`/summary.json after every step."""

    out: Path
    told: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    _pictures: int = 0

    def play(self, name: str, act: Callable[[Step], None], needs: Collection[str] = ()) -> bool:
        """Run one step and answer whether it held; it fails at once when one it `needs` failed."""
        step = Step(name)
        failed = [other.name for other in self.steps if other.name in needs and not other.ok]
        self.steps.append(step)
        started = time.perf_counter()
        if failed:
            step.detail = f"not played, because this failed: {', '.join(failed)}"
        else:
            self._play(step, act)
        step.ms = round((time.perf_counter() - started) * 1000)
        self.write()
        self.told(step)
        return step.ok

    def _play(self, step: Step, act: Callable[[Step], None]) -> None:
        try:
            act(step)
        except Exception as error:  # noqa: BLE001 - a step that fails is written down
            step.saw(_told(error))
            with (self.out / "failures.txt").open("a", encoding="utf-8") as file:
                frames = "".join(traceback.format_tb(error.__traceback__))
                file.write(f"--- {step.name}\n{frames}{_told(error)}\n\n")
        else:
            step.ok = True

    def picture(self, name: str) -> Path:
        """The file of the next numbered screenshot."""
        self._pictures += 1
        return self.out / f"{self._pictures:02d}-{name}.png"

    def write(self) -> None:
        """Write summary.json."""
        self.out.mkdir(parents=True, exist_ok=True)
        data = orjson.dumps(
            {"steps": [asdict(step) for step in self.steps]}, option=orjson.OPT_INDENT_2
        )
        (self.out / "summary.json").write_bytes(data)

    @property
    def holds(self) -> bool:
        """Whether every step held."""
        return bool(self.steps) and all(step.ok for step in self.steps)


def _told(error: Exception) -> str:
    """An exception for summary.json; a foreign one's text may quote a patient's values."""
    ours = isinstance(error, (StepFailedError, Error))
    return f"{type(error).__name__}: {error}" if ours else type(error).__name__


def check(condition: object, text: str) -> None:
    """Raise StepFailedError with `text` unless `condition` holds."""
    if not condition:
        raise StepFailedError(text)


def wait_for(condition: Callable[[], object], text: str, timeout_s: float = 20.0) -> object:
    """The first true answer of `condition`, asked until `timeout_s` is over.

    Raises StepFailedError saying what was waited for. For windows, `hands.wait_for` also lets Qt
    work meanwhile.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise StepFailedError(f"{text}: not within {timeout_s:g} s")
        time.sleep(0.02)

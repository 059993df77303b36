"""Steps of the journey: each is timed, checked and written down; screenshots are numbered."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson
import structlog

log = structlog.get_logger()


class StepFailedError(Exception):
    """A check of a step does not hold; the text says which."""


@dataclass(slots=True)
class Step:
    """One step as summary.json shows it; `detail` says what was seen."""

    name: str
    ok: bool = False
    ms: int = 0
    detail: str = ""


@dataclass(slots=True)
class Protocol:
    """What was played, kept in `out`/summary.json after every step."""

    out: Path
    report: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    _pictures: int = 0

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run one step; when an earlier one failed its body still runs and is judged alone."""
        step = Step(name)
        self.steps.append(step)
        started = time.perf_counter()
        try:
            yield step
            step.ok = True
        except Exception as error:
            step.detail = f"{type(error).__name__}: {error}"
            log.exception("step-failed", step=name)
        finally:
            step.ms = round((time.perf_counter() - started) * 1000)
            self.write()
            self.report(step)

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


def check(condition: object, text: str) -> None:
    """Raise StepFailedError with `text` unless `condition` holds."""
    if not condition:
        raise StepFailedError(text)

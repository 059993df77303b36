"""Rows of measured figures, each beside its limit and what was measured in the same run."""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `peer` does the same work another way, measured in the same run.

    `most` is the largest value that holds, `most_ratio` the largest value / peer_value, and
    `least_ratio` the smallest, where more is better.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    most: float | None = None
    most_ratio: float | None = None
    least_ratio: float | None = None

    @property
    def ratio(self) -> float | None:
        """value / peer_value."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def target(self) -> str:
        """The limits in words."""
        parts = [f"≤ {self.most:g} {self.unit}"] if self.most is not None else []
        if self.most_ratio is not None:
            bound = self.most_ratio
            parts.append(f"≤ {bound:g} × peer" if bound >= 1 else f"≤ 1/{1 / bound:g} of peer")
        if self.least_ratio is not None:
            parts.append(f"≥ {self.least_ratio:g} × peer")
        return ", ".join(parts)

    @property
    def holds(self) -> bool:
        """Whether every limit is kept."""
        if self.most is not None and self.value > self.most:
            return False
        if self.most_ratio is None and self.least_ratio is None:
            return True
        least = 0.0 if self.least_ratio is None else self.least_ratio
        most = math.inf if self.most_ratio is None else self.most_ratio
        return self.ratio is not None and least <= self.ratio <= most

    def as_json(self) -> dict[str, object]:
        """What `--json` writes for this row."""
        shown = asdict(self)
        kept = {key: shown[key] for key in ("name", "value", "unit", "peer", "peer_value")}
        return {**kept, "ratio": self.ratio, "target": self.target, "holds": self.holds}


def median_ms(job: Callable[[], object], runs: int = 15, warm_up: int = 2) -> float:
    """The median duration of `job` in ms."""
    for _ in range(warm_up):
        job()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        job()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def paired_ms(
    ours: Callable[[], object], peer: Callable[[], object], runs: int = 15
) -> tuple[float, float]:
    """Medians of two jobs run in turn, so that a machine whose speed drifts treats both alike."""
    ours(), peer()
    ours_ms, peer_ms = [], []
    for _ in range(runs):
        for job, times in ((ours, ours_ms), (peer, peer_ms)):
            started = time.perf_counter()
            job()
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(ours_ms), statistics.median(peer_ms)


def as_table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| what | measured | peer in the same run | ratio | target | holds |",
        "|---|---:|---|---:|---|---|",
    ]
    for row in rows:
        peer = f"{row.peer}: {_number(row.peer_value)} {row.unit}" if row.peer_value else ""
        ratio = f"{row.ratio:.3g}" if row.ratio is not None else ""
        holds = ("yes" if row.holds else "**no**") if row.target else ""
        lines.append(
            f"| {row.name} | {_number(row.value)} {row.unit} | {peer} | {ratio} "
            f"| {row.target} | {holds} |"
        )
    return "\n".join(lines)


def show(rows: Sequence[Row], file: Path | None) -> None:
    """Print the table; `file` gets the rows as JSON."""
    print(as_table(rows))
    if file:
        data = [row.as_json() for row in rows]
        file.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"

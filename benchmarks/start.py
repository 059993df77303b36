"""From the command to the painted window, on an archive that was set up and filled before."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from app.client.imports import import_paths
from benchmarks.clinic import a_clinic
from benchmarks.samples import Place
from benchmarks.table import Row

RUNS = 5
HOUSE = Path(__file__).resolve().parent.parent
PAINTED = b"Flushing"
"""What Qt logs of a window whose pixels it has painted and hands over."""


def run(place: Place) -> Iterator[Row]:
    """The second start: the sign-in window painted, this computer's server still starting."""
    folder = place.scratch / "start"
    with a_clinic(folder / "archive") as server:
        import_paths(server, [place.chest_ct], lambda _progress: None, lambda: False)
    command = _command()
    _painted(command, folder)
    value = statistics.median(_painted(command, folder) for _ in range(RUNS))
    program = Path(command[0]).name
    yield Row(f"second start by {program}, to the painted window", value, "ms", most=2000)


def _command() -> list[str]:
    """The launcher where it has set up this checkout, else what it ends in."""
    stamp = HOUSE / ".venv" / "klinika.stamp"
    launcher = HOUSE / "klinika"
    is_set_up = stamp.is_file() and any(
        line.startswith("desktop ") for line in stamp.read_text().splitlines()
    )
    if is_set_up and launcher.is_file() and os.name == "posix":
        return [str(launcher), "desktop"]
    return [sys.executable, "-m", "app", "desktop"]


def _painted(command: list[str], folder: Path) -> float:
    """Milliseconds until Qt has painted the first window; then the program is ended."""
    environment = {
        **os.environ,
        "KLINIKA_DICOM_PORT": "0",
        "QT_LOGGING_RULES": "qt.widgets.painting.debug=true",
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(folder / "settings"),
    }
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--data-dir", str(folder / "archive")],
        cwd=HOUSE,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr
        if not any(PAINTED in line for line in process.stderr):
            raise RuntimeError("the program ended without a window")
        milliseconds = (time.perf_counter() - started) * 1000
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
    return milliseconds

"""From the command to the first window, in a fresh process."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.samples import Place
from benchmarks.table import Row

RUNS = 5
SHOW = """
import sys
from pathlib import Path
from app.ui.context import DesktopSettings
from app.ui.desktop import Desktop, make_application

application = make_application()
folder = Path(sys.argv[1])
desktop = Desktop(DesktopSettings.open(folder / "desktop.ini"), folder / "archive")
desktop.start()
application.processEvents()
desktop.window.grab()
print("shown", flush=True)
desktop.close()
"""


def run(place: Place) -> Iterator[Row]:
    """The first window of a desktop that was set up before: painted, its server still starting."""
    folder = place.scratch / "start"
    (folder / "archive").mkdir(parents=True)
    (folder / "archive" / "index.sqlite").touch()
    _shown(folder)
    value = statistics.median(_shown(folder) for _ in range(RUNS))
    yield Row("start to the sign-in window", value, "ms", most=1000)


def _shown(folder: Path) -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    started = time.perf_counter()
    command = [sys.executable, "-c", SHOW, str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"shown\n"
        return (time.perf_counter() - started) * 1000

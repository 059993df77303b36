"""`klinika bench`: measures, beside limits and peers measured in the same run."""

import argparse
import tempfile
from importlib import import_module
from pathlib import Path

NAMES = (
    "start",
    "archive",
    "reading",
    "volumes",
    "worklist",
    "queries",
    "printing",
    "pacs",
    "encryption",
)
"""The modules of `benchmarks/`, in the order they run."""


def run(arguments: argparse.Namespace) -> int:
    """Run one benchmark or all, print the table, write the rows; 2 for an unknown name."""
    from benchmarks.samples import Place
    from benchmarks.table import Row, show

    if arguments.name and arguments.name not in NAMES:
        print(f"No benchmark {arguments.name!r}; there are: {', '.join(NAMES)}")  # noqa: T201 - the command's output
        return 2
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="klinika-bench-") as folder:
        place = Place(Path(folder))
        for name in [arguments.name] if arguments.name else NAMES:
            rows.extend(import_module(f"benchmarks.{name}").run(place))
    show(rows, arguments.json)
    return 0

"""`klinika bench`: measures, beside limits and peers measured in the same run."""

import argparse
import sys
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
    """Run one benchmark or all; show each row as it comes, then the table, and write them.

    2 for an unknown name or part.
    """
    from benchmarks.samples import Place
    from benchmarks.table import Row, show

    if arguments.name and arguments.name not in NAMES:
        print(f"No benchmark {arguments.name!r}; there are: {', '.join(NAMES)}")  # noqa: T201 - the command's output
        return 2
    if arguments.parts:
        known = getattr(import_module(f"benchmarks.{arguments.name}"), "NAMES", ())
        if not set(arguments.parts) <= set(known):
            print(f"The parts of {arguments.name} are: {', '.join(known) or 'none'}")  # noqa: T201 - the command's output
            return 2
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="klinika-bench-") as folder:
        place = Place(Path(folder))
        for name in [arguments.name] if arguments.name else NAMES:
            chosen = (arguments.parts,) if arguments.parts else ()
            for row in import_module(f"benchmarks.{name}").run(place, *chosen):
                rows.append(row)
                print(f"{row.name}: {row.value:.3g} {row.unit}", file=sys.stderr)  # noqa: T201 - the command's progress
    show(rows, arguments.json)
    return 0

"""`klinika campaign` and `klinika soak`: what takes too long for the tests, beside its limits."""

import argparse
import tempfile
from importlib import import_module
from pathlib import Path

FAILED = 1


def run(arguments: argparse.Namespace) -> int:
    """Run one campaign and print what it found; 1 when a limit does not hold."""
    from benchmarks.table import show

    campaign = import_module(f"campaigns.{arguments.name}")
    with tempfile.TemporaryDirectory(prefix="klinika-campaign-") as folder:
        rows = list(campaign.run(Path(folder), arguments.count or campaign.COUNT))
    show(rows, arguments.json)
    return 0 if all(row.holds for row in rows) else FAILED

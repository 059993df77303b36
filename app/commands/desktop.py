"""`klinika desktop`: open the program."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from app.ui.desktop import run_desktop


def run(arguments: argparse.Namespace) -> int:
    """Open the program and answer its exit status."""
    import platformdirs

    from app.commands.server_logs import configure_logs

    folder = Path(platformdirs.user_log_dir("klinika", appauthor=False))
    configure_logs("INFO", folder / "desktop.log")
    return run_desktop(arguments.data_dir, make_samples=make_samples)


def make_samples(
    progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> Sequence[Path]:
    """The folders of the sample studies, made in this user's cache or found there."""
    import platformdirs

    from app.demo.samples import generate

    folder = Path(platformdirs.user_cache_dir("klinika", appauthor=False)) / "samples"
    return generate(folder, progress=progress, cancelled=cancelled)

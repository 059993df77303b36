"""`klinika demo`: the program on sample studies, or the journey that plays itself."""

import argparse
import os
import sys
from pathlib import Path

import platformdirs

from app.commands.language import chosen_language
from app.commands.server_logs import configure_logs
from app.language import Language, set_language, tr

EVENTS = "summary.json"


def run(arguments: argparse.Namespace) -> int:
    """Open the program on the samples, or play the journey; 1 when a step does not hold."""
    language = Language(arguments.language) if arguments.language else None
    if arguments.headless or arguments.out or not _has_screen():
        out = arguments.out or Path("demo-out")
        return _play(out, arguments.data, language or chosen_language())
    configure_logs("INFO", Path(platformdirs.user_log_dir("klinika", appauthor=False)) / "demo.log")
    from app.demo.showing import show

    return show(arguments.data, language)


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _play(out: Path, data: Path | None, language: Language) -> int:
    set_language(language)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.demo import material
    from app.demo.journey.play import play
    from app.demo.steps import Protocol, Step

    def tell(step: Step) -> None:
        sign = "✓" if step.ok else "✗"
        _say(f"{sign} {step.name} ({step.ms} ms){f': {step.detail}' if step.detail else ''}")

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            making = tr("Making sample studies")
            sys.stderr.write(f"\r{making}: {100 * done // total} % ")

    out.mkdir(parents=True, exist_ok=True)
    configure_logs("INFO", out / "demo.log")
    protocol = Protocol(out.absolute(), tell)
    cache = Path(platformdirs.user_cache_dir("klinika", appauthor=False)) / "samples"
    if data is None:
        held = play(protocol, lambda work: material.from_samples(cache, work, progress), language)
    else:
        held = play(protocol, lambda work: material.from_folder(data, work), language)
    failed = [step.name for step in protocol.steps if not step.ok]
    seconds = sum(step.ms for step in protocol.steps) / 1000
    _say(
        tr("Every step held.")
        if held
        else tr("These did not hold: {steps}", steps="; ".join(failed))
    )
    _say(f"{len(protocol.steps)} · {seconds:.0f} s · {protocol.out / EVENTS}")
    return 0 if held else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

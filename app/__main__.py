"""`klinika …`: one parser; each command imports what it needs when it runs."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from app import __version__
from app.language import Language


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="klinika", description="Klinika Pro: a radiology workstation with its own PACS."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    desktop = commands.add_parser("desktop", help="open the program (the default)")
    desktop.add_argument("--data-dir", type=Path, help="folder of the local archive")

    serve = commands.add_parser("serve", help="run the server alone")
    serve.add_argument("--config", type=Path, help="TOML file with the settings")
    serve.add_argument("--data-dir", type=Path, help="folder of the archive")
    serve.add_argument("--embedded", action="store_true", help="as the desktop's own server")

    keys = commands.add_parser("keys", help="the key that encrypts the archive's objects")
    keys.add_argument("action", choices=("new", "rotate"), help="make a key, or change to another")
    keys.add_argument("--keyring", metavar="NAME", help="keep the new key there, unseen")
    keys.add_argument("--config", type=Path, help="TOML file with the settings")
    keys.add_argument("--data-dir", type=Path, help="folder of the archive")

    demo = commands.add_parser("demo", help="play the whole journey on sample data")
    demo.add_argument(
        "--headless", action="store_true", help="without a screen, checking each step"
    )
    demo.add_argument("--out", type=Path, help="folder for summary.json, screenshots and the PDF")
    demo.add_argument(
        "--data", type=Path, help="folder of one's own DICOM files instead of samples"
    )
    demo.add_argument("--language", choices=[*Language], help="language of the windows")

    doctor = commands.add_parser("doctor", help="tell what is missing on this machine")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")

    bench = commands.add_parser("bench", help="measure and print the table of benchmarks")
    bench.add_argument("name", nargs="?", help="one benchmark instead of all")
    bench.add_argument("parts", nargs="*", help="only these parts of it, where it has parts")
    bench.add_argument("--json", type=Path, help="also write the rows to this file")

    campaign = commands.add_parser("campaign", help="run what takes too long for the tests")
    campaign.add_argument("name", choices=("kills", "strangers", "mutants"))
    campaign.add_argument("--count", type=int, help="kills, conversations or objects")
    campaign.add_argument("--json", type=Path, help="also write the rows to this file")

    soak = commands.add_parser("soak", help="load a server for long and watch what it holds")
    soak.add_argument("--minutes", dest="count", type=float, help="how long (30)")
    soak.add_argument("--json", type=Path, help="also write the rows to this file")
    soak.set_defaults(name="soak")
    return parser


COMMANDS = {
    "desktop": "app.commands.desktop",
    "serve": "app.commands.serve",
    "keys": "app.commands.keys",
    "demo": "app.commands.demo",
    "doctor": "app.commands.doctor",
    "bench": "app.commands.bench",
    "campaign": "app.commands.campaign",
    "soak": "app.commands.campaign",
}
"""Where each command lives; its module has `run(arguments) -> exit status`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0].startswith("--data-dir"):
        given.insert(0, "desktop")
    parsed = _parser().parse_args(given)
    run: Callable[[argparse.Namespace], int] = import_module(COMMANDS[parsed.command]).run
    return run(parsed)


if __name__ == "__main__":
    sys.exit(main())

"""`klinika doctor`: what is missing on this machine, and how to mend it."""

import argparse
import ctypes
import importlib.util
import json
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from app.commands.language import chosen_language
from app.demo.dcmtk import dcmtk
from app.domain.errors import ConfigurationError
from app.language import set_language, tr
from app.settings import Settings

LEAST_FREE_GB = 5


class Verdict(StrEnum):
    """How a finding stands; only MISSING keeps the program from working."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what mends it when it is not as it should be."""

    subject: str
    verdict: Verdict
    found: str
    mend: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when something is missing."""
    set_language(chosen_language())
    findings = [finding for check in CHECKS for finding in check()]
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))  # noqa: T201 - the command's output
    else:
        print("\n".join(_line(finding) for finding in findings))  # noqa: T201 - the command's output
    return int(any(finding.verdict is Verdict.MISSING for finding in findings))


def _line(finding: Finding) -> str:
    sign = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.MISSING: "✗"}[finding.verdict]
    text = f"{sign} {finding.subject}: {finding.found}"
    return f"{text}\n    → {finding.mend}" if finding.mend else text


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        "Python",
        Verdict.OK if fits else Verdict.MISSING,
        version,
        "" if fits else tr("Install Python 3.11, 3.12 or 3.13 and start ./klinika again."),
    )


def _packages() -> Iterator[Finding]:
    for modules, purpose in (
        (("pydicom", "pynetdicom", "sqlalchemy", "starlette", "imagecodecs"), tr("server")),
        (("PySide6", "vtkmodules", "reportlab", "pypdfium2", "keyring"), tr("desktop")),
    ):
        absent = [name for name in modules if importlib.util.find_spec(name) is None]
        yield Finding(
            tr("Python packages ({purpose})", purpose=purpose),
            Verdict.MISSING if absent else Verdict.OK,
            ", ".join(absent) or tr("all installed"),
            tr("Start ./klinika once with a connection to a package index.") if absent else "",
        )


def _libraries() -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        return
    absent = {name: package for name, package in LINUX_LIBRARIES.items() if not _loads(name)}
    yield Finding(
        tr("System libraries"),
        Verdict.MISSING if absent else Verdict.OK,
        ", ".join(absent) or tr("all installed"),
        f"sudo apt-get install -y {' '.join(absent.values())}" if absent else "",
    )


LINUX_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
"""What Qt and VTK load, and the Debian package that has it."""


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _graphics() -> Iterator[Finding]:
    if importlib.util.find_spec("vtkmodules") is None:
        return
    from app.viewer.scene.backend import probe

    backend = probe()
    verdict = Verdict.OK if backend.available else Verdict.WARNING
    mend = "" if backend.available else tr("Install a graphics driver, or the package libegl1.")
    yield Finding(tr("3D graphics"), verdict, backend.reason, mend)


def _ports(settings: Settings) -> Iterator[Finding]:
    for name, port in (("DICOM", settings.dicom_port), ("HTTP", settings.http_port)):
        free = _is_free(port)
        yield Finding(
            tr("Port for {name}", name=name),
            Verdict.OK if free else Verdict.WARNING,
            tr("{port} is free", port=port) if free else tr("{port} is in use", port=port),
            ""
            if free
            else tr("Harmless if this is our own server. Else set another in the configuration."),
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    writable = os.access(folder, os.W_OK)
    enough = free_gb >= LEAST_FREE_GB
    found = tr("{free:.0f} GB free in {folder}", free=free_gb, folder=settings.data_dir)
    if not writable:
        mend = tr("The folder can't be written to: give this user the right, or choose another.")
        yield Finding(tr("Archive folder"), Verdict.MISSING, found, mend)
        return
    mend = "" if enough else tr("Free some space, or choose a folder on a larger disk.")
    yield Finding(tr("Archive folder"), Verdict.OK if enough else Verdict.WARNING, found, mend)


def _settings() -> Iterator[Finding]:
    try:
        settings = Settings.load()
    except ConfigurationError as error:
        yield Finding(
            tr("Settings"), Verdict.MISSING, str(error), tr("Correct the KLINIKA_… variables.")
        )
        return
    yield from _ports(settings)
    yield from _disk(settings)


def _keyring() -> Iterator[Finding]:
    if importlib.util.find_spec("keyring") is None:
        return
    import keyring

    backend = keyring.get_keyring()
    usable = getattr(backend, "priority", 0) > 0
    yield Finding(
        tr("Password store of the system"),
        Verdict.OK if usable else Verdict.WARNING,
        backend.name if usable else tr("none"),
        "" if usable else tr("Nobody's session is remembered; one signs in at each start."),
    )


def _tools() -> Iterator[Finding]:
    present = Path(sys.executable).parent.joinpath("pytest").exists()
    if not present:
        return
    absent = [tool for tool in ("qpdf", "pdftotext") if shutil.which(tool) is None]
    if dcmtk("storescu") is None:
        absent.append("storescu (DCMTK)")
    yield Finding(
        tr("Tools for the tests"),
        Verdict.WARNING if absent else Verdict.OK,
        ", ".join(absent) or tr("all installed"),
        "sudo apt-get install -y dcmtk qpdf poppler-utils" if absent else "",
    )


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _libraries,
    _graphics,
    _settings,
    _keyring,
    _tools,
)

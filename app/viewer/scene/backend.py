"""Which OpenGL this machine has, found out in a subprocess and remembered for the next start."""

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from app.language import mark, tr

TIMEOUT_S = 30.0
KEPT_S = 7 * 24 * 3600.0
SOFTWARE = re.compile(
    r"llvmpipe|softpipe|swrast|swr\b|swiftshader|lavapipe|gdi generic|microsoft basic|software",
    re.IGNORECASE,
)
"""Renderers that draw on the processor: slower there than VTK's own CPU ray caster."""

ENVIRONMENT = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "GALLIUM_DRIVER",
    "LIBGL_ALWAYS_SOFTWARE",
    "MESA_LOADER_DRIVER_OVERRIDE",
    "VTK_DEFAULT_OPENGL_WINDOW",
    "__EGL_VENDOR_LIBRARY_FILENAMES",
)
"""Variables that change which driver draws."""

GPU_TEXT = mark("3D is drawn by the graphics card: {renderer}")
CPU_TEXT = mark("3D is drawn by the processor: there is no graphics card ({renderer})")
NONE_TEXT = mark("no OpenGL could be started: 3D is off, 2D and MPR work ({failure})")


@dataclass(frozen=True, slots=True)
class Backend:
    """What draws 3D: nothing, the processor, or a real graphics card."""

    available: bool
    window: str = ""
    vendor: str = ""
    renderer: str = ""
    version: str = ""
    failure: str = ""

    @property
    def gpu(self) -> bool:
        """Whether a real graphics card draws, so that VTK's GPU mapper pays."""
        return self.available and not SOFTWARE.search(f"{self.vendor} {self.renderer}")

    @property
    def reason(self) -> str:
        """What was decided and why, in the current language."""
        if not self.available:
            return tr(NONE_TEXT, failure=self.failure)
        return tr(GPU_TEXT if self.gpu else CPU_TEXT, renderer=self.renderer)


def cache_file() -> Path:
    """Where the last answer is kept."""
    return Path(platformdirs.user_cache_dir("klinika", appauthor=False)) / "opengl.json"


def probe(cache: Path | None = None) -> Backend:
    """What draws 3D here: from `cache` when machine, driver and VTK are the same, else tried out.

    Only a success is remembered: whoever installs a driver need not wait.
    """
    cache = cache or cache_file()
    key = machine_key()
    known = _read(cache, key)
    if known is not None:
        return known
    found = try_window()
    if found.available:
        _write(cache, key, found)
    return found


def try_window(command: list[str] | None = None) -> Backend:
    """Open a window in a subprocess; a crash or a hang there means no OpenGL here."""
    script = Path(__file__).with_name("opengl.py")
    command = command or [sys.executable, "-I", str(script)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Backend(available=False, failure=type(error).__name__)
    if done.returncode != 0:
        return Backend(available=False, failure=f"exit {done.returncode}")
    try:
        # A driver may print its own lines before ours.
        found = json.loads(done.stdout.decode(errors="replace").splitlines()[-1])
        return Backend(
            available=True,
            window=found["window"],
            vendor=found.get("vendor", ""),
            renderer=found.get("renderer", ""),
            version=found.get("version", ""),
        )
    except (ValueError, KeyError, IndexError):
        return Backend(available=False, failure="unreadable answer")


def machine_key() -> str:
    """A digest of what decides the answer: machine, drivers, VTK and the variables they heed."""
    parts = [platform.node(), platform.platform(), _vtk_version()]
    parts += [f"{name}={os.environ.get(name, '')}" for name in ENVIRONMENT]
    for pattern in ("dri/*", "nvidia*"):
        parts += sorted(str(path) for path in Path("/dev").glob(pattern))
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"):
        for path in sorted(Path(folder).glob("lib*GL*.so.*")):
            parts.append(f"{path} {path.stat().st_mtime_ns}" if path.exists() else str(path))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _vtk_version() -> str:
    try:
        return importlib.metadata.version("vtk")
    except importlib.metadata.PackageNotFoundError:
        return ""


def _read(cache: Path, key: str) -> Backend | None:
    try:
        kept = json.loads(cache.read_text(encoding="utf-8"))
        fresh = kept["key"] == key and 0 <= time.time() - kept["at"] < KEPT_S
        return Backend(**kept["backend"]) if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(cache: Path, key: str, backend: Backend) -> None:
    text = json.dumps({"key": key, "at": time.time(), "backend": asdict(backend)})
    partial = cache.with_suffix(f".{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(cache)
    except OSError:
        return  # a start without a cache is only slower

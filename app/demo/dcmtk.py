"""Where DCMTK's programs are: pynetdicom installs scripts of the same names."""

import os
import shutil
import subprocess
from functools import cache

TIMEOUT_S = 10


def dcmtk(tool: str) -> str | None:
    """DCMTK's program `tool` on the PATH, or None; another's of that name is passed over."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(tool, path=folder) if folder else None
        if found is not None and _is_dcmtk(found):
            return found
    return None


@cache
def _is_dcmtk(program: str) -> bool:
    """Whether it says so, as `$dcmtk: storescu v3.6.7 $`."""
    try:
        done = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "$dcmtk:" in done.stdout

"""How the programs of others are run."""

import os
import subprocess
from pathlib import Path

TIMEOUT_S = 120


def run(*command: object, cwd: Path | None = None, **environment: str) -> str:
    """What a program says; it has to end well."""
    done = subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said

"""The whole journey, played by the command as a user would start it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PLAY_S = 420
PICTURES = 50
pytestmark = [pytest.mark.slow, pytest.mark.timeout(PLAY_S + 30)]


def played(out: Path, *arguments: str) -> dict[str, dict[str, object]]:
    """The steps of one run by name; fails with what it printed unless it ends with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--headless", "--out", str(out), *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PLAY_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    steps = json.loads((out / "summary.json").read_text(encoding="utf-8"))["steps"]
    return {step["name"]: step for step in steps}


def test_the_journey_holds_on_the_samples(tmp_path: Path) -> None:
    steps = played(tmp_path, "--language", "en")
    assert all(step["ok"] for step in steps.values())
    for name in ("report", "printed", "saved"):
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF-")
    assert len(list(tmp_path.glob("*.png"))) >= PICTURES


def test_the_journey_holds_on_a_real_ct_and_in_russian(tmp_path: Path, shared_dicom: Path) -> None:
    folder = shared_dicom / "series" / "ct_chest_1mm_a"
    steps = played(tmp_path, "--language", "ru", "--data", str(folder))
    assert all(step["ok"] for step in steps.values())
    assert (tmp_path / "report.pdf").exists()

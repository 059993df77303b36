"""Checking the report's PDF with the tools others have: qpdf, and Poppler's text and fonts."""

import shutil
import subprocess
from pathlib import Path

import pypdfium2

from app.demo.steps import Step, check
from app.ui.reporting.pages import PDFIUM

TIMEOUT_S = 60


def check_pdf(step: Step, pdf: Path, names: tuple[str, ...]) -> None:
    """Check structure, the `names` in its text, and that every font is embedded.

    Raises StepFailedError. A tool that is not installed is said in the step's detail.
    """
    check(pdf.read_bytes()[:5] == b"%PDF-", "it is no PDF")
    if _is_there(step, "qpdf"):
        done = _run("qpdf", "--check", str(pdf))
        check(done.returncode == 0, f"qpdf --check: {(done.stdout + done.stderr).strip()[-300:]}")
        step.saw("qpdf --check passes")
    if _is_there(step, "pdftotext"):
        text = " ".join(_run("pdftotext", "-layout", str(pdf), "-").stdout.split())
        missing = [name for name in names if name and name not in text]
        check(not missing, f"pdftotext does not find {len(missing)} of {len(names)} texts")
        step.saw("pdftotext finds patient, signer and clinic")
    if _is_there(step, "pdffonts"):
        fonts = _run("pdffonts", str(pdf)).stdout.splitlines()[2:]
        # The columns end with: emb sub uni object ID.
        loose = [line.split()[0] for line in fonts if line.split()[-5] != "yes"]
        check(fonts and not loose, f"fonts that are not embedded: {', '.join(loose) or 'none'}")
        step.saw(f"all {len(fonts)} fonts embedded")


def page_count(pdf: Path) -> int:
    """How many pages a whole PDF has; 0 while it is not there or not whole."""
    if not pdf.exists():
        return 0
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError:
            return 0
        try:
            return len(document)
        finally:
            document.close()


def _is_there(step: Step, tool: str) -> bool:
    if shutil.which(tool):
        return True
    step.saw(f"{tool} is not installed")
    return False


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, encoding="utf-8"
    )

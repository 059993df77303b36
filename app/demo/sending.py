"""Sending as a scanner does: with DCMTK where it is installed, else with our own SCU."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from pydicom import uid

from app.demo.dcmtk import dcmtk
from app.demo.steps import StepFailedError, check
from app.dicom.header import read_object

CALLING = "DEMO_SCANNER"
TIMEOUT_S = 180
PROPOSALS = {
    uid.ImplicitVRLittleEndian: "-xi",
    uid.ExplicitVRLittleEndian: "-xe",
    uid.ExplicitVRBigEndian: "-xb",
    uid.DeflatedExplicitVRLittleEndian: "-xd",
    uid.RLELossless: "-xr",
    uid.JPEGBaseline8Bit: "-xy",
    uid.JPEGExtended12Bit: "-xx",
    uid.JPEGLosslessSV1: "-xs",
    uid.JPEGLSLossless: "-xt",
    uid.JPEGLSNearLossless: "-xu",
    uid.JPEG2000Lossless: "-xv",
    uid.JPEG2000: "-xw",
}
"""storescu's option for each transfer syntax it can send as it is."""
BATCH = 100
"""Files named in one call of storescu, below the limits of command lines."""


def echo(port: int, ae_title: str) -> str:
    """C-ECHO; answers which program sent it. Raises StepFailedError unless it succeeds."""
    program = dcmtk("echoscu")
    if program:
        _run([program, "-aet", CALLING, "-aec", ae_title, "127.0.0.1", str(port)])
        return "echoscu (DCMTK)"
    from app.server.dimse import scu

    status = scu.echo(scu.Peer("127.0.0.1", port, ae_title), CALLING)
    check(status == 0, f"C-ECHO was answered {status:#06x}")
    return "our SCU (DCMTK is not installed)"


def store(port: int, ae_title: str, files: Sequence[Path]) -> str:
    """C-STORE of every file as it is; answers which programs sent them.

    Raises StepFailedError unless each is answered with success.
    """
    by_syntax: dict[str, list[Path]] = {}
    for path in files:
        by_syntax.setdefault(read_object(path).transfer_syntax_uid, []).append(path)
    program = dcmtk("storescu")
    ours: list[Path] = []
    for syntax, group in by_syntax.items():
        if program and syntax in PROPOSALS:
            called = ["-aet", CALLING, "-aec", ae_title, "127.0.0.1", str(port)]
            _storescu([program, PROPOSALS[syntax], "--required", *called], group)
        else:
            ours += group
    if ours:
        _scu(port, ae_title, ours)
    theirs = len(files) - len(ours)
    parts = (("storescu (DCMTK)", theirs), ("our SCU", len(ours)))
    return ", ".join(f"{count} by {name}" for name, count in parts if count)


def _storescu(command: Sequence[str], files: Sequence[Path]) -> None:
    for start in range(0, len(files), BATCH):
        _run([*command, *map(str, files[start : start + BATCH])])


def _scu(port: int, ae_title: str, files: Sequence[Path]) -> None:
    from app.server.dimse.requestor import Peer
    from app.server.dimse.sending import Outgoing, send

    peer = Peer("127.0.0.1", port, ae_title)
    sent = list(send(peer, CALLING, [Outgoing.of(path) for path in files]))
    bad = [one for one in sent if not one.is_kept]
    check(not bad, f"{len(bad)} of {len(sent)} objects were not stored")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise StepFailedError(
            f"{Path(command[0]).name} ended with {done.returncode}: {' / '.join(said[-3:])}"
        )

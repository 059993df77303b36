"""An archive of DCMTK (dcmqrscp), and what else of DCMTK runs as a server."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.demo.dcmtk import dcmtk
from app.server.dimse.requestor import Peer

PATIENCE_S = 30
needs_dcmtk = pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("dcmqrscp") is None, reason="DCMTK is not installed"
)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(program: str, *arguments: str, port: int) -> Iterator[Peer]:
    """A program of DCMTK as a server; ends with the block."""
    with served([dcmtk(program), *arguments], port) as peer:
        yield peer


@contextmanager
def served(command: list[str], port: int) -> Iterator[Peer]:
    """A program that listens on `port`; ends with the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} ended"
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield Peer("127.0.0.1", port, "ARCHIVE", character_set="ISO_IR 192")
    finally:
        process.kill()
        process.wait()


@contextmanager
def an_archive(folder: Path, **known: int) -> Iterator[Peer]:
    """An archive in `folder`, which may send to the AE titles that are `known` with their port."""
    (folder / "archive").mkdir()
    port = a_free_port()
    config = folder / "dcmqrscp.cfg"
    hosts = "\n".join(f"{name} = ({name}, 127.0.0.1, {at})" for name, at in known.items())
    config.write_text(
        f"""NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
{hosts}
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {folder / "archive"} RW (100, 1024mb) ANY
AETable END
"""
    )
    with running("dcmqrscp", "-c", str(config), port=port) as peer:
        yield peer


def orthanc() -> str | None:
    """Orthanc's program, where it is installed."""
    return shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


needs_orthanc = pytest.mark.skipif(orthanc() is None, reason="Orthanc is not installed")


ORTHANC_WEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
needs_orthanc_on_the_web = pytest.mark.skipif(
    orthanc() is None or not ORTHANC_WEB.exists(), reason="Orthanc or its DICOMweb isn't installed"
)
ORTHANC_USER, ORTHANC_PASSWORD = "klinika", "a secret of ours"


@contextmanager
def an_orthanc(folder: Path, **known: int) -> Iterator[Peer]:
    """As `an_archive`, an archive of Orthanc."""
    settings = {
        "HttpServerEnabled": False,
        "DicomModalities": {name: [name, "127.0.0.1", at] for name, at in known.items()},
        "Plugins": [],
    }
    with _an_orthanc(folder, settings) as peer:
        yield peer


@contextmanager
def an_orthanc_on_the_web(folder: Path) -> Iterator[tuple[Peer, str]]:
    """An archive of Orthanc, and the URL of its DICOMweb, which wants the name and password."""
    port = a_free_port()
    settings = {
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "DefaultEncoding": "Utf8",  # else its DICOMweb answers in Latin letters alone
        "AuthenticationEnabled": True,
        "RegisteredUsers": {ORTHANC_USER: ORTHANC_PASSWORD},
        "Plugins": [str(ORTHANC_WEB)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    with _an_orthanc(folder, settings) as peer:
        yield peer, f"http://127.0.0.1:{port}/dicom-web"


@contextmanager
def _an_orthanc(folder: Path, settings: dict[str, object]) -> Iterator[Peer]:
    port, config = a_free_port(), folder / "orthanc.json"
    common = {
        "StorageDirectory": str(folder / "orthanc"),
        "IndexDirectory": str(folder / "orthanc"),
        "DicomAet": "ARCHIVE",
        "DicomPort": port,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
    }
    config.write_text(json.dumps(common | settings))
    with served([orthanc(), str(config)], port) as peer:
        yield peer

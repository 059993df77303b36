"""Archives that are measured side by side: ours, Debian's Orthanc, and DCMTK's dcmqrscp."""

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from app.domain.nodes import RemoteNode
from app.server.core.accounts import Accounts
from app.server.store import nodes
from app.server.store.engine import Database
from app.settings import Settings
from tests.server.dimse import raw

HOUSE = Path(__file__).resolve().parent.parent
ORTHANC = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
DCMQRSCP, STORESCP = shutil.which("dcmqrscp"), shutil.which("storescp")
PLUGINS = Path("/usr/share/orthanc/plugins")
DICOM_WEB, POSTGRESQL_INDEX = "libOrthancDicomWeb.so", "libOrthancPostgreSQLIndex.so"
OURS, FILES = "Klinika", "files"
CALLING, RECEIVER = "BENCH", "RECEIVER"
"""AE titles of who asks and of where C-MOVE sends to; every archive knows both."""
USER, PASSWORD = "bench", "quiet-machine-at-night-27"
READY_S = 60
END_S = 60
ASK_AGAIN_S = 0.002
NODELAY = {"TCP_NODELAY": "1"}
"""DCMTK's environment variable: without it small packets of answers wait for acknowledgements."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A running archive; `ready_ms` passed from its start to the first accepted association."""

    name: str
    database: str
    dicom_port: int
    http_port: int
    ready_ms: float
    pid: int
    dicom_web: str = ""
    """The path of its DICOMweb, empty where it has none."""
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What its HTTP wants to be told with each request."""

    @property
    def memory_mb(self) -> float:
        """Memory of the process, in MB."""
        return memory_mb(self.pid)


@contextmanager
def receiver() -> Iterator[int]:
    """The port of DCMTK's storescp, which takes what C-MOVE brings and forgets it."""
    port = free_port()
    command = [str(STORESCP), "--ignore", "-aet", RECEIVER, "-pdu", "131072", str(port)]
    with _started(command, HOUSE, NODELAY, port):
        yield port


@contextmanager
def klinika(
    folder: Path,
    database_url: str = "",
    settings: Mapping[str, str] = MappingProxyType({}),
    receiver_port: int = 0,
) -> Iterator[Archive]:
    """Our server alone, as `klinika serve` starts it, with further `settings` as variables."""
    if receiver_port:
        _prepare(folder, database_url, receiver_port)
    dicom_port, http_port = free_port(), free_port()
    variables = {
        **settings,
        "KLINIKA_DICOM_HOST": "127.0.0.1",
        "KLINIKA_DICOM_PORT": str(dicom_port),
        "KLINIKA_HTTP_PORT": str(http_port),
        "KLINIKA_ACCEPT_UNKNOWN_NODES": "true",
        "KLINIKA_DATABASE_URL": database_url,
        "KLINIKA_LOG_LEVEL": "WARNING",
        "PYTHONDONTWRITEBYTECODE": "",  # as people start it, who keep compiled modules
    }
    command = [sys.executable, "-m", "app", "serve", "--data-dir", str(folder)]
    database = "PostgreSQL" if database_url else "SQLite"
    with _started(command, folder, variables, dicom_port) as (pid, ready_ms):
        yield Archive(OURS, database, dicom_port, http_port, ready_ms, pid, "/dicom-web", _basic())


def _prepare(folder: Path, database_url: str, receiver_port: int) -> None:
    """Make the account and record the nodes that an administrator would."""
    settings = Settings.load(data_dir=folder, database_url=database_url)
    with contextlib.closing(Database.open(settings)) as database:
        accounts = Accounts(database, lambda: datetime.now(UTC))
        if not accounts.need_setup():
            return
        accounts.create_first(USER, "Bench", PASSWORD)
        with database.write() as connection:
            nodes.insert(connection, RemoteNode(CALLING))
            nodes.insert(connection, RemoteNode(RECEIVER, "127.0.0.1", receiver_port))


def _basic() -> dict[str, str]:
    said = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode("ascii")
    return {"Authorization": f"Basic {said}"}


@contextmanager
def orthanc(
    folder: Path,
    name: str,
    variables: Mapping[str, str],
    database_url: str = "",
    receiver_port: int = 0,
) -> Iterator[Archive]:
    """Orthanc with the settings it is installed with, on SQLite or on `database_url`."""
    dicom_port, http_port = free_port(), free_port()
    plugins = [str(PLUGINS / DICOM_WEB)]
    settings: dict[str, object] = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "DicomPort": dicom_port,
        "HttpPort": http_port,
        "AuthenticationEnabled": False,
        "DicomModalities": {
            "calling": [CALLING, "127.0.0.1", receiver_port],
            "receiver": [RECEIVER, "127.0.0.1", receiver_port],
        },
        "Plugins": plugins,
    }
    if database_url:
        plugins.append(str(PLUGINS / POSTGRESQL_INDEX))
        address = database_url.replace("postgresql+psycopg2", "postgresql")
        settings["PostgreSQL"] = {
            "EnableIndex": True,
            "EnableStorage": False,
            "ConnectionUri": address,
        }
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps(settings), encoding="ascii")
    database = "PostgreSQL" if database_url else "SQLite"
    with _started([str(ORTHANC), str(configuration)], folder, variables, dicom_port) as started:
        pid, ready_ms = started
        yield Archive(name, database, dicom_port, http_port, ready_ms, pid, "/dicom-web")


@contextmanager
def dcmqrscp(folder: Path, receiver_port: int = 0) -> Iterator[Archive]:
    """DCMTK's archive, which keeps an index in a file of each area and syncs nothing."""
    dicom_port = free_port()
    area = folder / "area"
    area.mkdir(parents=True, exist_ok=True)
    configuration = folder / "dcmqrscp.cfg"
    configuration.write_text(
        f"NetworkTCPPort = {dicom_port}\nMaxPDUSize = 131072\nMaxAssociations = 64\n"
        f"HostTable BEGIN\nreceiver = ({RECEIVER}, 127.0.0.1, {receiver_port})\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nKLINIKA {area} RW (5000, 10240mb) ANY\nAETable END\n",
        encoding="ascii",
    )
    command = [str(DCMQRSCP), "-c", str(configuration)]
    with _started(command, folder, NODELAY, dicom_port) as (pid, ready_ms):
        yield Archive("dcmqrscp, which syncs nothing", FILES, dicom_port, 0, ready_ms, pid)


def has_orthanc(plugin: str = DICOM_WEB) -> bool:
    """Whether Orthanc is on this machine with that plugin."""
    return ORTHANC is not None and (PLUGINS / plugin).is_file()


@contextmanager
def _started(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], dicom_port: int
) -> Iterator[tuple[int, float]]:
    """The process id and the milliseconds until it accepted an association."""
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=HOUSE,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + READY_S
        while not _accepts(dicom_port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{Path(command[0]).name} did not start")
            time.sleep(ASK_AGAIN_S)
        yield process.pid, (time.perf_counter() - started) * 1000
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=READY_S) as connection,
    ):
        connection.sendall(raw.request())
        return raw.answer(connection)[0] == 2
    return False


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def memory_mb(pid: int) -> float:
    """Memory of a process that is not swapped out (VmRSS), in MB."""
    return int(_status(pid, "VmRSS").split()[0]) / 1000


def thread_count(pid: int) -> int:
    """Threads of a process."""
    return int(_status(pid, "Threads"))


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}:")).split(":")[1]

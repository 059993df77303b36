"""nginx with the configuration that is shipped, before servers of a test."""

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, REPOSITORY

SHIPPED = REPOSITORY / "installer" / "nginx" / "klinika.conf"
MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
FOLDERS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]


@dataclass(frozen=True, slots=True)
class Upstream:
    """The ports of a server on this machine."""

    http_port: int
    dicom_port: int


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where nginx listens."""

    url: str
    dicom_port: int


@contextlib.contextmanager
def a_proxy(folder: Path, first: Upstream, second: Upstream) -> Iterator[Proxy]:
    """A running nginx before two servers. Skips the test where it is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program or not MODULE.exists():
        pytest.skip("nginx with its stream module is not on this machine")
    http_port, dicom_port, tls_port = _free_ports(3)
    replaced = {
        "10.0.0.11:8042": f"127.0.0.1:{first.http_port}",
        "10.0.0.12:8042": f"127.0.0.1:{second.http_port}",
        "10.0.0.11:11112": f"127.0.0.1:{first.dicom_port}",
        "10.0.0.12:11112": f"127.0.0.1:{second.dicom_port}",
        "listen 443 ssl": f"listen 127.0.0.1:{http_port}",
        "listen 11112": f"listen 127.0.0.1:{dicom_port}",
        "listen 2762": f"listen 127.0.0.1:{tls_port}",
        "include /etc/nginx/modules-enabled/*.conf;": f"load_module {MODULE};",
        "\nhttp {": "\nhttp {" + "".join(f"{each}_temp_path {folder / each};" for each in FOLDERS),
    }
    text = SHIPPED.read_text()
    for shipped, ours in replaced.items():
        assert shipped in text, shipped
        text = text.replace(shipped, ours)
    text = re.sub(r"ssl_\w+ [^;]+;", "", text)
    (folder / "nginx.conf").write_text(text)
    directives = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
    command = [program, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    with subprocess.Popen([*command, "-g", directives]) as process:
        try:
            _wait_for(process, http_port)
            yield Proxy(f"http://127.0.0.1:{http_port}", dicom_port)
        finally:
            process.terminate()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        listeners = [
            held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in listeners]


def _wait_for(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, "nginx ended"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, "nginx does not listen"
            time.sleep(0.05)
        else:
            return

"""This computer's server and those of the network, as the desktop holds them."""

import os
import signal

import pytest

from app.domain.errors import UnavailableError
from app.ui.shell.servers import Servers


@pytest.fixture
def servers(tmp_path, monkeypatch):
    monkeypatch.setenv("KLINIKA_DICOM_PORT", "0")
    opened = Servers(tmp_path / "one")
    yield opened
    opened.close()


def test_this_computers_server_starts_once_and_moves_with_the_folder(servers, tmp_path):
    first = servers.connect("")
    assert first.status().needs_setup
    assert servers.connect("") is first
    assert servers.embedded_of(first).owned
    other = servers.use_folder(tmp_path / "two")
    assert other is not first
    assert other.status().needs_setup
    assert servers.embedded_of(first) is None


def test_a_server_that_died_before_anyone_signed_in_is_started_again(qtbot, servers):
    server = servers.connect("")
    embedded = servers.embedded_of(server)
    os.kill(embedded.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not embedded.alive())
    assert servers.connect("").status().needs_setup


def test_a_server_of_the_network_is_not_asked_before_it_is_used(servers):
    server = servers.connect("http://127.0.0.1:9")
    assert servers.embedded_of(server) is None
    with pytest.raises(UnavailableError):
        server.status()


def test_a_closed_desktop_starts_nothing(tmp_path):
    servers = Servers(tmp_path)
    servers.close()
    with pytest.raises(UnavailableError):
        servers.connect("")
    assert list(tmp_path.iterdir()) == []

"""The system's certificates are read when somebody is met, and count then."""

import socket
import ssl
import threading

import pytest

from app.server.core.system_trust import SystemTrust
from tests.server.dimse.certificates import Authority

HOST = "localhost"


@pytest.fixture
def authority(tmp_path, monkeypatch) -> Authority:
    """Whom alone the system trusts."""
    authority = Authority(tmp_path, "System")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return authority


def test_nothing_is_read_before_the_first_connection(authority):
    assert SystemTrust(ssl.PROTOCOL_TLS_CLIENT).cert_store_stats()["x509_ca"] == 0


def test_who_shows_a_certificate_of_the_system_s_is_trusted_each_time(authority):
    trust = SystemTrust(ssl.PROTOCOL_TLS_CLIENT)
    for _ in range(2):
        assert met(trust, authority) is None


def test_others_are_not_trusted(authority, tmp_path):
    stranger = Authority(tmp_path / "elsewhere", "Elsewhere")
    error = met(SystemTrust(ssl.PROTOCOL_TLS_CLIENT), stranger)
    assert isinstance(error, ssl.SSLCertVerificationError)


def met(trust: SystemTrust, authority: Authority) -> Exception | None:
    """What goes wrong when a server with a certificate of `authority` is met."""
    identity = authority.issue(HOST)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(identity.certificate, identity.key)
    here, there = socket.socketpair()

    def answer() -> None:
        try:
            with ours.wrap_socket(there, server_side=True) as secure:
                secure.recv(1)
        except OSError:
            pass

    server = threading.Thread(target=answer)
    server.start()
    try:
        with trust.wrap_socket(here, server_hostname=HOST):
            return None
    except ssl.SSLError as error:
        return error
    finally:
        here.close()
        server.join()

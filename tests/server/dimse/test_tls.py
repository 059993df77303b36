"""DICOM over TLS on its own port, with certificates of a clinic's own authority."""

import contextlib
import os
import socket
import ssl
import subprocess
import time
from dataclasses import replace

import pytest

from app.demo.dcmtk import dcmtk
from app.domain.errors import ConfigurationError
from app.domain.nodes import EchoOutcome, RemoteNode
from app.server.dimse import room, tls
from app.server.dimse import visit as visit_module
from app.server.dimse.echo import send_echo
from app.server.dimse.node import DicomNode, SecurePort
from app.settings import Settings
from tests.conftest import PATIENCE_S
from tests.server.dimse import raw
from tests.server.dimse.certificates import Authority, Identity
from tests.server.dimse.test_association import data_set_of
from tests.server.samples import an_object

needs_dcmtk = pytest.mark.skipif(
    not os.environ.get("CI") and dcmtk("echoscu") is None, reason="DCMTK is not installed"
)
HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("clinic"), "Clinic")


@pytest.fixture(scope="module")
def ours(clinic) -> Identity:
    return clinic.issue("archive")


@pytest.fixture(scope="module")
def scanner(clinic) -> Identity:
    return clinic.issue("scanner")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory) -> Identity:
    return Authority(tmp_path_factory.mktemp("elsewhere"), "Elsewhere").issue("stranger")


@pytest.fixture
def settings(clinic, ours):
    """The settings of a node with a TLS port."""

    def settings(**changed) -> Settings:
        return Settings(
            **{
                "dicom_tls_port": 0,
                "dicom_tls_certificate": ours.certificate,
                "dicom_tls_key": ours.key,
                "dicom_tls_ca": clinic.certificate,
                **changed,
            }
        )

    return settings


@pytest.fixture
def secure_node(settings, parts):
    """Starts nodes with a TLS port and stops them at the end."""
    with contextlib.ExitStack() as running:

        def secure_node(*, proxies=(), idle_s=60, **changed) -> DicomNode:
            port = SecurePort(0, tls.for_callers(settings(**changed)))
            chosen = replace(parts, idle_s=idle_s)
            node = DicomNode(host=HERE, port=0, parts=chosen, tls=port, proxies=frozenset(proxies))
            node.start()
            running.callback(node.stop)
            return node

        yield secure_node


@pytest.fixture
def home_made(settings, tmp_path):
    """A node's settings with certificates that strict verifiers refuse, and such a scanner's."""
    authority = Authority(tmp_path / "home", "Home", is_home_made=True)
    ours = authority.issue("archive")
    changed = {
        "dicom_tls_certificate": ours.certificate,
        "dicom_tls_key": ours.key,
        "dicom_tls_ca": authority.certificate,
    }
    return settings(**changed), authority, authority.issue("scanner")


@pytest.mark.logs("tls-handshake-failed")
def test_home_made_certificates_are_taken_whatever_python_thinks_of_them(home_made, parts):
    chosen, authority, scanner = home_made
    port = SecurePort(0, tls.for_callers(chosen))
    node = DicomNode(host=HERE, port=0, parts=parts, tls=port)
    node.start()
    try:
        strict = a_client(authority, scanner)
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        assert not associates(node.tls_port, strict)
        lenient = a_client(authority, scanner)
        lenient.verify_flags &= ~ssl.VERIFY_X509_STRICT
        assert associates(node.tls_port, lenient)
        here = RemoteNode("KLINIKA", HERE, node.tls_port, tls=True)
        result = send_echo(here, ae_title="SCANNER", tls=tls.for_nodes(chosen))
        assert result.outcome is EchoOutcome.ANSWERED
    finally:
        node.stop()


def a_client(clinic: Authority, identity: Identity | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(clinic.certificate))
    if identity:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


def associates(port: int, context: ssl.SSLContext) -> bool:
    """Whether a client with this context gets an association, which it then releases."""
    try:
        with (
            socket.create_connection((HERE, port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=HERE) as connection,
        ):
            raw.associate(connection)
            connection.sendall(raw.pdu(5, bytes(4)))
            return raw.answer(connection)[0] == 6
    except (OSError, AssertionError):
        return False


def echoscu(port: int, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [dcmtk("echoscu"), *options, "-aec", "KLINIKA", HERE, str(port)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def shown(identity: Identity) -> list[str]:
    return ["+tls", str(identity.key), str(identity.certificate)]


# --- who gets in ------------------------------------------------------------------------------


def test_a_certificate_of_the_authority_lets_in(secure_node, clinic, scanner):
    assert associates(secure_node().tls_port, a_client(clinic, scanner))


@pytest.mark.parametrize("wrong", ["none", "stranger"])
@pytest.mark.logs("tls-handshake-failed")
def test_no_certificate_or_a_wrong_one_keeps_out(secure_node, clinic, stranger, wrong):
    context = a_client(clinic, stranger if wrong == "stranger" else None)
    assert not associates(secure_node().tls_port, context)


@pytest.mark.logs("tls-handshake-failed")
def test_an_optional_certificate_may_be_missing_but_not_wrong(
    secure_node, clinic, scanner, stranger
):
    port = secure_node(dicom_tls_client_certificate="optional").tls_port
    assert associates(port, a_client(clinic))
    assert associates(port, a_client(clinic, scanner))
    assert not associates(port, a_client(clinic, stranger))


def test_certificates_of_callers_may_be_passed_over(secure_node, clinic, stranger):
    node = secure_node(dicom_tls_client_certificate="none", dicom_tls_ca=None)
    assert associates(node.tls_port, a_client(clinic))


@needs_dcmtk
@pytest.mark.parametrize("profile", ["+py", "+px", "+pz"])
def test_echoscu_gets_its_echo_by_every_profile_of_bcp_195(secure_node, clinic, scanner, profile):
    trust = ["+cf", str(clinic.certificate), profile]
    done = echoscu(secure_node().tls_port, *shown(scanner), *trust)
    assert done.returncode == 0, done.stderr


@needs_dcmtk
@pytest.mark.logs("tls-handshake-failed")
def test_echoscu_is_kept_out_without_a_certificate_and_with_a_wrong_one(secure_node, stranger):
    port = secure_node().tls_port
    assert echoscu(port, "+tla", "-ic").returncode != 0
    assert echoscu(port, *shown(stranger), "-ic").returncode != 0
    assert echoscu(port).returncode != 0


# --- what is spoken ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_two_versions_that_are_safe_are_spoken(secure_node, clinic, scanner, version):
    context = a_client(clinic, scanner)
    context.minimum_version = context.maximum_version = version
    assert associates(secure_node().tls_port, context)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.logs("tls-handshake-failed")
def test_older_versions_are_refused(secure_node, clinic, scanner, version):
    context = a_client(clinic, scanner)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    assert not associates(secure_node().tls_port, context)


@pytest.mark.parametrize("cipher", ["ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA"])
@pytest.mark.logs("tls-handshake-failed")
def test_ciphers_without_authenticated_encryption_are_refused(secure_node, clinic, scanner, cipher):
    context = a_client(clinic, scanner)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    assert not associates(secure_node().tls_port, context)


# --- one port does not hold up the other ------------------------------------------------------


@pytest.mark.logs("association-aborted", "tls-handshake-failed")
def test_the_ports_speak_what_they_are_for(secure_node, clinic, scanner):
    node = secure_node()
    with socket.create_connection((HERE, node.tls_port), timeout=20) as plain:
        plain.sendall(raw.request())
        assert raw.answer(plain)[0] != 2
    assert not associates(node.port, a_client(clinic, scanner))
    with socket.create_connection((HERE, node.port), timeout=20) as plain:
        raw.associate(plain)


@pytest.mark.logs("tls-handshake-failed")
def test_a_hundred_idle_connections_hold_up_neither_port(secure_node, clinic, scanner):
    node = secure_node()
    with contextlib.ExitStack() as opened:
        for _ in range(100):
            for port in (node.port, node.tls_port):
                opened.enter_context(socket.create_connection((HERE, port), timeout=20))
        assert associates(node.tls_port, a_client(clinic, scanner))
        with socket.create_connection((HERE, node.port), timeout=20) as plain:
            raw.associate(plain)


@pytest.mark.logs("tls-handshake-failed")
def test_a_handshake_that_does_not_end_is_ended(secure_node, monkeypatch):
    monkeypatch.setattr(visit_module.wire, "ARTIM_S", 0.2)
    with socket.create_connection((HERE, secure_node().tls_port), timeout=20) as silent:
        silent.sendall(b"\x16\x03\x01")
        assert raw.answer(silent)[0] == 0


def test_a_node_that_stops_ends_its_secure_associations(secure_node, clinic, scanner):
    node = secure_node()
    with (
        socket.create_connection((HERE, node.tls_port), timeout=20) as plain,
        a_client(clinic, scanner).wrap_socket(plain, server_hostname=HERE) as connection,
    ):
        raw.associate(connection)
        node.stop()
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            assert raw.answer(connection)[0] in (0, 7)


def test_who_is_silent_over_tls_is_told_that_it_has_to_go(secure_node, clinic, scanner):
    with (
        socket.create_connection((HERE, secure_node(idle_s=0.1).tls_port), timeout=20) as plain,
        a_client(clinic, scanner).wrap_socket(plain, server_hostname=HERE) as connection,
    ):
        raw.associate(connection)
        assert raw.answer(connection)[0] == 7


def test_who_is_silent_over_tls_makes_room(secure_node, clinic, scanner, monkeypatch):
    monkeypatch.setattr(room, "MAX_ASSOCIATIONS", 1)
    monkeypatch.setattr(room, "LET_REST_S", 0)
    node = secure_node()
    with (
        socket.create_connection((HERE, node.tls_port), timeout=20) as plain,
        a_client(clinic, scanner).wrap_socket(plain, server_hostname=HERE) as connection,
    ):
        raw.associate(connection)
        (visit,) = node._room.guests()
        deadline = time.monotonic() + PATIENCE_S
        while visit.idle_since is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert associates(node.tls_port, a_client(clinic, scanner))
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            assert raw.answer(connection)[0] in (0, 7)


def test_a_proxy_says_who_calls_before_the_handshake(secure_node, clinic, scanner):
    node = secure_node(proxies=[HERE])
    with socket.create_connection((HERE, node.tls_port), timeout=20) as plain:
        plain.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 50112 2762\r\n")
        with a_client(clinic, scanner).wrap_socket(plain, server_hostname=HERE) as connection:
            raw.associate(connection)
            assert [visit.address for visit in node._room.guests()] == ["192.0.2.7"]


def test_an_object_arrives_whole_over_tls(secure_node, clinic, scanner):
    with (
        socket.create_connection((HERE, secure_node().tls_port), timeout=20) as plain,
        a_client(clinic, scanner).wrap_socket(plain, server_hostname=HERE) as connection,
    ):
        raw.associate(connection)
        assert raw.store(connection, data_set_of(an_object(side=512))) == 0


# --- we call others ---------------------------------------------------------------------------


def echo(port: int, settings: Settings) -> EchoOutcome:
    node = RemoteNode("KLINIKA", HERE, port, tls=True)
    return send_echo(node, ae_title="ARCHIVE", tls=tls.for_nodes(settings)).outcome


def test_we_reach_a_node_that_speaks_tls_and_that_we_trust(secure_node, settings):
    assert echo(secure_node().tls_port, settings()) is EchoOutcome.ANSWERED


@pytest.mark.logs("tls-handshake-failed")
def test_we_do_not_speak_to_a_node_that_we_do_not_trust(secure_node, settings):
    port = secure_node(dicom_tls_client_certificate="none").tls_port
    assert echo(port, settings(dicom_tls_ca=None)) is EchoOutcome.NOT_TRUSTED


@pytest.mark.logs("tls-handshake-failed")
def test_a_node_that_wants_our_certificate_is_shown_it(secure_node, settings):
    without = settings(dicom_tls_certificate=None, dicom_tls_key=None)
    assert echo(secure_node().tls_port, without) is not EchoOutcome.ANSWERED


@pytest.mark.logs("association-aborted")
def test_a_node_that_speaks_no_tls_is_told_apart(secure_node, settings):
    assert echo(secure_node().port, settings()) is EchoOutcome.NOT_TRUSTED


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"dicom_tls_certificate": None}, "dicom_tls_certificate"),
        ({"dicom_tls_ca": None}, "dicom_tls_ca"),
    ],
)
def test_a_tls_port_needs_its_files(settings, changed, named):
    with pytest.raises(ConfigurationError, match=named):
        tls.for_callers(settings(**changed))


@pytest.mark.parametrize("field", ["dicom_tls_certificate", "dicom_tls_key", "dicom_tls_ca"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_missing_or_something_else_is_named(settings, tmp_path, field, content):
    file = tmp_path / "bad.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"bad\.pem"):
        tls.for_callers(settings(**{field: file}))


def test_a_key_of_another_certificate_is_told(settings, scanner):
    with pytest.raises(ConfigurationError, match="KEY_VALUES_MISMATCH"):
        tls.for_callers(settings(dicom_tls_key=scanner.key))

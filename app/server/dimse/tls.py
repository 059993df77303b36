"""DICOM over TLS by the non-downgrading BCP 195 profile (PS3.15 B.12, RFC 9325, RFC 8996).

TLS 1.2 and 1.3 with ephemeral keys and AEAD ciphers, nothing older, nothing to negotiate down to.
"""

import contextlib
import socket
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import ConfigurationError
from app.server.core.system_trust import SystemTrust
from app.settings import ClientCertificate, Settings

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CIPHERS = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
"""Of TLS 1.2, best first; those of 1.3 are all ephemeral and AEAD."""
CIPHERS_TO_NODES = (*CIPHERS, "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256")
VERIFY_MODES = {
    ClientCertificate.NONE: ssl.CERT_NONE,
    ClientCertificate.OPTIONAL: ssl.CERT_OPTIONAL,
    ClientCertificate.REQUIRED: ssl.CERT_REQUIRED,
}


class SecureSocket(ssl.SSLSocket):
    """Keeps to one deadline where Python's own starts it anew for every record."""

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        """Send all of `data` within the time-out that is set."""
        timeout_s = self.gettimeout()
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with memoryview(data) as view, view.cast("B") as rest:
            sent = 0
            while sent < len(rest):
                if deadline is not None:
                    self.settimeout(max(deadline - time.monotonic(), 0))
                sent += self.send(rest[sent:], flags)

    def shutdown(self, how: int) -> None:
        """Say that no more comes, in TLS and beneath it; what comes is not deciphered any more."""
        with contextlib.suppress(OSError, ValueError):
            self.settimeout(0)
            self.unwrap()
        super().shutdown(how)


def for_callers(settings: Settings) -> ssl.SSLContext:
    """What callers on the TLS port meet. Raises ConfigurationError."""
    context = _strict(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), CIPHERS)
    if not settings.dicom_tls_certificate:
        raise ConfigurationError("dicom_tls_port needs dicom_tls_certificate")
    _show_certificate(context, settings)
    wanted = settings.dicom_tls_client_certificate
    if wanted is not ClientCertificate.NONE:
        if not settings.dicom_tls_ca:
            raise ConfigurationError("dicom_tls_client_certificate needs dicom_tls_ca")
        _trust(context, settings.dicom_tls_ca)
    context.verify_mode = VERIFY_MODES[wanted]
    return context


def for_nodes(settings: Settings) -> ssl.SSLContext:
    """How remote nodes are met that speak TLS. Raises ConfigurationError."""
    kind = ssl.SSLContext if settings.dicom_tls_ca else SystemTrust
    context = _strict(kind(ssl.PROTOCOL_TLS_CLIENT), CIPHERS_TO_NODES)
    if settings.dicom_tls_certificate:
        _show_certificate(context, settings)
    if settings.dicom_tls_ca:
        _trust(context, settings.dicom_tls_ca)
    # Scanners' certificates name the device, seldom the address they have in this clinic.
    context.check_hostname = not settings.dicom_tls_ca
    return context


def wrapped(context: ssl.SSLContext, connection: socket.socket) -> SecureSocket:
    """An accepted connection whose `do_handshake` is still to come. Raises OSError."""
    secure = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    assert isinstance(secure, SecureSocket)  # noqa: S101 - the context makes these
    return secure


def _strict(context: ssl.SSLContext, ciphers: tuple[str, ...]) -> ssl.SSLContext:
    context.sslsocket_class = SecureSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(ciphers))
    # Certificates that clinics make at home and devices bring along seldom keep every rule of
    # RFC 5280: chain, dates and signatures are what counts, in every version of Python.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if context.protocol == ssl.PROTOCOL_TLS_SERVER:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        context.num_tickets = 0  # every association proves itself anew
    return context


def _show_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    certificate, key = settings.dicom_tls_certificate, settings.dicom_tls_key
    try:
        context.load_cert_chain(str(certificate), str(key) if key else None, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{certificate}, {key}: {_reason(error)}") from error


def _no_password() -> str:
    raise ValueError("the key has a password")


def _trust(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(str(file))
    except OSError as error:
        raise ConfigurationError(f"{file}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "not PEM, or the key of another certificate"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)

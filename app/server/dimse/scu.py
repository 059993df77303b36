"""The node as a user of other nodes: C-ECHO and C-STORE towards a peer (PS3.4 A and B)."""

import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydicom import dcmread
from pydicom.uid import UID
from pynetdicom import AE, build_context
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification

from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode

NETWORK_TIMEOUT_S = 10
CONTEXTS_PER_ASSOCIATION = 128
SUCCESS = 0x0000
NO_RESPONSE = -1
"""Stands for a peer that answered nothing, or took no context for the object."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A remote application entity; `tls` is how it is met where it speaks TLS."""

    host: str
    port: int
    ae_title: str
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, node: RemoteNode, tls: ssl.SSLContext) -> Self:
        """Where `node` is; `tls` is made by `tls.for_nodes`."""
        return cls(node.host, node.port, node.ae_title, tls if node.tls else None)


@dataclass(frozen=True, slots=True)
class Sent:
    """How a peer answered one object; `status` is the DICOM status, or NO_RESPONSE."""

    path: Path
    status: int


def echo(peer: Peer, calling: str) -> int:
    """Send C-ECHO and answer its status. Raises UnavailableError without an association."""
    association = _associate(peer, calling, [(Verification, None)])
    try:
        return int(association.send_c_echo().get("Status", NO_RESPONSE))
    finally:
        association.release()


def store(peer: Peer, calling: str, files: Iterable[Path]) -> Iterator[Sent]:
    """Send `files` as they are and yield each answer as it comes.

    Raises UnavailableError when the peer accepts no association.
    """
    paths = list(files)
    contexts = list({_context(path): None for path in paths})[:CONTEXTS_PER_ASSOCIATION]
    association = _associate(peer, calling, contexts)
    try:
        for path in paths:
            yield Sent(path, _send(association, path))
    finally:
        association.release()


def _context(path: Path) -> tuple[UID, UID]:
    meta = dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta
    return UID(meta.MediaStorageSOPClassUID), UID(meta.TransferSyntaxUID)


def _send(association: Association, path: Path) -> int:
    try:
        return int(association.send_c_store(path).get("Status", NO_RESPONSE))
    except (ValueError, RuntimeError):
        return NO_RESPONSE


def _associate(peer: Peer, calling: str, contexts: list[tuple[UID, UID | None]]) -> Association:
    entity = AE(ae_title=calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = NETWORK_TIMEOUT_S
    association = entity.associate(
        peer.host,
        peer.port,
        contexts=[build_context(abstract, transfer) for abstract, transfer in contexts],
        ae_title=peer.ae_title,
        tls_args=(peer.tls, peer.host) if peer.tls else None,
    )
    if not association.is_established:
        raise UnavailableError(f"{peer.ae_title} accepts no association")
    return association

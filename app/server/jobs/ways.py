"""The ways a study comes from a remote archive: over DICOM by C-GET, else C-MOVE; or DICOMweb."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from app.domain.access import Actor, Permission
from app.domain.archives import ArchivePage, ArchiveProblem, ArchiveQuery
from app.domain.errors import UnavailableError
from app.domain.ingest import RefusedObjectError, Source, SourceKind, StoreOutcome
from app.domain.nodes import RemoteNode
from app.server.core.nodes import Nodes
from app.server.dimse import archive, storage
from app.server.dimse.archive import Fetch, Series
from app.server.dimse.requestor import Objects, Peer
from app.server.dimse.service import Door
from app.server.dimse.status import Status
from app.server.store.spool import Spool
from app.server.web.dicomweb import remote
from app.server.web.dicomweb.remote import Site

log = structlog.get_logger()

REFUSALS = frozenset(
    {Status.DUPLICATE_INSTANCE, Status.DATA_SET_MISMATCH, Status.CANNOT_UNDERSTAND}
)
"""What `storage` answers to an object that is not kept, however often it comes."""

Attempt = Callable[[Series, Series], int]
"""Fetches what is missing of what is there. Raises UnavailableError.

Answers how many objects came that are not kept, and would not be the next time, as far as it knows.
"""


class Way(Protocol):
    """How one study is fetched."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What is tried, one after the other, while something is missing."""

    def series(self) -> Series:
        """What the archive has of the study. Raises UnavailableError."""

    def problem_of(self, error: UnavailableError) -> ArchiveProblem:
        """What an error says to people."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where objects of an archive come in."""

    door: Door
    spool: Spool
    max_object_size: int


@dataclass(frozen=True, slots=True)
class OverDicom:
    """By C-GET, else by C-MOVE to ourselves."""

    fetch: Fetch
    entrance: Entrance

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """C-GET and C-MOVE."""
        return self._get, self._move

    def series(self) -> Series:
        """By C-FIND."""
        return archive.series_of(self.fetch)

    def problem_of(self, error: UnavailableError) -> ArchiveProblem:
        """What an association says."""
        return archive.problem_of(error)

    def _get(self, there: Series, missing: Series) -> int:
        peer = self.fetch.peer
        actor = _actor(peer.ae_title)
        source = Source(
            SourceKind.C_STORE, peer.ae_title, peer.host, peer.character_set, self.fetch.calling
        )

        refused: list[str] = []

        def take(content: bytes | Path) -> int:
            if self.fetch.is_stopped():  # so that it ends soon
                return Status.OUT_OF_RESOURCES
            answer = storage.put(self.entrance.door, actor, source, content)
            if answer.status in REFUSALS:
                refused.append(answer.comment)
            return answer.status

        objects = Objects(self.entrance.spool, self.entrance.max_object_size, take)
        try:
            archive.get(self.fetch, there, missing, objects)
        except UnavailableError as error:
            if not archive.can_go_another_way(error):
                raise
        return len(refused)

    def _move(self, there: Series, missing: Series) -> int:
        archive.move(self.fetch, there, missing)
        return 0


@dataclass(frozen=True, slots=True)
class OverDicomweb:
    """By QIDO-RS and WADO-RS."""

    site: Site
    character_set: str
    study_uid: str
    is_stopped: Callable[[], bool]
    entrance: Entrance

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """WADO-RS."""
        return (self._fetch,)

    def series(self) -> Series:
        """By QIDO-RS."""
        return remote.series_of(self.site, self.study_uid, self.is_stopped)

    def problem_of(self, error: UnavailableError) -> ArchiveProblem:
        """What the site says."""
        if isinstance(error, remote.NoAnswerError):
            return error.problem
        return ArchiveProblem.FAILED

    def _fetch(self, there: Series, missing: Series) -> int:
        actor = _actor(self.site.ae_title)
        source = Source(SourceKind.WADO, self.site.ae_title, self.site.host, self.character_set)
        refused: list[str] = []

        def take(content: bytes | Path) -> None:
            try:
                result = self.entrance.door.store(actor, source, content)
            except RefusedObjectError as error:
                log.info("retrieved-object-refused", ae_title=source.name, reason=error.reason)
                refused.append(error.reason)
            else:
                if result.outcome is StoreOutcome.CONFLICT:
                    refused.append(result.outcome)

        objects = remote.Objects(self.entrance.spool, self.entrance.max_object_size, take)
        remote.fetch(self.site, self.study_uid, there, missing, objects, self.is_stopped)
        return len(refused)


@dataclass(frozen=True, slots=True)
class FarArchives:
    """The archives that are nodes: asked and fetched from in the name of `calling`.

    `tls` is how nodes are met that speak DICOM over TLS, `trust` how sites of DICOMweb are.
    """

    nodes: Nodes
    tls: ssl.SSLContext
    trust: ssl.SSLContext
    calling: str
    entrance: Entrance

    def ask(self, node: RemoteNode, query: ArchiveQuery) -> ArchivePage:
        """What an archive has."""
        if site := self._site(node.ae_title):
            return remote.search(site[0], query)
        return archive.search(Peer.of(node, self.tls), self.calling, query)

    def of(self, ae_title: str, study_uid: str, is_stopped: Callable[[], bool]) -> Way | None:
        """How a study comes from there; None for an archive without an address."""
        if site := self._site(ae_title):
            return OverDicomweb(*site, study_uid, is_stopped, self.entrance)
        node = self.nodes.address(ae_title)
        if node is None:
            return None
        fetch = Fetch(Peer.of(node, self.tls), self.calling, study_uid, is_stopped)
        return OverDicom(fetch, self.entrance)

    def _site(self, ae_title: str) -> tuple[Site, str] | None:
        """Where an archive's DICOMweb is, and the character set of what it does not label."""
        found = self.nodes.web_address(ae_title)
        if found is None:
            return None
        node, secret = found
        return Site.of(node, secret, self.trust), node.character_set


def _actor(ae_title: str) -> Actor:
    return Actor(ae_title, frozenset({Permission.STUDY_IMPORT}))

"""Signing: the PDF is stored before the rows, and every step may be repeated after a crash.

Who signs what and when is written first, with the PDF's hash and a UID that nobody can know before;
what the archive already holds under it is not stored again. A PDF counts as signed only when it is
the one whose hash was written.
"""

import hashlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.dicom.encapsulate import encapsulated_pdf
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, InvalidError
from app.domain.ingest import Source, SourceKind, StoreOutcome
from app.domain.report import Report, ReportState
from app.server.core import audit, retrieve, studies
from app.server.core.audit import Action
from app.server.core.ingest import Ingest
from app.server.core.pdf import check_pdf, document_of
from app.server.core.pixels import stored_object
from app.server.core.sessions import Sessions
from app.server.core.versions import draft, version
from app.server.store import changes
from app.server.store import reports as rows
from app.server.store.engine import Connection, Database
from app.server.store.objects import ObjectStore
from app.server.store.reports import BegunSignature, StoredReport

CLOCK_TOLERANCE = timedelta(minutes=15)
TITLE = "Radiology report"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signer sends: the revision that was read, the printed PDF and the time in it."""

    revision: int
    password: str = field(repr=False)
    pdf: bytes = field(repr=False)
    signed_at: datetime


class Signing:
    """The use case of signing."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        ingest: Ingest,
        sessions: Sessions,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._objects = objects
        self._ingest = ingest
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()

    def sign(self, actor: Actor, report_id: str, signature: Signature) -> Report:
        """Sign a draft for good and store its PDF in the study.

        Raises WrongPasswordError, ConflictError as a save does, and InvalidError for what is no
        PDF. Repeated by the same signer it answers the same report.
        """
        actor.require(Permission.REPORT_SIGN)
        self._sessions.verify_password(actor, signature.password)
        check_pdf(signature.pdf)
        self._check_time(signature.signed_at)
        with self._lock:
            done = self._signed_before(actor, report_id, signature.revision)
            if done:
                return done
            begun = self._begun(actor, report_id, signature)
            return self._finish(actor, report_id, signature.revision, begun)

    def pdf(self, actor: Actor, sop_instance_uid: str) -> bytes:
        """The document of a stored PDF object. Raises NotFoundError."""
        stored = stored_object(self._database, actor, sop_instance_uid)
        with retrieve.read(self._objects, stored) as file:
            return document_of(file)

    def _check_time(self, signed_at: datetime) -> None:
        if signed_at.tzinfo is None:
            raise InvalidError("signed_at has no time zone")
        if abs(signed_at - self._clock()) > CLOCK_TOLERANCE:
            raise InvalidError("signed_at differs from the server's clock")

    def _signed_before(self, actor: Actor, report_id: str, revision: int) -> Report | None:
        with self._database.read() as connection:
            report = version(connection, report_id).report
        is_same = (report.signed_by, report.revision) == (actor.name, revision)
        return report if report.state is ReportState.SIGNED and is_same else None

    def _begun(self, actor: Actor, report_id: str, signature: Signature) -> BegunSignature:
        """A signature whose PDF is stored: an earlier try's that came so far, else a new one."""
        with self._database.write() as connection:
            stored = draft(connection, report_id, signature.revision)
            if _has_come_so_far(connection, stored, actor):
                return stored.signature
            series_uid = rows.series_of_reports(connection, stored.report.study_uid) or _new_uid()
            begun = BegunSignature(
                by=actor.name,
                at=signature.signed_at,
                pdf_sop_instance_uid=_new_uid(),
                pdf_sha256=hashlib.sha256(signature.pdf).hexdigest(),
            )
            rows.begin_signature(connection, report_id, begun)
        self._store_pdf(actor, stored.report, series_uid, begun, signature)
        return begun

    def _store_pdf(
        self,
        actor: Actor,
        report: Report,
        series_uid: str,
        begun: BegunSignature,
        signature: Signature,
    ) -> None:
        study = studies.study(self._database, actor, report.study_uid)
        data = encapsulated_pdf(
            signature.pdf,
            study.summary,
            title=TITLE,
            sop_instance_uid=begun.pdf_sop_instance_uid,
            series_uid=series_uid,
            instance_number=report.version,
            made_at=signature.signed_at,
        )
        result = self._ingest.store(actor, Source(SourceKind.REPORT, actor.name), data)
        if result.outcome is StoreOutcome.CONFLICT:
            raise ConflictError("the archive holds another object in the PDF's place")

    def _finish(self, actor: Actor, report_id: str, revision: int, begun: BegunSignature) -> Report:
        kept = hashlib.sha256(self.pdf(actor, begun.pdf_sop_instance_uid)).hexdigest()
        if kept != begun.pdf_sha256:
            raise ConflictError("the stored PDF is not the one that was signed")
        now = self._clock()
        with self._database.write() as connection:
            stored = draft(connection, report_id, revision)
            if stored.signature != begun:
                raise ConflictError("someone else signs it")
            study_uid = stored.report.study_uid
            rows.finish_signature(connection, report_id)
            rows.set_study_state(connection, study_uid, ReportState.SIGNED)
            audit.record(connection, actor.name, Action.REPORT_SIGNED, at=now, subject=report_id)
            changes.append(connection, ChangeKind.REPORT_SIGNED, [study_uid], now)
            return version(connection, report_id).report


def _has_come_so_far(connection: Connection, stored: StoredReport, actor: Actor) -> bool:
    begun = stored.signature
    is_ours = begun.by == actor.name and begun.pdf_sop_instance_uid != ""
    return is_ours and rows.is_report(connection, begun.pdf_sop_instance_uid)


def _new_uid() -> str:
    """A random UID (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid4().int}"

"""Reports: drafts that are saved with a revision, signed versions that never change.

Signing stores the PDF before the rows, and every step may be repeated after a crash: who signs and
when is written first, the PDF's UID follows from report, revision and signer, and what the archive
already holds is not stored again.
"""

import hashlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.dicom.encapsulate import encapsulated_pdf
from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.ingest import Source, SourceKind
from app.domain.report import Report, ReportContent, ReportState
from app.server.core import audit, studies
from app.server.core.audit import Action
from app.server.core.ingest import Ingest
from app.server.core.pdf import check_pdf, document_of
from app.server.core.pixels import object_file
from app.server.core.png import check_png
from app.server.core.sessions import Sessions
from app.server.store import changes
from app.server.store import reports as rows
from app.server.store.engine import Connection, Database
from app.server.store.objects import ObjectStore
from app.server.store.reports import StoredReport

MAX_CONTENT_CHARACTERS = 200_000
MAX_KEY_IMAGES = 50
MAX_MEASUREMENTS = 500
CLOCK_TOLERANCE = timedelta(minutes=15)
TITLE = "Radiology report"
REPORTS = uuid.UUID("2f6b3f0e-0d7e-4d0a-9d0b-6d3a3f6c7a51")
"""Name space of the UIDs that follow from what they name."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signer sends: the revision that was read, the printed PDF and the time in it."""

    revision: int
    password: str = field(repr=False)
    pdf: bytes = field(repr=False)
    signed_at: datetime


class Reports:
    """The use cases of reports."""

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
        self._signing = threading.Lock()

    def of_study(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """Every version, newest first. Raises NotFoundError for an unknown study."""
        actor.require(Permission.REPORT_READ)
        with self._database.read() as connection:
            _study_row(connection, study_uid)
            return rows.of_study(connection, study_uid)

    def start(self, actor: Actor, study_uid: str, content: ReportContent) -> Report:
        """A draft: version 1, or the next one after a signed version.

        The study's row shows the newest version's state. Raises ConflictError while a draft is
        open, and NotFoundError.
        """
        actor.require(Permission.REPORT_WRITE)
        _check_content(content)
        now = self._clock()
        with self._database.write() as connection:
            study_row = _study_row(connection, study_uid)
            versions = rows.of_study(connection, study_uid)
            if versions and versions[0].state is ReportState.DRAFT:
                raise ConflictError("a draft is open")
            report = Report(
                report_id=uuid.uuid4().hex,
                study_uid=study_uid,
                version=versions[0].version + 1 if versions else 1,
                revision=1,
                state=ReportState.DRAFT,
                content=content,
                author=actor.name,
                updated_at=now,
            )
            rows.insert(connection, report, study_row)
            rows.set_study_state(connection, study_uid, ReportState.DRAFT)
            audit.record(
                connection, actor.name, Action.REPORT_STARTED, at=now, subject=report.report_id
            )
            changes.append(connection, ChangeKind.REPORT_DRAFTED, [study_uid], now)
        return report

    def save(self, actor: Actor, report_id: str, revision: int, content: ReportContent) -> Report:
        """Save a draft that was read at `revision`.

        Raises ConflictError when someone saved since, or when it is signed.
        """
        actor.require(Permission.REPORT_WRITE)
        _check_content(content)
        with self._database.write() as connection:
            report = _draft(connection, report_id, revision).report
            saved = replace(
                report, revision=revision + 1, content=content, updated_at=self._clock()
            )
            rows.save(connection, saved)
        return saved

    def sign(self, actor: Actor, report_id: str, signature: Signature) -> Report:
        """Sign a draft for good and store its PDF in the study.

        Raises WrongPasswordError, ConflictError as `save` does, and
        InvalidError for what is no PDF. Repeated by the same signer it answers the same report.
        """
        actor.require(Permission.REPORT_SIGN)
        self._sessions.verify_password(actor, signature.password)
        check_pdf(signature.pdf)
        self._check_time(signature.signed_at)
        with self._signing:
            done = self._signed_before(actor, report_id, signature.revision)
            if done:
                return done
            sop_instance_uid = _uid(report_id, str(signature.revision), actor.name)
            self._store_pdf(actor, report_id, sop_instance_uid, signature)
            return self._finish(actor, report_id, sop_instance_uid, signature.revision)

    def pdf(self, actor: Actor, report_id: str) -> bytes:
        """The PDF of a signed version. Raises NotFoundError."""
        actor.require(Permission.REPORT_READ)
        with self._database.read() as connection:
            report = _report(connection, report_id).report
        if report.state is not ReportState.SIGNED:
            raise NotFoundError("not signed")
        return self._stored_pdf(actor, report.pdf_sop_instance_uid)

    def put_image(self, actor: Actor, study_uid: str, png: bytes) -> str:
        """Keep a key image and answer its id. Raises InvalidError for what is no PNG."""
        actor.require(Permission.REPORT_WRITE)
        check_png(png)
        image_id = uuid.uuid4().hex
        with self._database.write() as connection:
            study_row = _study_row(connection, study_uid)
            rows.insert_image(connection, image_id, study_row, png, self._clock())
        return image_id

    def image(self, actor: Actor, image_id: str) -> bytes:
        """A key image as PNG. Raises NotFoundError."""
        actor.require(Permission.REPORT_READ)
        with self._database.read() as connection:
            png = rows.image(connection, image_id)
        if png is None:
            raise NotFoundError("report image")
        return png

    def _check_time(self, signed_at: datetime) -> None:
        if signed_at.tzinfo is None:
            raise InvalidError("signed_at has no time zone")
        if abs(signed_at - self._clock()) > CLOCK_TOLERANCE:
            raise InvalidError("signed_at differs from the server's clock")

    def _signed_before(self, actor: Actor, report_id: str, revision: int) -> Report | None:
        with self._database.read() as connection:
            report = _report(connection, report_id).report
        is_same = (report.signed_by, report.revision) == (actor.name, revision)
        return report if report.state is ReportState.SIGNED and is_same else None

    def _store_pdf(
        self, actor: Actor, report_id: str, sop_instance_uid: str, signature: Signature
    ) -> None:
        """Write who signs and when, then store the PDF, unless an earlier try came so far."""
        with self._database.write() as connection:
            report = _draft(connection, report_id, signature.revision).report
            if rows.has_object(connection, sop_instance_uid):
                return
            rows.begin_signature(connection, report_id, actor.name, signature.signed_at)
        study = studies.study(self._database, actor, report.study_uid)
        data = encapsulated_pdf(
            signature.pdf,
            study.summary,
            title=TITLE,
            sop_instance_uid=sop_instance_uid,
            series_uid=_uid(report.study_uid),
            instance_number=report.version,
            made_at=signature.signed_at,
        )
        self._ingest.store(actor, Source(SourceKind.REPORT, actor.name), data)

    def _finish(self, actor: Actor, report_id: str, sop_instance_uid: str, revision: int) -> Report:
        digest = hashlib.sha256(self._stored_pdf(actor, sop_instance_uid)).hexdigest()
        now = self._clock()
        with self._database.write() as connection:
            draft = _draft(connection, report_id, revision)
            if draft.signed_by != actor.name:
                raise ConflictError("someone else signs it")
            study_uid = draft.report.study_uid
            rows.finish_signature(connection, report_id, sop_instance_uid, digest)
            rows.set_study_state(connection, study_uid, ReportState.SIGNED)
            audit.record(connection, actor.name, Action.REPORT_SIGNED, at=now, subject=report_id)
            changes.append(connection, ChangeKind.REPORT_SIGNED, [study_uid], now)
            return _report(connection, report_id).report

    def _stored_pdf(self, actor: Actor, sop_instance_uid: str) -> bytes:
        return document_of(object_file(self._database, self._objects, actor, sop_instance_uid))


def _study_row(connection: Connection, study_uid: str) -> int:
    row = rows.study_id(connection, study_uid)
    if row is None:
        raise NotFoundError("study")
    return row


def _report(connection: Connection, report_id: str, *, lock: bool = False) -> StoredReport:
    stored = rows.get(connection, report_id, lock=lock)
    if stored is None:
        raise NotFoundError("report")
    return stored


def _draft(connection: Connection, report_id: str, revision: int) -> StoredReport:
    stored = _report(connection, report_id, lock=True)
    if stored.report.state is not ReportState.DRAFT:
        raise ConflictError("a signed report never changes")
    if stored.report.revision != revision:
        raise ConflictError("someone saved it since")
    return stored


def _check_content(content: ReportContent) -> None:
    characters = sum(len(text) for text in content.sections.values())
    if characters > MAX_CONTENT_CHARACTERS:
        raise InvalidError("report too long")
    if len(content.key_images) > MAX_KEY_IMAGES or len(content.measurements) > MAX_MEASUREMENTS:
        raise InvalidError("too many key images or measurements")


def _uid(*names: str) -> str:
    """A UID that follows from `names` (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(REPORTS, '/'.join(names)).int}"

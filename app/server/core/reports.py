"""Reports: drafts that are saved with a revision, signed versions that never change."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.access import Actor, Permission
from app.domain.changes import ChangeKind
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.report import Report, ReportContent, ReportState
from app.server.core import audit
from app.server.core.audit import Action
from app.server.core.ingest import Ingest
from app.server.core.png import check_png
from app.server.core.sessions import Sessions
from app.server.core.signing import Signature, Signing
from app.server.core.versions import draft, study_row, version
from app.server.store import changes
from app.server.store import reports as rows
from app.server.store.engine import Connection, Database
from app.server.store.objects import ObjectStore

MAX_CONTENT_CHARACTERS = 200_000
MAX_KEY_IMAGES = 50
MAX_MEASUREMENTS = 500
MAX_IMAGES_OF_STUDY = 4 * MAX_KEY_IMAGES
"""Kept pictures, with those that no version shows; the latter go after UNUSED_FOR."""
UNUSED_FOR = timedelta(days=1)


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
        self._clock = clock
        self._signing = Signing(database, objects, ingest, sessions, clock)

    def of_study(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """Every version, newest first. Raises NotFoundError for an unknown study."""
        actor.require(Permission.REPORT_READ)
        with self._database.read() as connection:
            study_row(connection, study_uid)
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
            row = study_row(connection, study_uid)
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
            rows.insert(connection, report, row)
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
            report = draft(connection, report_id, revision).report
            saved = replace(
                report, revision=revision + 1, content=content, updated_at=self._clock()
            )
            rows.save(connection, saved)
        return saved

    def sign(self, actor: Actor, report_id: str, signature: Signature) -> Report:
        """Sign a draft for good and store its PDF in the study.

        Raises WrongPasswordError, ConflictError as `save` does, and InvalidError for what is no
        PDF. Repeated by the same signer it answers the same report.
        """
        return self._signing.sign(actor, report_id, signature)

    def pdf(self, actor: Actor, report_id: str) -> bytes:
        """The PDF of a signed version. Raises NotFoundError."""
        actor.require(Permission.REPORT_READ)
        with self._database.read() as connection:
            report = version(connection, report_id).report
        if report.state is not ReportState.SIGNED:
            raise NotFoundError("not signed")
        return self._signing.pdf(actor, report.pdf_sop_instance_uid)

    def put_image(self, actor: Actor, study_uid: str, png: bytes) -> str:
        """Keep a key image and answer its id.

        Raises InvalidError for what is no PNG, and when the study has very many.
        """
        actor.require(Permission.REPORT_WRITE)
        check_png(png)
        image_id, now = uuid.uuid4().hex, self._clock()
        with self._database.write() as connection:
            row = study_row(connection, study_uid)
            _make_room(connection, study_uid, row, now - UNUSED_FOR)
            rows.insert_image(connection, image_id, row, png, now)
        return image_id

    def image(self, actor: Actor, image_id: str) -> bytes:
        """A key image as PNG. Raises NotFoundError."""
        actor.require(Permission.REPORT_READ)
        with self._database.read() as connection:
            png = rows.image(connection, image_id)
        if png is None:
            raise NotFoundError("report image")
        return png


def _check_content(content: ReportContent) -> None:
    characters = sum(len(text) for text in content.sections.values())
    if characters > MAX_CONTENT_CHARACTERS:
        raise InvalidError("report too long")
    if len(content.key_images) > MAX_KEY_IMAGES or len(content.measurements) > MAX_MEASUREMENTS:
        raise InvalidError("too many key images or measurements")


def _make_room(connection: Connection, study_uid: str, row: int, before: datetime) -> None:
    """Drop pictures from before `before` that no version shows, when the study has too many."""
    if rows.count_images(connection, row) < MAX_IMAGES_OF_STUDY:
        return
    versions = rows.of_study(connection, study_uid)
    shown = {image.image_id for each in versions for image in each.content.key_images}
    rows.drop_images(connection, row, shown, before)
    if rows.count_images(connection, row) >= MAX_IMAGES_OF_STUDY:
        raise InvalidError("the study has too many key images")

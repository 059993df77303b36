"""Rows of reports and of the pictures in them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from app.domain.ingest import SourceKind
from app.domain.report import Report, ReportContent, ReportState
from app.domain.wire import from_plain, to_plain
from app.server.store.tables import instance, report_image, series, study
from app.server.store.tables import report as table


@dataclass(frozen=True, slots=True)
class BegunSignature:
    """Who signs, when, and which PDF; all empty when nobody does."""

    by: str
    at: datetime | None
    pdf_sop_instance_uid: str
    pdf_sha256: str


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report; the signature of a draft is one that was begun and not finished."""

    report: Report
    signature: BegunSignature


def study_id(connection: Connection, study_uid: str) -> int | None:
    """The row of a study."""
    return connection.scalar(sa.select(study.c.id).where(study.c.study_uid == study_uid))


def is_report(connection: Connection, sop_instance_uid: str) -> bool:
    """Whether that object is the PDF of one of our reports."""
    query = sa.select(instance.c.id).where(
        instance.c.sop_instance_uid == sop_instance_uid,
        instance.c.source_kind == SourceKind.REPORT,
    )
    return connection.scalar(query) is not None


def series_of_reports(connection: Connection, study_uid: str) -> str:
    """The series that holds the PDFs of the study's reports; empty when there is none yet."""
    query = (
        sa.select(series.c.series_uid)
        .join(instance, instance.c.series_id == series.c.id)
        .join(study, study.c.id == series.c.study_id)
        .where(study.c.study_uid == study_uid, instance.c.source_kind == SourceKind.REPORT)
        .limit(1)
    )
    return connection.scalar(query) or ""


def of_study(connection: Connection, study_uid: str) -> tuple[Report, ...]:
    """Every version of a study's report, newest first."""
    query = _query().where(study.c.study_uid == study_uid).order_by(table.c.version.desc())
    return tuple(_stored(row).report for row in connection.execute(query))


def get(connection: Connection, report_id: str, *, lock: bool = False) -> StoredReport | None:
    """The report of that id; `lock` keeps it as it is until the transaction ends."""
    query = _query().where(table.c.id == report_id)
    row = connection.execute(query.with_for_update(of=table) if lock else query).one_or_none()
    return _stored(row) if row else None


def insert(connection: Connection, report: Report, study_row: int) -> None:
    """Add a version. Raises ClashError when another was added first."""
    connection.execute(
        table.insert().values(
            id=report.report_id,
            study_id=study_row,
            version=report.version,
            revision=report.revision,
            state=report.state,
            content=_content(report.content),
            author=report.author,
            updated_at=report.updated_at,
        )
    )


def save(connection: Connection, report: Report) -> None:
    """Replace a draft's content and revision; a signature that was begun is forgotten."""
    connection.execute(
        table.update()
        .where(table.c.id == report.report_id)
        .values(
            revision=report.revision,
            content=_content(report.content),
            updated_at=report.updated_at,
            signed_by="",
            signed_at=None,
            pdf_sop_instance_uid="",
            pdf_sha256="",
        )
    )


def begin_signature(connection: Connection, report_id: str, begun: BegunSignature) -> None:
    """Remember who signs a draft, when and with which PDF, before the PDF is stored."""
    connection.execute(
        table.update()
        .where(table.c.id == report_id)
        .values(
            signed_by=begun.by,
            signed_at=begun.at,
            pdf_sop_instance_uid=begun.pdf_sop_instance_uid,
            pdf_sha256=begun.pdf_sha256,
        )
    )


def finish_signature(connection: Connection, report_id: str) -> None:
    """Turn a draft whose PDF is stored into a signed version."""
    connection.execute(
        table.update().where(table.c.id == report_id).values(state=ReportState.SIGNED)
    )


def set_study_state(connection: Connection, study_uid: str, state: ReportState) -> None:
    """Show `state` in the study's row of the worklist."""
    connection.execute(
        study.update().where(study.c.study_uid == study_uid).values(report_state=state)
    )


def insert_image(
    connection: Connection, image_id: str, study_row: int, png: bytes, at: datetime
) -> None:
    """Keep a picture."""
    connection.execute(
        report_image.insert().values(id=image_id, study_id=study_row, png=png, created_at=at)
    )


def count_images(connection: Connection, study_row: int) -> int:
    """How many pictures a study has."""
    query = sa.select(sa.func.count()).where(report_image.c.study_id == study_row)
    return connection.scalar(query) or 0


def drop_images(
    connection: Connection, study_row: int, shown: Collection[str], before: datetime
) -> None:
    """Remove the study's pictures from before `before`, except those that are `shown`."""
    connection.execute(
        report_image.delete().where(
            report_image.c.study_id == study_row,
            report_image.c.created_at < before,
            report_image.c.id.not_in(shown),
        )
    )


def image(connection: Connection, image_id: str) -> bytes | None:
    """A picture as PNG."""
    query = sa.select(report_image.c.png).where(report_image.c.id == image_id)
    png: bytes | None = connection.scalar(query)
    return png


def _query() -> sa.Select[tuple[object, ...]]:
    return sa.select(table, study.c.study_uid).join(study, study.c.id == table.c.study_id)


def _content(content: ReportContent) -> bytes:
    return orjson.dumps(to_plain(content))


def _stored(row: sa.Row[tuple[object, ...]]) -> StoredReport:
    begun = BegunSignature(
        by=row.signed_by,
        at=row.signed_at,
        pdf_sop_instance_uid=row.pdf_sop_instance_uid,
        pdf_sha256=row.pdf_sha256,
    )
    report = Report(
        report_id=row.id,
        study_uid=row.study_uid,
        version=row.version,
        revision=row.revision,
        state=ReportState(row.state),
        content=from_plain(ReportContent, orjson.loads(row.content)),
        author=row.author,
        updated_at=row.updated_at,
    )
    if report.state is ReportState.SIGNED:
        report = replace(
            report,
            signed_by=begun.by,
            signed_at=begun.at,
            pdf_sop_instance_uid=begun.pdf_sop_instance_uid,
        )
    return StoredReport(report, begun)

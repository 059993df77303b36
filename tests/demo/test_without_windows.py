"""The journey from C-STORE to the signed PDF through the real server, without any window."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.client.embedded import EmbeddedServer
from app.client.server import Server
from app.demo import paper, samples, sending
from app.demo.steps import Step
from app.domain.access import Role
from app.domain.errors import ConflictError, ForbiddenError
from app.domain.report import Heading, Report, ReportState
from app.domain.study import WorklistQuery, display_name
from app.language import Language
from app.report.pdf import render
from app.report.templates import fill, templates_for
from tests.clinic import a_server

PASSWORD = "Quartz-lantern-84"
SLICES = 6


@pytest.fixture
def an_archive(tmp_path: Path) -> Iterator[EmbeddedServer]:
    with a_server(tmp_path / "archive") as running:
        yield running


@pytest.fixture
def a_doctor(an_archive: EmbeddedServer) -> Iterator[Server]:
    server = Server(an_archive.url, an_archive.secret)
    server.create_first_administrator("chief", "Chief", PASSWORD)
    server.sign_in("chief", PASSWORD)
    server.create_account("doctor", "Анна Соколова", Role.DOCTOR, PASSWORD)
    server.create_account("operator", "Оператор", Role.OPERATOR, PASSWORD)
    server.sign_out()
    server.sign_in("doctor", PASSWORD)
    yield server
    server.close()


def signed(server: Server, report: Report, study_uid: str) -> Report:
    """`report` printed and signed now."""
    now = datetime.now(UTC)
    summary = server.study(study_uid).summary
    name = server.account.full_name if server.account else ""
    pdf = render(report, summary, server.status().clinic, {}, name, now)
    return server.sign_report(report.report_id, report.revision, PASSWORD, pdf, now)


def test_from_c_store_to_the_signed_pdf(
    an_archive: EmbeddedServer, a_doctor: Server, tmp_path: Path
) -> None:
    ae_title = a_doctor.status().ae_title
    sending.echo(an_archive.dicom_port, ae_title)
    files = sorted(samples.chest_ct(tmp_path, slices=SLICES).iterdir())
    sending.store(an_archive.dicom_port, ae_title, files)

    page = a_doctor.worklist(WorklistQuery("иванов ct 2026"))
    assert [row.instance_count for row in page.rows] == [SLICES]
    study = a_doctor.study(page.rows[0].study_uid)
    assert len(a_doctor.manifest(study.series[0].series_uid).images) == SLICES

    template = templates_for("CT", Language.RU)[0]
    report = a_doctor.start_report(
        study.summary.study_uid, fill(template, study.summary, study.series)
    )
    report = signed(a_doctor, report, study.summary.study_uid)
    assert report.state is ReportState.SIGNED
    with pytest.raises(ConflictError):
        a_doctor.save_report(report.report_id, report.revision, report.content)

    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(a_doctor.report_pdf(report.report_id))
    step = Step("pdf")
    paper.check_pdf(step, pdf, (display_name(study.summary.patient_name),))
    assert "fonts embedded" in step.detail
    stored = a_doctor.study(study.summary.study_uid)
    assert stored.summary.report_state is ReportState.SIGNED
    assert {series.modality for series in stored.series} == {"CT", "DOC"}

    amendment = a_doctor.start_report(study.summary.study_uid, report.content)
    assert (amendment.version, amendment.state) == (2, ReportState.DRAFT)
    assert amendment.content.sections[Heading.FINDINGS]


def test_an_operator_may_not_write_a_report(
    an_archive: EmbeddedServer, a_doctor: Server, tmp_path: Path
) -> None:
    file = next(samples.ultrasound(tmp_path, frames=2).iterdir())
    study_uid = a_doctor.store_object(file).study_uid
    study = a_doctor.study(study_uid)
    content = fill(templates_for("US", Language.EN)[0], study.summary, study.series)
    operator = Server(an_archive.url, an_archive.secret)
    operator.sign_in("operator", PASSWORD)
    assert operator.worklist(WorklistQuery()).total == 1
    with pytest.raises(ForbiddenError):
        operator.start_report(study_uid, content)
    operator.close()
    assert a_doctor.reports(study_uid) == ()

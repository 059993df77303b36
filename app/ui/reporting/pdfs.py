"""The PDF of a report: rendered here while it is a draft, the stored one once it is signed."""

from datetime import datetime

from app.client.server import Server
from app.domain.errors import NotFoundError
from app.domain.report import Report, ReportState
from app.domain.study import StudySummary
from app.report.pdf import render


def report_pdf(server: Server, report: Report, study: StudySummary) -> bytes:
    """The PDF as it would be printed now. Raises the client's errors."""
    if report.state is ReportState.SIGNED:
        return server.report_pdf(report.report_id)
    return drawn_pdf(server, report, study)


def drawn_pdf(
    server: Server,
    report: Report,
    study: StudySummary,
    signer: str = "",
    signed_at: datetime | None = None,
) -> bytes:
    """The PDF made from the report's text, with a signature when `signer` is given."""
    images = {}
    for key_image in report.content.key_images:
        try:
            images[key_image.image_id] = server.report_image(key_image.image_id)
        except NotFoundError:
            continue  # the PDF says that the picture is missing
    return render(report, study, server.status().clinic, images, signer, signed_at)

"""Reports and their pictures."""

import base64
from datetime import datetime

from app.client.answers import read, read_all, read_text
from app.client.calls.base import Calls
from app.domain.calls import SavedReport, SignedReport
from app.domain.report import Report, ReportContent


class ReportCalls(Calls):
    """Drafts, signatures, key images and PDFs."""

    def reports(self, study_uid: str) -> tuple[Report, ...]:
        """Every version of a study's report, newest first."""
        return read_all(Report, self.connection.get(f"/api/studies/{study_uid}/reports"))

    def start_report(self, study_uid: str, content: ReportContent) -> Report:
        """A new draft: version 1, or an amendment of the signed version.

        Raises ConflictError while another draft is open.
        """
        return read(Report, self.connection.post(f"/api/studies/{study_uid}/reports", content))

    def save_report(self, report_id: str, revision: int, content: ReportContent) -> Report:
        """Save a draft. Raises ConflictError when someone saved after `revision`."""
        body = SavedReport(revision, content)
        return read(Report, self.connection.send_json("PUT", f"/api/reports/{report_id}", body))

    def sign_report(
        self, report_id: str, revision: int, password: str, pdf: bytes, signed_at: datetime
    ) -> Report:
        """Sign a draft for good; its PDF becomes an object of the study. Safe to repeat.

        Raises WrongPasswordError, ConflictError for a stale revision.
        """
        body = SignedReport(revision, signed_at, base64.b64encode(pdf).decode(), password)
        return read(Report, self.connection.post(f"/api/reports/{report_id}/sign", body))

    def put_report_image(self, study_uid: str, png: bytes) -> str:
        """Keep a key image and answer its id."""
        path = f"/api/studies/{study_uid}/report-images"
        return read_text(self.connection.upload(path, png, "image/png"), "id")

    def report_image(self, image_id: str) -> bytes:
        """A key image as PNG."""
        return self.connection.get(f"/api/report-images/{image_id}").content

    def report_pdf(self, report_id: str) -> bytes:
        """The PDF of a signed report. Raises NotFoundError before it is signed."""
        return self.connection.get(f"/api/reports/{report_id}/pdf").content

"""The printed report: A4, fonts embedded, in the report's language, its bytes repeatable."""

import io
from collections.abc import Mapping
from datetime import datetime

from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from app import __version__
from app.domain.report import Clinic, Report
from app.domain.study import StudySummary
from app.language import Language, tr
from app.report import blocks
from app.report.fonts import REGULAR
from app.report.glyphs import NAMELESS, printed, printed_name
from app.report.page import Running, canvas_maker
from app.report.style import MARGIN_BOTTOM, MARGIN_TOP, MARGIN_X, PAGE, WIDTH, styles
from app.report.text import one_line
from app.report.wording import date_text


def render(
    report: Report,
    study: StudySummary,
    clinic: Clinic,
    images: Mapping[str, bytes],
    signer: str = "",
    signed_at: datetime | None = None,
    language: Language | None = None,
) -> bytes:
    """The PDF of `report` in its own language (or `language`).

    `images` holds the PNG of each key image by its id; one that is missing leaves a visible note.
    With `signer` and an aware `signed_at` the signature is printed, else the pages say "draft"
    unless the report is signed.
    """
    shown = language or language_of(report.content.language)
    signature = _signature(report, signer, signed_at)
    styles()
    running = _running(report, study, shown, signature)
    story: list[Flowable] = [
        *blocks.clinic_header(clinic),
        *blocks.title_block(report, study, shown, signed=signature is not None),
        *blocks.patient_block(study, shown),
        *blocks.section_blocks(report.content.sections, shown),
        *blocks.measurement_blocks(report, shown),
        *blocks.image_blocks(report, images, shown),
        *blocks.signature_block(signature, shown),
    ]
    buffer = io.BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=PAGE,
        title=tr("Radiology report", shown),
        author=one_line(signature.signer) if signature else "",
        subject=", ".join(study.modalities),
        creator=f"Klinika Pro {__version__}",
        producer="ReportLab",
        lang=shown.value,
        displayDocTitle=True,
        initialFontName=REGULAR,
        invariant=1,
    )
    height = PAGE[1] - MARGIN_TOP - MARGIN_BOTTOM
    frame = Frame(MARGIN_X, MARGIN_BOTTOM, WIDTH, height, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(id="page", frames=[frame])])
    document.build(story, canvasmaker=canvas_maker(running))
    return buffer.getvalue()


def language_of(code: str) -> Language:
    """The language of a stored code; English for one nobody knows."""
    return Language(code) if code in set(Language) else Language.EN


def _signature(report: Report, signer: str, signed_at: datetime | None) -> blocks.Signature | None:
    name, moment = signer or report.signed_by, signed_at or report.signed_at
    return blocks.Signature(name, moment) if name and moment else None


def _running(
    report: Report, study: StudySummary, language: Language, signature: blocks.Signature | None
) -> Running:
    patient = [
        printed_name(study.patient_name, language, NAMELESS),
        printed(study.patient_id, language),
        date_text(study.birth_date, language),
    ]
    examined = date_text(study.study_date, language)
    head = [*patient, tr("examination of {date}", language, date=examined) if examined else ""]
    return Running(
        head="  ·  ".join(part for part in dict.fromkeys(map(one_line, head)) if part),
        foot=tr(
            "Report {number}, version {version}",
            language,
            number=report.report_id,
            version=report.version,
        ),
        draft="" if signature else tr("Draft, not signed", language),
        language=language,
        made_at=signature.signed_at if signature else report.updated_at,
    )

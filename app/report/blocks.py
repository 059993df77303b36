"""The parts of the printed report, each a list of flowables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    HRFlowable,
    KeepTogether,
    Paragraph,
    Spacer,
    Table,
)

from app.domain.report import Clinic, Heading, KeyImage, Report
from app.domain.study import StudySummary
from app.language import Language, tr
from app.report.fonts import REGULAR
from app.report.glyphs import NAMELESS, is_printable, printed, printed_name
from app.report.pictures import picture
from app.report.style import ACCENT, RULE, TINT, WIDTH, styles
from app.report.text import markup, one_line, plain
from app.report.wording import (
    age_text,
    date_text,
    heading_text,
    moment_text,
    number_text,
    sex_text,
    unit_text,
)

Blocks = list[Flowable]
Commands = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and when."""

    signer: str
    signed_at: datetime


def clinic_header(clinic: Clinic) -> Blocks:
    """Name to the left, address and telephone to the right; nothing when no field is filled."""
    lines = [*plain(clinic.address).split("\n")[:4], clinic.phone]
    contact = [part for part in map(_clipped, lines) if part]
    name = _clipped(clinic.name)
    if not (name or contact):
        return []
    look = styles()
    beside = min(_width(contact, look.contact) + 8 * mm, WIDTH * 0.45)
    row = [
        Paragraph(markup(name), _fitted(look.clinic, name, WIDTH - beside)),
        Paragraph(markup("\n".join(contact)), look.contact),
    ]
    table = _table([row], [WIDTH - beside, beside], _flush("BOTTOM"))
    return [table, HRFlowable(width="100%", thickness=1.2, color=ACCENT, spaceBefore=2 * mm)]


def title_block(report: Report, study: StudySummary, language: Language, *, signed: bool) -> Blocks:
    """What this is, of which examination, and in which state and version."""
    look = styles()
    blocks: Blocks = [
        Spacer(1, 6 * mm),
        Paragraph(markup(tr("Radiology report", language)), look.title),
    ]
    examination = _clipped(
        study.description if is_printable(study.description) else ""
    ) or ", ".join(study.modalities)
    if examination:
        blocks.append(Paragraph(markup(examination), look.state))
    if report.version > 1:
        amended = tr(
            "Amended report: version {version} replaces version {previous}.",
            language,
            version=report.version,
            previous=report.version - 1,
        )
        blocks.append(Paragraph(markup(amended), look.draft))
    if not signed:
        blocks.append(Paragraph(markup(tr("Draft, not signed", language)), look.draft))
    return [*blocks, Spacer(1, 4 * mm)]


def patient_block(study: StudySummary, language: Language) -> Blocks:
    """Who was examined, and how, when and for whom: four columns of labelled values."""
    patient = [
        (tr("Patient", language), printed_name(study.patient_name, language, NAMELESS)),
        (tr("Patient ID", language), printed(study.patient_id, language)),
        (tr("Date of birth", language), date_text(study.birth_date, language)),
        (
            tr("Age at examination", language),
            age_text(study.birth_date, study.study_date, language),
        ),
        (tr("Sex", language), sex_text(study.sex, language)),
    ]
    examined = date_text(study.study_date, language)
    if examined and study.study_time:
        examined = f"{examined} {study.study_time:%H:%M}"
    examination = [
        (tr("Examination date", language), examined),
        (tr("Modality", language), ", ".join(study.modalities)),
        (tr("Accession number", language), printed(study.accession_number, language)),
        (tr("Referring physician", language), printed_name(study.referring_physician, language)),
        (tr("Institution", language), printed(study.institution, language)),
    ]
    columns = [
        _labelled(patient, strong=0),
        _labelled([pair for pair in examination if one_line(pair[1])]),
    ]
    table = _table(
        [columns],
        [WIDTH * 0.5, WIDTH * 0.5],
        [
            ("BACKGROUND", (0, 0), (-1, -1), TINT),
            ("LINEABOVE", (0, 0), (-1, 0), 0.6, RULE),
            ("LINEBELOW", (0, -1), (-1, -1), 0.6, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 3 * mm),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 2 * mm),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2 * mm),
        ],
    )
    return [table, Spacer(1, 3 * mm)]


def _labelled(pairs: list[tuple[str, str]], strong: int = -1) -> Flowable:
    look = styles()
    rows = [
        [
            Paragraph(markup(label), look.label),
            Paragraph(markup(_clipped(value) or "–"), look.name if row == strong else look.value),
        ]
        for row, (label, value) in enumerate(pairs)
    ]
    if not rows:
        return Spacer(1, 1)
    aligned = ("TOPPADDING", (0, 0), (0, -1), 0.5 * mm + 1.5)
    return _table(rows, [31 * mm, WIDTH * 0.5 - 37 * mm], [*_flush("TOP", 0.5 * mm), aligned])


def _clipped(value: str, most: int = 160) -> str:
    """A field as one line of at most `most` characters: what can't be split must fit a page."""
    line = one_line(value)
    return line if len(line) <= most else line[: most - 1] + "…"


def section_blocks(sections: Mapping[Heading, str], language: Language) -> Blocks:
    """Every filled section under its heading; the impression in bold, for it is read first."""
    look = styles()
    blocks: Blocks = []
    for heading in Heading:
        text = plain(sections.get(heading, ""))
        if not text:
            continue
        style = look.impression if heading is Heading.IMPRESSION else look.body
        blocks += [CondPageBreak(24 * mm), Spacer(1, 3 * mm)]
        blocks.append(Paragraph(markup(heading_text(heading, language)), look.heading))
        for paragraph in text.split("\n"):
            blocks.append(
                Paragraph(markup(paragraph), style) if paragraph.strip() else Spacer(1, 2.2 * mm)
            )
    return blocks


def measurement_blocks(report: Report, language: Language) -> Blocks:
    """The measurements with what each rests on."""
    if not report.content.measurements:
        return []
    look = styles()
    titles = [
        tr("Measurement", language),
        tr("Value", language),
        tr("Calibration", language),
    ]
    rows = [[Paragraph(markup(title), look.label) for title in titles]]
    rows[0][1] = Paragraph(markup(titles[1]), look.label.clone("right", alignment=2))
    for line in report.content.measurements:
        value = (
            f"{number_text(line.value, language)} {_clipped(unit_text(line.unit, language), 20)}"
        )
        calibration = _clipped(line.calibration)
        label = tr(line.label, language) if line.label else "–"
        rows.append(
            [
                Paragraph(markup(_clipped(label)), look.cell),
                Paragraph(markup(value), look.number),
                Paragraph(markup(tr(calibration, language) if calibration else "–"), look.cell),
            ]
        )
    table = _table(
        rows,
        [WIDTH * 0.42, WIDTH * 0.2, WIDTH * 0.38],
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (2, 0), (2, -1), 6 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2 * mm),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.4 * mm),
        ],
        repeat=1,
    )
    heading = Paragraph(markup(tr("Measurements", language)), look.heading)
    return [CondPageBreak(30 * mm), Spacer(1, 4 * mm), heading, table]


def image_blocks(report: Report, images: Mapping[str, bytes], language: Language) -> Blocks:
    """The key images two by two, each numbered and captioned."""
    if not report.content.key_images:
        return []
    cells = [
        _image_cell(number, key_image, images, language)
        for number, key_image in enumerate(report.content.key_images, 1)
    ]
    pairs = [cells[start : start + 2] for start in range(0, len(cells), 2)]
    rows = [
        _table(
            [[*pair, *([Spacer(1, 1)] * (2 - len(pair)))]],
            [WIDTH * 0.5, WIDTH * 0.5],
            _flush("TOP", 1.5 * mm),
        )
        for pair in pairs
    ]
    heading = Paragraph(markup(tr("Key images", language)), styles().heading)
    return [Spacer(1, 4 * mm), KeepTogether([heading, rows[0]]), *rows[1:]]


def _image_cell(
    number: int, key_image: KeyImage, images: Mapping[str, bytes], language: Language
) -> Blocks:
    look = styles()
    drawn = picture(images.get(key_image.image_id, b""))
    if drawn is None:
        missing = Paragraph(markup(tr("The picture could not be loaded.", language)), look.draft)
        drawn = _table([[missing]], [80 * mm], [("BOX", (0, 0), (-1, -1), 0.5, RULE)])
    told = _clipped(key_image.caption, 400)
    caption = f"{number}. {told}" if told else f"{number}."
    return [drawn, Spacer(1, 1.2 * mm), Paragraph(markup(caption), look.caption)]


def signature_block(signature: Signature | None, language: Language) -> Blocks:
    """The signer and the moment, or nothing for a draft."""
    if signature is None:
        return []
    look = styles()
    moment = moment_text(signature.signed_at, language)
    return [
        Spacer(1, 7 * mm),
        KeepTogether(
            [
                HRFlowable(width="100%", thickness=0.6, color=RULE, spaceAfter=2 * mm),
                Paragraph(markup(tr("Signed electronically", language)), look.label),
                Paragraph(markup(_clipped(signature.signer)), look.signer),
                Paragraph(markup(moment), look.state),
            ]
        ),
    ]


def _width(texts: Sequence[str], look: ParagraphStyle) -> float:
    """The width of the widest of `texts`, each on one line; 0 without any."""
    return max((stringWidth(text, look.fontName, look.fontSize) for text in texts), default=0.0)


def _fitted(look: ParagraphStyle, text: str, room: float) -> ParagraphStyle:
    """`look`, small enough that no word of `text` breaks; not under two thirds of its size."""
    widest = _width(text.split(), look)
    if widest <= room:
        return look
    share = max(room / (widest + 0.1), 2 / 3)
    return ParagraphStyle(look.name, look, fontSize=share * look.fontSize)


def _table(
    rows: Sequence[Sequence[object]], widths: list[float], style: Commands, repeat: int = 0
) -> Table:
    """A table that never falls back to ReportLab's own font, which would not be embedded."""
    font = ("FONTNAME", (0, 0), (-1, -1), REGULAR)
    return Table(rows, colWidths=widths, repeatRows=repeat, style=[font, *style])


def _flush(vertical: str, between: float = 0) -> Commands:
    """A table style without padding at the sides."""
    return [
        ("VALIGN", (0, 0), (-1, -1), vertical),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), between),
        ("BOTTOMPADDING", (0, 0), (-1, -1), between),
    ]

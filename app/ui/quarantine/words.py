"""How objects that were put aside, and what differs, are said."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.quarantine import Quarantined, QuarantinedDetails, QuarantineReason
from app.domain.study import StudySummary
from app.language import current_language, mark, ntr, tr
from app.report.wording import date_text, sex_text
from app.ui.patients import birth_text, name_text
from app.ui.texts import source_text

REASONS: dict[QuarantineReason, str] = {
    QuarantineReason.CONTENT: mark("Known with other content"),
    QuarantineReason.SERIES: mark("Its series is in another study"),
    QuarantineReason.PATIENT: mark("Its study is another patient's"),
    QuarantineReason.REPLACED: mark("Another was taken in its place"),
}
EXPLAINED: dict[QuarantineReason, str] = {
    QuarantineReason.CONTENT: mark(
        "The archive has an object of the same number (UID) with other content. The first one "
        "stays until somebody decides."
    ),
    QuarantineReason.SERIES: mark(
        "The archive has its series in another study. Mend it at the device and send it again, or "
        "delete the other series first."
    ),
    QuarantineReason.PATIENT: mark(
        "The archive has its study for another patient, by ID and name both. Ask who was examined "
        "before it is taken."
    ),
    QuarantineReason.REPLACED: mark(
        "It was in the archive until another object of its number (UID) was taken in its place."
    ),
}
"""What happened and what to do."""
PIXELS = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """What stands beside each other: its name, and its words on both sides."""

    title: str
    text: Callable[[StudySummary], str]


FACTS = (
    Fact(mark("Patient"), name_text),
    Fact(mark("ID"), lambda study: study.patient_id),
    Fact(mark("Born"), birth_text),
    Fact(mark("Sex"), lambda study: sex_text(study.sex, current_language())),
    Fact(mark("Study date"), lambda study: date_text(study.study_date, current_language())),
    Fact(mark("Description"), lambda study: study.description),
    Fact(mark("Accession number"), lambda study: study.accession_number),
)


def reason_text(quarantined: Quarantined) -> str:
    """Why an object is not with the others, in a few words."""
    return tr(REASONS[quarantined.reason])


def from_text(quarantined: Quarantined) -> str:
    """From whom it came, and how."""
    kind = source_text(quarantined.source_kind)
    return f"{quarantined.source_name} · {kind}" if quarantined.source_name else kind


def differences_text(details: QuarantinedDetails) -> str:
    """What differs from the object of its UID that the archive has; nothing without one."""
    if not details.differences:
        return ""
    elements = [each for each in details.differences if each not in PIXELS]
    parts = []
    if len(elements) < len(details.differences):
        parts.append(tr("The pixels differ."))
    if elements:
        named = ", ".join(elements[:MOST_NAMED])
        left = len(elements) - MOST_NAMED
        if left > 0:
            more = ntr("and {n} more", "and {n} more", left)
            named = f"{named} {more}"
        parts.append(tr("Elements that differ: {names}.", names=named))
    return " ".join(parts)

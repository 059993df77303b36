"""What the report's font can write. It has Latin, Greek and Cyrillic letters, not every script."""

import unicodedata
from collections.abc import Iterable

from app.domain.report import Report
from app.domain.study import StudySummary, display_name
from app.language import Language, mark, tr
from app.report.fonts import characters
from app.report.text import one_line

NAMELESS = mark("[the name can't be printed, see the ID]")
LOST = mark("[can't be printed]")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
"""Scripts that would need shaping and reordering besides glyphs."""


def is_printable(text: str) -> bool:
    """Whether every visible character of `text` comes out on paper as itself."""
    known = characters()
    return all(
        ord(character) in known and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
        for character in one_line(text)
    )


def printed_name(person_name: str, language: Language, note: str = LOST) -> str:
    """The first component group of a DICOM PN that can be printed, or `note` that none can.

    A name may stand there in Latin letters, ideographs and phonetics (PS3.5 6.2.1.2).
    """
    groups = _groups(person_name)
    for name in groups:
        if is_printable(name):
            return name
    return tr(note, language) if groups else ""


def printed(text: str, language: Language) -> str:
    """`text`, or a note when it can't be printed."""
    return text if is_printable(text) else tr(LOST, language)


def is_named(study: StudySummary) -> bool:
    """Whether the report can show patient name and ID in some form, as far as they are known."""
    groups = _groups(study.patient_name)
    has_name = not groups or any(map(is_printable, groups))
    return has_name and is_printable(study.patient_id)


def is_written(report: Report, signer: str) -> bool:
    """Whether everything the doctor wrote can be printed."""
    return all(map(is_printable, _written(report, signer)))


def _groups(person_name: str) -> list[str]:
    return [name for name in map(display_name, person_name.split("=")) if name]


def _written(report: Report, signer: str) -> Iterable[str]:
    content = report.content
    yield signer
    yield from content.sections.values()
    yield from (line.label for line in content.measurements)
    yield from (image.caption for image in content.key_images)

"""Two texts of one report: nothing of either is lost."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.report import Heading, ReportContent


def with_mine_below(theirs: ReportContent, mine: ReportContent, marker: str) -> ReportContent:
    """`theirs`, and under it, after a line `marker`, each section of `mine` that differs.

    Key images and measurements of both are kept, each once.
    """
    sections = {
        heading: _joined(_text(theirs.sections, heading), _text(mine.sections, heading), marker)
        for heading in Heading
    }
    images = {one.image_id: one for one in (*mine.key_images, *theirs.key_images)}
    order = dict.fromkeys(one.image_id for one in (*theirs.key_images, *mine.key_images))
    return replace(
        theirs,
        sections={heading: text for heading, text in sections.items() if text},
        key_images=tuple(images[image_id] for image_id in order),
        measurements=tuple(dict.fromkeys((*theirs.measurements, *mine.measurements))),
    )


def same_text(one: ReportContent, other: ReportContent) -> bool:
    """Whether two contents print the same, empty sections aside."""
    return _normal(one) == _normal(other)


def _normal(content: ReportContent) -> ReportContent:
    filled = {heading: _text(content.sections, heading) for heading in Heading}
    return replace(content, sections={key: text for key, text in filled.items() if text})


def _text(sections: Mapping[Heading, str], heading: Heading) -> str:
    return sections.get(heading, "").strip()


def _joined(theirs: str, mine: str, marker: str) -> str:
    if not mine or mine == theirs:
        return theirs
    return f"{theirs}\n{marker}\n{mine}" if theirs else mine

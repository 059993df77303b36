"""How retrievals and what keeps them from it are said."""

from dataclasses import dataclass

from app.domain.archives import ArchiveProblem, ArchiveStudy, Retrieval
from app.domain.jobs import JobState
from app.language import mark, ntr, tr
from app.ui.theme import tokens

PROBLEMS: dict[ArchiveProblem, str] = {
    ArchiveProblem.UNREACHABLE: mark(
        "{name} can't be reached. Check that it is on, and the address in its record."
    ),
    ArchiveProblem.NOT_TRUSTED: mark(
        "The connection to {name} is not trusted. Have its certificate checked."
    ),
    ArchiveProblem.REJECTED: mark(
        "{name} takes no requests of ours. Have our AE title recorded there."
    ),
    ArchiveProblem.NOT_SIGNED_IN: mark(
        "{name} does not take our name and password. Have them set anew in its record."
    ),
    ArchiveProblem.WE_ARE_UNKNOWN: mark(
        "{name} does not know where to send to. Have our AE title and address recorded there."
    ),
    ArchiveProblem.SILENT: mark("{name} did not answer in time. Try again, or narrow the search."),
    ArchiveProblem.INCOMPLETE: mark("{name} did not send every image."),
    ArchiveProblem.REFUSED: mark(
        "{name} has images that can't be kept here. They are broken, or lie in quarantine."
    ),
    ArchiveProblem.FAILED: mark("{name} answers with an error: {reason}"),
}
"""What happened and what to do."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a study of an archive stands, as its row says it; `share` of it is here, 0 to 1."""

    text: str
    fill: str
    colour: str
    share: float | None = None


def problem_text(problem: ArchiveProblem, name: str, reason: str) -> str:
    """Why an archive does not give what it is asked for, and what to do."""
    return tr(PROBLEMS[problem], name=name, reason=reason)


def standing(row: ArchiveStudy, retrieval: Retrieval | None) -> Standing:
    """Where a study stands whose last retrieval is that."""
    kept, total = counts(row, retrieval)
    if retrieval is not None and retrieval.is_under_way:
        return _on_its_way(retrieval, kept, total)
    if retrieval is not None and retrieval.state is JobState.FAILED:
        return Standing(tr("Failed"), tokens.DANGER_DIM, tokens.DANGER)
    if is_here(row, retrieval):
        return Standing(tr("Here"), tokens.SUCCESS_DIM, tokens.SUCCESS)
    if kept:
        return Standing(tr("Partly here"), tokens.RAISED, tokens.TEXT)
    return Standing(tr("Not here"), "", tokens.TEXT_FAINT)


def is_here(row: ArchiveStudy, retrieval: Retrieval | None) -> bool:
    """Whether all of a study is here, as far as the archive says how much there is."""
    kept, total = counts(row, retrieval)
    if retrieval is not None and retrieval.state is JobState.DONE:
        return kept > 0
    return kept > 0 and total > 0 and kept >= total


def counts(row: ArchiveStudy, retrieval: Retrieval | None) -> tuple[int, int]:
    """How many objects of a study are here, and of how many; 0 when that is unknown."""
    if retrieval is None:
        return row.kept_count, row.summary.instance_count
    return retrieval.kept_count, retrieval.object_count or row.summary.instance_count


def _on_its_way(retrieval: Retrieval, kept: int, total: int) -> Standing:
    if retrieval.state is JobState.QUEUED:
        if retrieval.problem is None:
            return Standing(tr("Queued"), tokens.RAISED, tokens.TEXT)
        return Standing(tr("Waits"), tokens.WARNING_DIM, tokens.WARNING)
    if not total:
        text = ntr("{n} image", "{n} images", kept) if kept else tr("Begins")
        return Standing(text, tokens.RAISED, tokens.TEXT)
    shown = min(kept, total)
    text = tr("{n} of {total}", n=shown, total=total)
    return Standing(text, tokens.RAISED, tokens.TEXT, shown / total)

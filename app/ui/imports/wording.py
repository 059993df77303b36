"""What an import says of itself while it runs and when it is over."""

from typing import TYPE_CHECKING

from app.language import ntr, tr

if TYPE_CHECKING:
    from app.client.imports import ImportProgress, ImportSummary


def progress_text(progress: "ImportProgress") -> str:
    """How far it is, and how many files were refused so far."""
    text = tr(
        "Importing: {done} of {total} files looked at, {stored} images stored",
        done=progress.done,
        total=progress.total,
        stored=progress.stored,
    )
    if progress.refused:
        text += ", " + ntr("{n} file refused", "{n} files refused", progress.refused)
    return text


def summary_text(summary: "ImportSummary") -> str:
    """What came of it, in one sentence."""
    parts = [ntr("{n} image stored", "{n} images stored", summary.stored)]
    if summary.studies:
        parts[0] += " " + ntr("in {n} study", "in {n} studies", len(summary.studies))
    if summary.duplicates:
        parts.append(ntr("{n} was here already", "{n} were here already", summary.duplicates))
    if summary.conflicts:
        parts.append(
            ntr(
                "{n} differs from the one here, which was kept",
                "{n} differ from those here, which were kept",
                summary.conflicts,
            )
        )
    if summary.ignored:
        parts.append(ntr("{n} other file left out", "{n} other files left out", summary.ignored))
    head = tr("Import cancelled") if summary.cancelled else tr("Import finished")
    return f"{head}: {', '.join(parts)}."

"""How jobs, their states and what keeps them from their end are said."""

from datetime import UTC, datetime

from app.domain.archives import ArchiveProblem, told_apart
from app.domain.commitment import UNCONFIRMED
from app.domain.jobs import LOST, Job, JobState
from app.domain.routing import RULE_GONE
from app.language import mark, tr
from app.ui.moments import moment_text
from app.ui.theme import tokens
from app.ui.widgets.tables import Look
from app.ui.worklist.archives.words import problem_text

KINDS: dict[str, str] = {
    "forward": mark("Send"),
    "retrieval": mark("Retrieve"),
    "worklist": mark("Take orders over"),
    "prefetch": mark("Look for earlier studies"),
    "settle-series": mark("Wait for the end of a series"),
    "commitment-report": mark("Confirm what is stored"),
    "commitment-request": mark("Ask whether it is kept"),
    "availability-notice": mark("Tell that images are here"),
    "print": mark("Print"),
    "compress-series": mark("Compress"),
}
"""By the kind of the job."""

STATES: dict[JobState, str] = {
    JobState.FAILED: mark("Failed"),
    JobState.RUNNING: mark("Running"),
    JobState.QUEUED: mark("Waits"),
    JobState.DONE: mark("Done"),
    JobState.CANCELLED: mark("Cancelled"),
}
LOOKS: dict[JobState, Look] = {
    JobState.FAILED: Look("error", tokens.DANGER),
    JobState.RUNNING: Look("play", tokens.ACCENT),
    JobState.QUEUED: Look("history", tokens.TEXT_DIM),
    JobState.DONE: Look("success", tokens.SUCCESS),
    JobState.CANCELLED: Look("stop", tokens.TEXT_FAINT),
}
WAITS_AFTER_FAILURE = Look("warning", tokens.WARNING)

INCOMPLETE = {
    "forward": mark("{name} did not take every image: {reason}"),
    "commitment-request": mark("{name} does not keep every image, which are sent again: {reason}"),
    "worklist": mark(
        "{name} has orders that can't be taken over, for what is missing or wrong: {reason}"
    ),
}
"""What it means that a job of that kind could not do everything."""
SAID = {
    RULE_GONE: mark("Its routing rule is gone, switched off or names another node."),
    UNCONFIRMED: mark("{name} has not said yet that it keeps the images."),
    LOST: mark("The server ended each time while it did this. Its log says why."),
}
"""By the word that a reason begins with."""
PROBLEM = mark("It did not work: {reason}")


def kind_text(job: Job) -> str:
    """What a job does."""
    return tr(KINDS[job.kind]) if job.kind in KINDS else job.kind


def look(job: Job) -> Look:
    """How the state of a job looks."""
    return WAITS_AFTER_FAILURE if job.state is JobState.QUEUED and job.reason else LOOKS[job.state]


def next_try_text(job: Job, now: datetime | None = None) -> str:
    """When a job that waits is done."""
    now = now or datetime.now(UTC)
    if job.state is not JobState.QUEUED:
        return ""
    return tr("now") if job.not_before <= now else moment_text(job.not_before, now)


def reason_text(job: Job) -> str:
    """Why the last attempt failed, and what to do; nothing when none has failed."""
    if not job.reason:
        return ""
    problem, reason = told_apart(job.reason)
    if problem is ArchiveProblem.INCOMPLETE and job.kind in INCOMPLETE:
        return tr(INCOMPLETE[job.kind], name=job.node, reason=reason)
    if problem is not None:
        return problem_text(problem, job.node, reason)
    text = SAID.get(reason.partition(":")[0], PROBLEM)
    return tr(text, name=job.node, reason=reason)

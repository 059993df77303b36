"""The window of the queue: what waits, runs and has failed, tried again or taken out by people."""

import contextlib
from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.domain.access import Permission
from app.domain.archives import UNDER_WAY
from app.domain.changes import Change
from app.domain.errors import ConflictError, NotFoundError
from app.domain.jobs import Job, JobState
from app.language import mark, ntr, tr
from app.ui.context import Context
from app.ui.lookup import Lookup
from app.ui.moments import moment_text
from app.ui.patients import name_text, study_text
from app.ui.queue.words import STATES, kind_text, look, next_try_text, reason_text
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, push_button
from app.ui.widgets.questions import is_sure
from app.ui.widgets.records import RecordsDialog
from app.ui.widgets.tables import RecordColumn, RecordTable

KEY = "queue"
UNFINISHED = (JobState.FAILED, JobState.RUNNING, JobState.QUEUED)
FILTERS: tuple[tuple[str, tuple[JobState | None, ...]], ...] = (
    (mark("Not finished"), UNFINISHED),
    *((text, (state,)) for state, text in STATES.items()),
    (mark("All"), (None,)),
)
"""What it is called, and the states that are asked for one after the other; None is any."""
LOOK_AFTER_CHANGE_MS = 1000
LOOK_AGAIN_MS = 2000
"""So often it is looked how far what moves is: that one begins is not told by the feed."""
CAN_BE_TRIED = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.QUEUED})


class QueueWindow(RecordsDialog):
    """Failed jobs first. Everything that comes may bring jobs, so any change is looked at."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, KEY, parent)
        server = context.server
        self._studies = Lookup(
            context, f"{KEY}/studies", lambda uid: server.study(uid).summary, self
        )
        self._may_change = Permission.JOB_WRITE in server.permissions
        self.filter = QComboBox()
        self.replay_button, self.replay_all_button = (
            push_button("primary", "refresh"),
            push_button(),
        )
        self.cancel_button = push_button("danger", "stop")
        self._count, self._what = label(tone="dim"), label(tone="heading", wrap=True)
        self._why, self._when = label(wrap=True), label(tone="small", wrap=True)
        table = RecordTable(mark("Queue"), self._columns(), lambda job: job.id, several=True)
        head = QHBoxLayout()
        head.setSpacing(tokens.M)
        head.addWidget(self.filter)
        head.addWidget(self._count)
        head.addStretch(1)
        foot = (self.replay_button, self.replay_all_button, self.cancel_button)
        self.lay_out((1200, 640), table, (self._what, self._why, self._when), foot, head)
        for text, _states in FILTERS:
            self.filter.addItem(tr(text))
        self._connect()
        self.retranslate()
        self.load()

    # --- what can be done ------------------------------------------------------------------------

    def replay(self) -> None:
        """Try the selected jobs again at once."""
        jobs = tuple(each for each in self.table.selected() if each.state in CAN_BE_TRIED)
        self._for_each(jobs, self.context.server.replay_job)

    def replay_all(self) -> None:
        """Try again whatever failed for the node of the selected job."""
        title, server = self._destination(), self.context.server

        def ask() -> tuple[Job, ...]:
            failed = server.jobs(JobState.FAILED)
            theirs = [each for each in failed if each.node == title]
            return _done_for(theirs, server.replay_job)

        self.run(ask, self._moved)

    def cancel(self) -> None:
        """Take the selected jobs out of the queue, after a question."""
        jobs = tuple(each for each in self.table.selected() if each.state in UNDER_WAY)
        question = ntr(
            "Take {n} job out of the queue? What it has sent or fetched stays.",
            "Take {n} jobs out of the queue? What they have sent or fetched stays.",
            len(jobs),
        )
        if is_sure(self, question, tr("Take out")):
            self._for_each(jobs, self.context.server.cancel_job)

    def fetch(self) -> tuple[Job, ...]:
        """The jobs that the filter wants."""
        states = FILTERS[self.filter.currentIndex()][1]
        return tuple(job for state in states for job in self.context.server.jobs(state))

    def on_changes(self, _changes: tuple[Change, ...]) -> None:
        """Look again, once for many changes."""
        self.reload_soon(LOOK_AFTER_CHANGE_MS)

    # --- texts -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        super().retranslate()
        self.setWindowTitle(tr("Queue"))
        name_control(self.filter, tr("Which jobs are shown"))
        for at, (text, _states) in enumerate(FILTERS):
            self.filter.setItemText(at, tr(text))
        self.cancel_button.setText(tr("Take out of the queue…"))
        self.show_chosen()

    def show_none(self) -> bool:
        """Say that there is nothing to do, or nothing that the filter wants."""
        if FILTERS[self.filter.currentIndex()][1] == UNFINISHED:
            self.empty.show_state(
                "success",
                lambda: tr("Everything is done"),
                lambda: tr("Nothing waits and nothing has failed."),
            )
            self.empty.add_button(lambda: tr("Show all"), self._show_all)
        else:
            self.empty.show_state("search", lambda: tr("No such jobs"))
        return True

    def show_chosen(self) -> None:
        """Say all of the selected job, and what can be done with it."""
        jobs = self.table.selected()
        self._show_count()
        for part in (self._what, self._why, self._when):
            part.setVisible(len(jobs) == 1)
        if len(jobs) == 1:
            self._show_job(jobs[0])
        is_free, title = self._may_change and not self.is_busy(), self._destination()
        waits = bool(jobs) and all(each.state is JobState.QUEUED for each in jobs)
        self.replay_button.setText(tr("Try now") if waits else tr("Try again"))
        self.replay_button.setEnabled(is_free and any(each.state in CAN_BE_TRIED for each in jobs))
        self.replay_all_button.setVisible(bool(title))
        self.replay_all_button.setText(tr("Try all failed for {name} again", name=title))
        self.replay_all_button.setEnabled(is_free and self._has_failed(title))
        self.cancel_button.setEnabled(is_free and any(each.state in UNDER_WAY for each in jobs))
        tip = "" if self._may_change else tr("Your role may look, and change nothing here.")
        for button in (self.replay_button, self.replay_all_button, self.cancel_button):
            button.setToolTip(tip)

    # --- parts -----------------------------------------------------------------------------------

    def _columns(self) -> tuple[RecordColumn, ...]:
        return (
            RecordColumn(mark("Status"), lambda job: tr(STATES[job.state]), 150, look),
            RecordColumn(mark("What"), kind_text, 206),
            RecordColumn(mark("Node"), lambda job: job.node, 112),
            RecordColumn(mark("Patient"), self._patient),
            RecordColumn(mark("Tries"), lambda job: str(job.attempts), 76),
            RecordColumn(mark("Next try"), next_try_text, 112),
            RecordColumn(mark("Reason"), reason_text),
        )

    def _connect(self) -> None:
        self.filter.activated.connect(lambda _at: self._filtered())
        self.replay_button.clicked.connect(lambda _checked: self.replay())
        self.replay_all_button.clicked.connect(lambda _checked: self.replay_all())
        self.cancel_button.clicked.connect(lambda _checked: self.cancel())
        self._studies.told.connect(self._named)

    def _filtered(self) -> None:
        self.table.select(None)
        self.load()

    def _show_all(self) -> None:
        self.filter.setCurrentIndex(len(FILTERS) - 1)
        self._filtered()

    def _named(self) -> None:
        self.table.say_anew()
        self.show_chosen()

    def _patient(self, job: Job) -> str:
        study = self._studies.of(job.subject)
        return name_text(study) if study else ""

    def _destination(self) -> str:
        titles = {each.node for each in self.table.selected()}
        return titles.pop() if len(titles) == 1 else ""

    def _has_failed(self, title: str) -> bool:
        return any(
            each.state is JobState.FAILED and each.node == title for each in self.table.records
        )

    def _show_count(self) -> None:
        jobs = self.table.records
        failed = sum(each.state is JobState.FAILED for each in jobs)
        parts = [ntr("{n} job", "{n} jobs", len(jobs))]
        if 0 < failed < len(jobs):
            parts.append(ntr("{n} has failed", "{n} have failed", failed))
        self._count.setText(" · ".join(parts))
        if any(each.state is JobState.RUNNING for each in jobs):
            self.reload_soon(LOOK_AGAIN_MS)

    def _show_job(self, job: Job) -> None:
        study = self._studies.of(job.subject)
        self._what.setText(" · ".join(filter(None, (kind_text(job), job.node))))
        about = f"{name_text(study)} · {study_text(study)}" if study else ""
        self._why.setText("\n".join(filter(None, (about, reason_text(job)))))
        times = [tr("Queued: {time}", time=moment_text(job.created_at))]
        if job.finished_at:
            times.append(tr("Ended: {time}", time=moment_text(job.finished_at)))
        if next_try_text(job):
            times.append(tr("Next try: {time}", time=next_try_text(job)))
        self._when.setText(" · ".join(times))

    # --- work ------------------------------------------------------------------------------------

    def _for_each(self, jobs: tuple[Job, ...], move: Callable[[int], Job]) -> None:
        self.run(lambda: _done_for(jobs, move), self._moved)

    def _moved(self, moved: tuple[Job, ...]) -> None:
        self.load()
        if not moved:
            self.message.show_message(
                "info", lambda: tr("They have moved on meanwhile. The list is read anew.")
            )


def _done_for(jobs: Iterable[Job], move: Callable[[int], Job]) -> tuple[Job, ...]:
    """Those that could still be moved: others may have ended while somebody looked at them."""
    moved = []
    for job in jobs:
        with contextlib.suppress(ConflictError, NotFoundError):
            moved.append(move(job.id))
    return tuple(moved)

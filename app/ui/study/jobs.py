"""Loads the series of a study in the background, and keeps as many as memory allows."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.domain.errors import UnavailableError
from app.ui.context import Context
from app.ui.tasks import Task
from app.viewer.load.loading import SeriesLoader
from app.viewer.load.memory import MEMORY, Memory
from app.viewer.load.series import LoadedSeries


@dataclass(slots=True)
class Job:
    """What is known of one series: being loaded, failed, or cancelled.

    `images` is how many the study had when loading began.
    """

    images: int = 0
    loader: SeriesLoader | None = None
    running: bool = True
    error: Exception | None = None

    @property
    def missed(self) -> bool:
        """Whether something could not be had because the server was away."""
        series = self.series
        if series is None:
            return isinstance(self.error, UnavailableError)
        away = UnavailableError.code
        return any(series.failure(index) == away for index in range(series.count))

    @property
    def listed(self) -> int:
        """How many images the server has listed."""
        return len(self.series.manifest.images) if self.series else 0

    @property
    def series(self) -> LoadedSeries | None:
        """The pictures, once the server has listed them."""
        return self.loader.series if self.loader else None


class SeriesJobs(QObject):
    """One job for each series that was asked for."""

    news = Signal(str)
    """The UID of a series of which something arrived, ended or failed."""

    def __init__(
        self,
        context: Context,
        study_uid: str,
        parent: QObject | None = None,
        memory: Memory = MEMORY,
    ) -> None:
        super().__init__(parent)
        self._memory = memory
        self._context = context
        self._key = f"study/{study_uid}/series"
        self._jobs: dict[str, Job] = {}

    def job(self, series_uid: str) -> Job | None:
        """The job of a series, if there is one."""
        return self._jobs.get(series_uid)

    def open(self, series_uid: str, images: int = 0) -> Job:
        """Load a series, of `images` by the study, unless that is done, under way or failed."""
        if series_uid in self._jobs:
            self._jobs[series_uid] = self._jobs.pop(series_uid)  # now the one used last
            return self._jobs[series_uid]
        return self._start(series_uid, images, None)

    def _start(self, series_uid: str, images: int, known: LoadedSeries | None) -> Job:
        job = self._jobs[series_uid] = Job(images)
        server = self._context.server
        before = [known]  # emptied by the task: it must not hold pixels longer than it needs them

        def work(task: Task[SeriesLoader]) -> SeriesLoader:
            loader = SeriesLoader(
                server.manifest(series_uid),
                server.object_bytes,
                progress=lambda _series: task.report(loader),
                cancelled=task.cancelled,
                memory=self._memory,
                known=before.pop(),
            )
            task.report(loader)
            loader.load()
            return loader

        self._context.tasks.run(
            f"{self._key}/{series_uid}",
            work,
            done=lambda loader: self._ended(series_uid, job, loader),
            failed=lambda error: self._failed(series_uid, job, error),
            progress=lambda loader: self._arrived(series_uid, job, loader),
            long=True,
        )
        return job

    def cancel(self, series_uid: str) -> None:
        """Stop loading a series; what has come stays."""
        job = self._jobs.get(series_uid)
        if job is not None and job.running:
            self._context.tasks.cancel(f"{self._key}/{series_uid}")
            job.running = False
            self.news.emit(series_uid)

    def reload(self, series_uid: str, images: int = 0) -> Job:
        """Ask for a series again; the pictures that are here stay."""
        job = self._jobs.get(series_uid)
        self.forget(series_uid)
        return self._start(series_uid, images, job.series if job else None)

    def forget(self, series_uid: str) -> None:
        """Drop a series and its pixels."""
        self._context.tasks.cancel(f"{self._key}/{series_uid}")
        self._jobs.pop(series_uid, None)

    def make_room(self, kept: frozenset[str], limit: int | None = None) -> tuple[str, ...]:
        """Drop series that nobody shows, the one used longest ago first, while memory is short.

        Without a `limit` a quarter of the memory that all studies share stays for what comes next.
        """
        limit = self._memory.limit * 3 // 4 if limit is None else limit
        taken, dropped = self._memory.taken, []
        for uid, job in list(self._jobs.items()):
            if taken <= limit:
                break
            if uid not in kept and job.series is not None:
                taken -= job.series.size
                self.forget(uid)
                dropped.append(uid)
        return tuple(dropped)

    def close(self) -> None:
        """Stop everything."""
        self._context.tasks.cancel(self._key)
        self._jobs.clear()

    def _arrived(self, series_uid: str, job: Job, loader: object) -> None:
        if isinstance(loader, SeriesLoader):
            job.loader = loader
            self.news.emit(series_uid)

    def _ended(self, series_uid: str, job: Job, loader: SeriesLoader) -> None:
        job.loader, job.running = loader, False
        self.news.emit(series_uid)

    def _failed(self, series_uid: str, job: Job, error: Exception) -> None:
        job.error, job.running = error, False
        self.news.emit(series_uid)

"""A server that knows other archives; the test moves their retrievals."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from app.domain.archives import (
    ArchivePage,
    ArchiveProblem,
    ArchiveQuery,
    ArchiveStudy,
    Retrieval,
)
from app.domain.errors import UnavailableError
from app.domain.jobs import JobState
from app.domain.nodes import RemoteNode
from app.domain.study import StudySummary
from tests.ui.worklist.long_list import LongList

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
REGION = RemoteNode("REGION", "10.0.0.1", 104, is_archive=True, description="Областной архив")
OLD = RemoteNode("OLDPACS", "10.0.0.2", 104, is_archive=True)


def a_study(number: int, name: str, count: int, kept: int = 0) -> ArchiveStudy:
    summary = StudySummary(
        study_uid=f"1.9.{number}",
        patient_name=name,
        patient_id=f"R-{number:04}",
        birth_date=date(1961, 3, 5),
        sex="M",
        study_date=date(2026, 11, 27),
        study_time=time(9, number),
        description="КТ головы" if number % 2 else "МРТ поясничного отдела",
        modalities=("CT",) if number % 2 else ("MR",),
        series_count=2,
        instance_count=count,
    )
    return ArchiveStudy(summary, kept)


STUDIES = (
    a_study(9, "Иванов^Пётр^Сергеевич", 240),
    a_study(8, "Соколова^Анна^Викторовна", 96, kept=96),
    a_study(7, "Валевский^Леонид", 180, kept=40),
    a_study(6, "Müller^Zoë", 0),
)


class FarArchive(LongList):
    """Answers like `app.client.server.Server`."""

    def __init__(self, *nodes: RemoteNode) -> None:
        super().__init__(3)
        self.known = nodes
        self.page = ArchivePage(STUDIES)
        self.queries: list[tuple[str, ArchiveQuery]] = []
        self.on_way: dict[str, Retrieval] = {}

    def nodes(self) -> tuple[RemoteNode, ...]:
        return self.known

    def search_archive(self, ae_title: str, query: ArchiveQuery) -> ArchivePage:
        if not self.reachable:
            raise UnavailableError("off")
        self.queries.append((ae_title, query))
        return self.page

    def retrieve(self, ae_title: str, study_uid: str, object_count: int = 0) -> Retrieval:
        number = len(self.on_way) + 1
        made = Retrieval(number, ae_title, study_uid, JobState.QUEUED, 0, object_count, NOON)
        self.on_way[study_uid] = made
        return made

    def retrievals(self) -> tuple[Retrieval, ...]:
        return tuple(self.on_way.values())

    def cancel_retrieval(self, number: int) -> Retrieval:
        (found,) = (each for each in self.on_way.values() if each.number == number)
        return self.move(found.study_uid, JobState.CANCELLED, found.kept_count)

    def move(
        self,
        study_uid: str,
        state: JobState,
        kept: int = 0,
        problem: ArchiveProblem | None = None,
        reason: str = "",
    ) -> Retrieval:
        """Let a retrieval stand elsewhere."""
        before = self.on_way[study_uid]
        after = replace(before, state=state, kept_count=kept, problem=problem, reason=reason)
        self.on_way[study_uid] = after
        return after

"""A server with more studies than one would store in a test."""

import threading
from datetime import date, timedelta

from app.domain.access import Permission
from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.domain.study import Study, StudySummary, WorklistPage, WorklistQuery
from tests.conftest import PATIENCE_S


def a_row(number: int) -> StudySummary:
    """The study with this number, the newest being 0."""
    return StudySummary(
        study_uid=f"1.2.{number}",
        patient_name=f"Иванов^Иван^{number}",
        patient_id=f"P-{number}",
        study_date=date(2026, 11, 24) - timedelta(days=number // 10),
        modalities=("CT",),
        instance_count=number,
    )


class LongList:
    """Answers like `app.client.server.Server`; `newer` are studies that arrived later.

    While `gate` is cleared, whatever is asked without words waits.
    """

    permissions = frozenset(Permission)

    def __init__(self, count: int = 10_000) -> None:
        self.count = count
        self.newer = 0
        self.reachable = True
        self.asked: list[WorklistQuery] = []
        self.gate, self.counting = threading.Event(), threading.Event()
        self.gate.set()
        self.counting.set()

    def worklist(self, query: WorklistQuery) -> WorklistPage:
        if not query.text:
            self.gate.wait(PATIENCE_S)
        if not self.reachable:
            raise UnavailableError("off")
        if query.limit == 0:
            self.counting.wait(PATIENCE_S)
        self.asked.append(query)
        if query.text:
            found = [a_row(number) for number in range(7) if query.text == "seven"]
            return WorklistPage(tuple(found), len(found), 1)
        total = self.count + self.newer
        numbers = range(query.offset, min(query.offset + query.limit, total))
        rows = tuple(a_row(number - self.newer) for number in numbers)
        if query.with_total or numbers.stop == total:
            return WorklistPage(rows, total, 1)
        return WorklistPage(rows, numbers.stop + 1, 1, is_least=True)

    def nodes(self) -> tuple[RemoteNode, ...]:
        return ()

    def study(self, study_uid: str) -> Study:
        return Study(a_row(int(study_uid.rsplit(".", maxsplit=1)[-1])))

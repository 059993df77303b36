"""Earlier studies of patients who come, fetched from other archives before anybody asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.archives import ArchivePage, ArchiveQuery
from app.domain.errors import UnavailableError
from app.domain.nodes import RemoteNode
from app.domain.priors import Patient, choose
from app.server.core import archives
from app.server.store import nodes, orders, retrieval, studies
from app.server.store.engine import Connection, Database
from app.server.store.prefetching import PREFETCH

__all__ = ["PREFETCH", "Priors"]

YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Priors:
    """Looks for earlier studies; `ask` sends a query to an archive, `clock` tells the time in UTC.

    What is found comes by the jobs of retrieval.
    """

    database: Database
    ask: Callable[[RemoteNode, ArchiveQuery], ArchivePage]
    clock: Callable[[], datetime]

    def fetch(self, study_uid: str, ae_title: str) -> None:
        """Queue the retrieval of what a node has beside a study, as far as its record says.

        Raises UnavailableError when it does not tell.
        """
        with self.database.read() as connection:
            node = nodes.get(connection, ae_title)
            patient = _patient_of(connection, study_uid)
        if not (node and node.prior_count and patient and patient.has_own_id):
            return
        if not (node.is_reachable or node.dicomweb_url):
            raise UnavailableError(f"{ae_title} has no address")
        page = self.ask(node, ArchiveQuery(patient_id=patient.patient_id))
        if page.problem:
            raise UnavailableError(f"{page.problem}: {page.reason}")
        now = self.clock()
        since = None
        if node.prior_years:
            since = (now - timedelta(days=round(node.prior_years * YEAR_DAYS))).date()
        others = (row.summary for row in page.rows if row.summary.study_uid != study_uid)
        found = choose(patient, others, most=node.prior_count, since=since)
        with self.database.write() as connection:
            kept = retrieval.counts(connection, [each.study_uid for each in found])
            for each in found:
                count = each.instance_count
                if not count or kept.get(each.study_uid, 0) < count:
                    archives.owe(connection, ae_title, each.study_uid, count, now)


def _patient_of(connection: Connection, study_uid: str) -> Patient | None:
    """Whose a study is, or will be by its order."""
    study = studies.one_study(connection, study_uid)
    if study:
        return Patient(study.patient_id, study.patient_name, study.birth_date)
    order = orders.of_study(connection, study_uid)
    if order:
        ordered = order.content.patient
        return Patient(ordered.patient_id, ordered.name, ordered.birth_date)
    return None

"""Earlier studies of a patient: which of an archive's are theirs, and worth fetching."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.folding import name_groups
from app.domain.study import StudySummary

WILDCARDS = frozenset("*?\\")


@dataclass(frozen=True, slots=True)
class Patient:
    """Who a patient is, as far as an order or a study says."""

    patient_id: str
    name: str = ""
    birth_date: date | None = None

    @property
    def has_own_id(self) -> bool:
        """Whether an archive can be asked for the ID, and for nobody else's."""
        return bool(self.patient_id) and WILDCARDS.isdisjoint(self.patient_id)

    def has(self, study: StudySummary) -> bool:
        """Whether a study is theirs: numbers of different houses are not the same patient's.

        The birth date says it beside the ID, or where one is unknown the name, in any script.
        """
        if study.patient_id.strip() != self.patient_id.strip():
            return False
        if self.birth_date and study.birth_date:
            return self.birth_date == study.birth_date
        names = set(name_groups(self.name)) & set(name_groups(study.patient_name))
        return any(names)


def choose(
    patient: Patient, studies: Iterable[StudySummary], *, most: int, since: date | None
) -> tuple[StudySummary, ...]:
    """The newest studies of the patient, at most `most`, none older than `since`."""
    own = [
        study
        for study in studies
        if patient.has(study)
        and (since is None or (study.study_date is not None and study.study_date >= since))
    ]
    own.sort(key=lambda study: study.study_date or date.min, reverse=True)
    return tuple(own[:most])

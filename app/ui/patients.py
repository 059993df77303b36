"""Who a picture shows: what must stand on the screen as long as the picture does."""

from app.domain.study import StudySummary, display_name
from app.language import current_language, tr
from app.report.wording import date_text


def patient_lines(study: StudySummary) -> tuple[str, ...]:
    """Name, number and birth date, as far as they are known."""
    lines = (name_text(study), number_beside_name(study), birth_text(study))
    return tuple(line for line in lines if line)


def name_text(study: StudySummary) -> str:
    """The patient's name, or that there is none."""
    return display_name(study.patient_name) or tr("No name")


def birth_text(study: StudySummary) -> str:
    """The patient's day of birth; nothing when it is unknown."""
    return date_text(study.birth_date, current_language())


def number_beside_name(study: StudySummary) -> str:
    """The patient's number; nothing when it stands there as the name already."""
    return "" if study.patient_id == display_name(study.patient_name) else study.patient_id


def study_text(study: StudySummary) -> str:
    """Which study it is: its day, its modalities and its description, as far as they are known."""
    day = date_text(study.study_date, current_language())
    parts = (day, " ".join(study.modalities), study.description)
    return " · ".join(part for part in parts if part)

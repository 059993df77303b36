"""Who a picture shows: what must stand on the screen as long as the picture does."""

from app.domain.study import StudySummary, display_name
from app.language import current_language, tr
from app.report.wording import date_text


def patient_lines(study: StudySummary) -> tuple[str, ...]:
    """Name, number and birth date, as far as they are known."""
    name = display_name(study.patient_name) or tr("No name")
    lines = (name, number_beside_name(study), date_text(study.birth_date, current_language()))
    return tuple(line for line in lines if line)


def number_beside_name(study: StudySummary) -> str:
    """The patient's number; nothing when it stands there as the name already."""
    return "" if study.patient_id == display_name(study.patient_name) else study.patient_id

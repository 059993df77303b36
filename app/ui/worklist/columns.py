"""The columns of the worklist: title, width and text of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from app.domain.study import StudySummary, display_name
from app.language import current_language, mark, tr
from app.report.wording import date_text
from app.ui.texts import report_state_text


class Column(IntEnum):
    """The order of the columns."""

    PATIENT = 0
    PATIENT_ID = 1
    BIRTH_DATE = 2
    DATE = 3
    MODALITY = 4
    DESCRIPTION = 5
    IMAGES = 6
    REPORT = 7


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column; a width of 0 shares what is left over."""

    title: str
    width: int
    text: Callable[[StudySummary], str]


def _name(row: StudySummary) -> str:
    return display_name(row.patient_name) or tr("No name")


def _moment(row: StudySummary) -> str:
    day = date_text(row.study_date, current_language())
    return f"{day}  {row.study_time:%H:%M}" if row.study_time and day else day


COLUMNS: dict[Column, ColumnRow] = {
    Column.PATIENT: ColumnRow(mark("Patient"), 0, _name),
    Column.PATIENT_ID: ColumnRow(mark("ID"), 120, lambda row: row.patient_id),
    Column.BIRTH_DATE: ColumnRow(
        mark("Born"), 104, lambda row: date_text(row.birth_date, current_language())
    ),
    Column.DATE: ColumnRow(mark("Study date"), 152, _moment),
    Column.MODALITY: ColumnRow(mark("Modality"), 104, lambda row: " ".join(row.modalities)),
    Column.DESCRIPTION: ColumnRow(mark("Description"), 0, lambda row: row.description),
    Column.IMAGES: ColumnRow(mark("Images"), 84, lambda row: str(row.instance_count)),
    Column.REPORT: ColumnRow(mark("Report"), 130, lambda row: report_state_text(row.report_state)),
}
LEAST_FOR_WORDS = 140
"""The least a column takes that shares what is left over."""
DISPENSABLE = (Column.IMAGES, Column.BIRTH_DATE, Column.DESCRIPTION)
"""What a narrow table leaves out, in this order; the strip below it says most of it."""


def left_out(room: int, widths: Mapping[Column, int]) -> tuple[Column, ...]:
    """The columns that have no place in `room` px, when those of `widths` are as wide as that."""
    needed = sum(widths.get(column) or LEAST_FOR_WORDS for column in Column)
    out: list[Column] = []
    for column in DISPENSABLE:
        if needed <= room:
            break
        out.append(column)
        needed -= widths.get(column) or LEAST_FOR_WORDS
    return tuple(out)

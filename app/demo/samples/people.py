"""Made-up patients and their examinations, each name in another character set."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Person:
    """A patient who does not exist; `charset` is the SpecificCharacterSet of their objects."""

    name: str
    patient_id: str
    born: date
    sex: str
    charset: str
    weight_kg: float = 75.0


@dataclass(frozen=True)
class Exam:
    """One study of a person; `key` makes its UIDs."""

    person: Person
    key: str
    at: datetime
    description: str
    accession: str
    institution: str = "Klinika Pro sample data"
    referring: str = ""


def _at(text: str) -> datetime:
    """A local time, as DICOM's dates and times are."""
    return datetime.fromisoformat(text)


IVANOV = Person("Иванов^Пётр^Сергеевич", "KP-1001", date(1961, 4, 12), "M", "ISO_IR 192", 84.0)
SMIRNOVA = Person("Смирнова^Алёна^Игоревна", "KP-1002", date(1984, 9, 30), "F", "ISO_IR 144")
MUELLER = Person("Müller^Jürgen", "KP-1003", date(1975, 1, 8), "M", "ISO_IR 100")
LEFEVRE = Person("Lefèvre^Hélène", "KP-1004", date(1958, 11, 21), "F", "ISO_IR 192")
TAYLOR = Person("Taylor^Grace", "KP-1005", date(1990, 6, 3), "F", "")

CHEST_CT = Exam(IVANOV, "ct", _at("2026-03-12T09:14"), "КТ грудной клетки и живота", "A-26-0312")
PRIOR_CT = Exam(IVANOV, "prior", _at("2025-03-05T10:02"), "КТ грудной клетки и живота", "A-25-0305")
PET = Exam(IVANOV, "pet", _at("2026-03-12T11:40"), "ПЭТ с ФДГ", "A-26-0313")
HEAD_MR = Exam(SMIRNOVA, "mr", _at("2026-02-19T15:31"), "МРТ головного мозга", "A-26-0219")
ULTRASOUND = Exam(MUELLER, "us", _at("2026-03-02T08:25"), "Oberbauch-Sonographie", "A-26-0302")
CHEST_CR = Exam(LEFEVRE, "cr", _at("2026-01-27T16:05"), "Radiographie du thorax", "A-26-0127")
SYNTAXES = Exam(TAYLOR, "syntaxes", _at("2026-03-09T13:00"), "Transfer syntaxes", "A-26-0309")

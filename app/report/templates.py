"""Report templates as data: `resources/templates/<language>/*.toml`, one file a modality.

A line is left out when a study has nothing for one of its `{fields}`.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.domain.report import Heading, ReportContent
from app.domain.study import SeriesSummary, StudySummary, display_name
from app.language import Language
from app.report.text import one_line
from app.report.wording import age_text, date_text, sex_text

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "templates"
GENERIC = "generic"
BLANK = "___"
"""What the doctor has still to fill in; the sign dialog counts them."""
BLANKS = re.compile(rf"{BLANK}+")

FILES = {"CT": "ct", "MR": "mr", "PT": "pt", "NM": "pt", "US": "us", "MG": "mg"} | dict.fromkeys(
    ("CR", "DX", "DR", "RG", "RF", "XA", "PX"), "xr"
)
"""The file of a DICOM modality; what is not named uses the generic one."""
PRIORITY = ("PT", "NM", "MG", "MR", "CT", "US", "XA", "RF", "DX", "CR", "DR", "PX", "RG")
"""Which modality of a study with several names its report: a PET/CT is read as a PET."""
WORD = re.compile(r"[^\W_]+")
FIELD = re.compile(r"\{(\w+)\}")
FIELDS = frozenset(
    {
        "name",
        "patient_id",
        "age",
        "sex",
        "birth_date",
        "date",
        "modality",
        "body_part",
        "description",
        "referrer",
    }
)
"""What a template may name in braces."""


@dataclass(frozen=True, slots=True)
class Template:
    """One template in one language; `body_parts` are DICOM codes (PS3.16 annex L) it suits."""

    key: str
    name: str
    language: Language
    modality: str
    body_parts: tuple[str, ...]
    sections: dict[Heading, str]


def templates_for(modality: str, language: Language) -> tuple[Template, ...]:
    """The templates of a DICOM modality in a language, the generic one last."""
    stem = FILES.get(modality.strip().upper(), GENERIC)
    own = () if stem == GENERIC else _load(language, stem)
    return (*own, *_load(language, GENERIC))


def main_modality(study: StudySummary) -> str:
    """The modality that names the report of a study, empty when it has none we know."""
    return next((name for name in PRIORITY if name in study.modalities), "")


def suggested(
    templates: Sequence[Template], study: StudySummary, series: Sequence[SeriesSummary]
) -> Template | None:
    """The template whose body part the study names.

    Where it names none, the first of its modality; where it names one we have none for, the blank.
    """
    parts = {_code(one.body_part) for one in series} - {""}
    told = " ".join([study.description, *(one.description for one in series)]).upper()
    for words in (parts, set(WORD.findall(told))):
        for template in templates:
            if words & set(template.body_parts):
                return template
    if not templates:
        return None
    return templates[-1] if parts else templates[0]


def fill(template: Template, study: StudySummary, series: Sequence[SeriesSummary]) -> ReportContent:
    """A new report from `template`, its fields taken from the study."""
    values = field_values(template.language, study, series)
    sections = {
        heading: _filled(text, values) for heading, text in template.sections.items() if text
    }
    return ReportContent(language=template.language, template=template.key, sections=sections)


def field_values(
    language: Language, study: StudySummary, series: Sequence[SeriesSummary]
) -> dict[str, str]:
    """The value of every field a template may name, in the template's language."""
    words = _words(language)
    parts = {_code(one.body_part): one.body_part for one in series if _code(one.body_part)}
    body_parts = [words["body_parts"].get(code, part) for code, part in parts.items()]
    modality = main_modality(study)
    values = {
        "name": display_name(study.patient_name),
        "patient_id": study.patient_id,
        "age": age_text(study.birth_date, study.study_date, language),
        "sex": sex_text(study.sex, language),
        "birth_date": date_text(study.birth_date, language),
        "date": date_text(study.study_date, language),
        "modality": words["modalities"].get(modality, modality),
        "body_part": ", ".join(body_parts),
        "description": study.description,
        "referrer": display_name(study.referring_physician),
    }
    return {key: one_line(value) for key, value in values.items()}


def blank_count(content: ReportContent) -> int:
    """How many blanks of the template are still to be filled in."""
    return sum(len(BLANKS.findall(text)) for text in content.sections.values())


def _code(body_part: str) -> str:
    """A body part as its DICOM code is written, whatever a scanner put between its words."""
    return "".join(WORD.findall(body_part)).upper()


def _filled(text: str, values: dict[str, str]) -> str:
    lines = []
    for line in text.strip().split("\n"):
        names = FIELD.findall(line)
        if all(values[name] for name in names):
            lines.append(FIELD.sub(lambda match: values[match[1]], line))
    return "\n".join(lines)


@cache
def _load(language: Language, stem: str) -> tuple[Template, ...]:
    rows = tomllib.loads((FOLDER / language / f"{stem}.toml").read_text(encoding="utf-8"))
    return tuple(
        Template(
            key=row["key"],
            name=row["name"],
            language=language,
            modality=stem,
            body_parts=tuple(row.get("body_parts", ())),
            sections={heading: row.get(heading, "").strip() for heading in Heading},
        )
        for row in rows["template"]
    )


@cache
def _words(language: Language) -> dict[str, dict[str, str]]:
    """The words of DICOM codes in a language: `body_parts` and `modalities`."""
    return tomllib.loads((FOLDER / language / "words.toml").read_text(encoding="utf-8"))

"""Templates: complete in every language, filled from the study."""

from datetime import date

import pytest

from app.domain.report import Heading, ReportContent
from app.domain.study import SeriesSummary, StudySummary
from app.language import Language
from app.report.templates import (
    BLANK,
    FIELD,
    FIELDS,
    FILES,
    FOLDER,
    GENERIC,
    blank_count,
    field_values,
    fill,
    main_modality,
    suggested,
    templates_for,
)

OTHERS = [language for language in Language if language is not Language.EN]
MODALITIES = [*FILES, "OT"]


def a_ct_study(**more):
    return StudySummary(
        "1.2.3",
        patient_name="Иванов^Иван",
        birth_date=date(1980, 5, 1),
        study_date=date(2026, 4, 30),
        modalities=("CT",),
        **more,
    )


def a_series(body_part="", description=""):
    return SeriesSummary(
        "1.2.3.4", "1.2.3", modality="CT", body_part=body_part, description=description
    )


def fields_of(template):
    return {heading: FIELD.findall(text) for heading, text in template.sections.items()}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("modality", MODALITIES)
def test_every_language_has_the_same_templates_with_the_same_fields(language, modality):
    english = templates_for(modality, Language.EN)
    translated = templates_for(modality, language)
    assert [one.key for one in translated] == [one.key for one in english]
    for theirs, ours in zip(translated, english, strict=True):
        assert theirs.body_parts == ours.body_parts
        assert fields_of(theirs) == fields_of(ours)
        for heading in Heading:
            assert bool(theirs.sections[heading]) == bool(ours.sections[heading])
            assert theirs.sections[heading].count(BLANK) == ours.sections[heading].count(BLANK)
            assert len(theirs.sections[heading].split("\n")) == len(
                ours.sections[heading].split("\n")
            )


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_translates_every_text(language):
    for modality in MODALITIES:
        for theirs, ours in zip(
            templates_for(modality, language), templates_for(modality, Language.EN), strict=True
        ):
            assert theirs.name != ours.name
            for heading in Heading:
                if ours.sections[heading]:
                    assert theirs.sections[heading] != ours.sections[heading]


@pytest.mark.parametrize("language", Language)
def test_a_language_has_no_file_and_no_field_beyond_the_known_ones(language):
    stems = {path.stem for path in (FOLDER / language).glob("*.toml")}
    assert stems == {*FILES.values(), GENERIC, "words"}
    named = {
        field
        for modality in MODALITIES
        for template in templates_for(modality, language)
        for names in fields_of(template).values()
        for field in names
    }
    assert named <= FIELDS
    assert set(field_values(language, a_ct_study(), ())) == FIELDS


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_codes_are_the_same_set_in_every_language(language):
    series = [a_series(part) for part in ("CHEST", "HEADNECK", "WRIST")]
    english = field_values(Language.EN, a_ct_study(), series)
    translated = field_values(language, a_ct_study(), series)
    assert translated["modality"] != english["modality"]
    assert translated["body_part"].count(",") == english["body_part"].count(",") == 2
    assert translated["body_part"] != english["body_part"]


def test_filling_takes_the_fields_from_the_study():
    template = templates_for("CT", Language.RU)[-1]
    content = fill(template, a_ct_study(), [a_series("CHEST"), a_series("CHEST")])
    assert content.language == "ru"
    assert content.template == "generic"
    technique = content.sections[Heading.TECHNIQUE]
    assert "Компьютерная томография, исследование от 30.04.2026." in technique
    assert "Область исследования: грудная клетка." in technique
    assert "45" in content.sections[Heading.INDICATION]
    assert Heading.FINDINGS not in content.sections


def test_a_line_without_its_value_is_left_out():
    template = templates_for("CT", Language.EN)[-1]
    content = fill(template, StudySummary("1.2.3"), ())
    assert content.sections[Heading.INDICATION] == "Clinical question: ___"
    assert content.sections[Heading.TECHNIQUE] == "Comparison: ___"


def test_braces_in_a_patients_name_stay_text():
    template = templates_for("CT", Language.EN)[-1]
    content = fill(template, a_ct_study(description="{name}"), [a_series("{age}")])
    assert "Region: {age}." in content.sections[Heading.TECHNIQUE]


@pytest.mark.parametrize(
    ("study", "series", "key"),
    [
        (a_ct_study(), [a_series("HEAD")], "ct-head"),
        (a_ct_study(description="CT Abdomen nativ"), [a_series()], "ct-abdomen"),
        (a_ct_study(), [a_series()], "ct-chest"),
        (a_ct_study(), [a_series("ANKLE")], "generic"),
        (a_ct_study(), [a_series("Chest_Abdomen")], "ct-chest-abdomen"),
    ],
)
def test_the_suggested_template_suits_the_body_part(study, series, key):
    assert suggested(templates_for("CT", Language.EN), study, series).key == key


def test_a_pet_ct_is_read_as_a_pet():
    assert main_modality(StudySummary("1", modalities=("CT", "PT"))) == "PT"
    assert main_modality(StudySummary("1", modalities=("SR",))) == ""


def test_blanks_are_counted_however_long_they_are():
    content = ReportContent("en", sections={Heading.FINDINGS: "A ___ b _____\n___", "x": "a_b __"})
    assert blank_count(content) == 3

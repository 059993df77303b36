"""A name the font has no letters for: another way of writing it, or a note in its place."""

from dataclasses import replace

import pytest

from app.domain.report import Clinic, Heading
from app.language import Language, tr
from app.report.glyphs import LOST, NAMELESS, is_named, is_written, printed_name
from app.report.pdf import render
from tests.report.test_pdf import text_of

JAPANESE, CHINESE, KOREAN = "山田^太郎", "王^小東", "김^희중"
ARABIC, HEBREW, THAI = "قباني^لنزار", "שרון^דבורה", "สมชาย^ใจดี"


@pytest.mark.parametrize("name", [JAPANESE, CHINESE, KOREAN, ARABIC, HEBREW, THAI])
@pytest.mark.parametrize("language", Language)
def test_a_name_without_letters_is_noted_in_the_reports_language(name, language, a_report, a_study):
    study = replace(a_study, patient_name=name)
    pdf = render(a_report(language), study, Clinic(), {})
    text = " ".join(text_of(pdf).split())
    assert tr(NAMELESS, language) in text
    assert study.patient_id in text
    assert not is_named(study)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"Yamada^Tarou={JAPANESE}=やまだ^たろう", "Yamada Tarou"),
        (f"{JAPANESE}=Yamada^Tarou", "Yamada Tarou"),
        (f"Qabbani^Lnzar={ARABIC}", "Qabbani Lnzar"),
        ("Διονυσιος", "Διονυσιος"),
        ("Люкceмбypг", "Люкceмбypг"),
        ("Äneas^Rüdiger", "Äneas Rüdiger"),
        ("Nguyễn^Thị Ánh", "Nguyễn Thị Ánh"),
    ],
)
def test_of_several_ways_of_writing_a_name_one_with_letters_is_taken(
    name, shown, a_report, a_study
):
    study = replace(a_study, patient_name=name)
    assert shown in " ".join(text_of(render(a_report(), study, Clinic(), {})).split())
    assert is_named(study)


def test_other_fields_are_noted_too_and_no_name_is_no_note(a_report, a_study):
    study = replace(a_study, patient_id="患者7", referring_physician=ARABIC, description="胸部")
    text = text_of(render(a_report("en"), study, Clinic(), {}))
    assert text.count(LOST) == 2
    assert not is_named(study)
    assert printed_name("", Language.EN) == ""
    assert is_named(replace(a_study, patient_name=""))


def test_what_the_doctor_wrote_is_looked_at(a_report):
    assert is_written(a_report(sections={Heading.FINDINGS: "Ø 12 mm ≥ 3, 5 µSv\n– «да»"}), "Dr. Öz")
    assert not is_written(a_report(sections={Heading.FINDINGS: "結節"}), "Dr. Öz")
    assert not is_written(a_report(), "王")


def test_signs_the_font_lacks_are_spelt_never_left_out(a_report, a_study):
    written = "≥ 3 ≤ 5 ≠ 4 ≈ 4 → S3, −120 HU, ⌀ 7, ∆ 2"
    report = a_report(sections={Heading.FINDINGS: written})
    text = text_of(render(report, a_study, Clinic(), {}))
    assert ">= 3 <= 5 != 4 ~ 4 -> S3, -120 HU, Ø 7, Δ 2" in text
    assert is_written(report, "")


def test_a_letter_the_font_lacks_is_seen_to_lack(a_report, a_study):
    report = a_report(sections={Heading.FINDINGS: "↑ T2"})
    assert not is_written(report, "")
    assert "\N{REPLACEMENT CHARACTER} T2" in text_of(render(report, a_study, Clinic(), {}))

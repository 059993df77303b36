"""The printed report: readable by machines and people, whatever was written into it."""

import io
import re
import subprocess
import time

import pypdfium2
import pytest

from app.domain.report import Clinic, Heading, KeyImage, MeasurementLine
from app.domain.study import StudySummary
from app.language import Language, tr
from app.report.pdf import render
from tests.report.conftest import SIGNED_AT

SIGNER = "Смирнов Алексей Петрович"


def run_tool(tmp_path, pdf, *command):
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)
    words = [str(file) if word == "FILE" else word for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def pages_of(pdf):
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return texts


def text_of(pdf):
    return "\n".join(pages_of(pdf))


@pytest.fixture
def a_full_report(a_report, a_key_image, a_measurement):
    return a_report(key_images=[a_key_image], measurements=[a_measurement])


@pytest.mark.parametrize("language", Language)
def test_the_file_passes_the_checks_and_every_font_is_embedded(
    language, tmp_path, a_full_report, a_study, a_clinic, a_png
):
    images = {"k1": a_png(512, 512)}
    pdf = render(a_full_report, a_study, a_clinic, images, SIGNER, SIGNED_AT, language)
    assert "No syntax or stream encoding errors" in run_tool(
        tmp_path, pdf, "qpdf", "--check", "FILE"
    )
    rows = run_tool(tmp_path, pdf, "pdffonts", "FILE").splitlines()[2:]
    assert len(rows) == 2
    for row in rows:
        assert "NotoSans" in row
        assert re.search(r"\byes yes yes\b", row)
    assert b"Helvetica" not in pdf
    text = run_tool(tmp_path, pdf, "pdftotext", "FILE", "-")
    assert "Иванова Мария Сергеевна" in text
    assert "KP-000123" in text
    assert SIGNER in text


def test_the_same_report_gives_the_same_bytes(a_full_report, a_study, a_clinic, a_png):
    images = {"k1": a_png(64, 64)}
    first = render(a_full_report, a_study, a_clinic, images, SIGNER, SIGNED_AT)
    assert render(a_full_report, a_study, a_clinic, images, SIGNER, SIGNED_AT) == first


def test_metadata_name_the_language_and_time_but_not_the_patient(
    tmp_path, a_full_report, a_study, a_clinic
):
    pdf = render(a_full_report, a_study, a_clinic, {}, SIGNER, SIGNED_AT)
    told = run_tool(tmp_path, pdf, "pdfinfo", "-isodates", "FILE")
    assert "2026-11-24T11:03:00" in told
    assert "A4" in told
    assert SIGNER in told
    assert "Иванова" not in told
    assert "KP-000123" not in told
    assert re.search(rb"/Lang\s*\(ru\)", pdf)


LONG_WORD = "Krankenhausverwaltungsgesellschaftszentrum"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Клиника лучевой диагностики «Здоровье»", "Москва"),
        (LONG_WORD, "Berlin"),
        (LONG_WORD, "Straße der langen Namen und der hohen Nummern 1234, Hinterhaus"),
    ],
)
def test_the_name_of_a_clinic_stays_on_its_line(a_report, a_study, name, address):
    pdf = render(a_report("de"), a_study, Clinic(name, address, "+49 1"), {})
    assert any(name in line for line in pages_of(pdf)[0].splitlines())


def test_long_texts_flow_over_numbered_pages_that_name_the_patient(a_report, a_study, a_clinic):
    long = "\n".join(f"Строка {n}. " + "Без особенностей. " * 6 for n in range(150))
    pages = pages_of(render(a_report(sections={Heading.FINDINGS: long}), a_study, a_clinic, {}))
    assert len(pages) > 3
    for number, text in enumerate(pages, 1):
        assert re.search(rf"\b{number}\b\D+\b{len(pages)}\b", text)
        assert "Иванова Мария Сергеевна" in text
    joined = "\n".join(pages)
    assert all(f"Строка {n}." in joined for n in range(150))


def test_hostile_text_is_inert(tmp_path, a_report, a_clinic):
    markup = "<script>alert(1)</script> & <b>x</b> <img src='/etc/passwd'/>"
    hostile = f"{markup}\u202egnp.exe\x00\x07\ud800"
    study = StudySummary("1.2.3", patient_name="A&B^<i>", patient_id="\u202eID\x1b[31m" * 50)
    report = a_report(
        "en",
        sections={Heading.FINDINGS: hostile + " " + "W" * 5000, Heading.IMPRESSION: "\r\n\t"},
        key_images=[KeyImage("k1", "1.2", 0, hostile * 500)],
        measurements=[MeasurementLine(hostile * 500, 1e300, "<mm>" * 500, hostile * 500)],
    )
    clinic = Clinic("<para>" * 3000, hostile * 500, "&amp;")
    pdf = render(report, study, clinic, {"k1": b"no picture"}, hostile, SIGNED_AT)
    text = text_of(pdf)
    assert "<script>alert(1)</script> & <b>x</b>" in text
    assert "A&B <i>" in text
    assert text.count("W") == 5000
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x07\x1b]", text)
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf
    assert "No syntax" in run_tool(tmp_path, pdf, "qpdf", "--check", "FILE")


def test_an_empty_report_of_an_empty_study_still_prints(a_report):
    report = a_report("en", sections={Heading.FINDINGS: "-"})
    text = text_of(render(report, StudySummary("1.2.3"), Clinic(), {}))
    assert "Radiology report" in text
    assert text.count("Draft, not signed") >= 2
    assert "Page 1 of 1" in text


def test_a_signed_report_says_who_and_when_and_nothing_of_a_draft(a_report, a_study, a_clinic):
    text = text_of(render(a_report("en"), a_study, a_clinic, {}, SIGNER, SIGNED_AT))
    assert SIGNER in text
    assert "24 Nov 2026 14:03 (UTC+03)" in text
    assert "Draft" not in text


def test_an_amendment_names_the_version_it_replaces(a_report, a_study, a_clinic):
    text = text_of(render(a_report("en", version=2), a_study, a_clinic, {}))
    assert "version 2 replaces version 1" in text


def test_measurements_stand_with_their_calibration(a_report, a_study, a_clinic, a_measurement):
    text = text_of(render(a_report("de", measurements=[a_measurement]), a_study, a_clinic, {}))
    assert "12,4 mm" in text
    assert "Узел S3" in text


def test_pictures_are_never_enlarged_beyond_120_pixels_an_inch(
    a_full_report, a_study, a_clinic, a_png
):
    for width, height in ((120, 60), (3000, 1000), (40, 2000)):
        images = {"k1": a_png(width, height)}
        pdf = render(a_full_report, a_study, a_clinic, images)
        document = pypdfium2.PdfDocument(io.BytesIO(pdf))
        drawn = [
            item
            for page in document
            for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
        ]
        assert len(drawn) == 1
        left, bottom, right, top = drawn[0].get_bounds()
        assert right - left <= min(width * 72 / 120, 230) + 0.01
        assert top - bottom <= min(height * 72 / 120, 230) + 0.01
        assert (right - left) / (top - bottom) == pytest.approx(width / height, rel=0.05)
        document.close()


def test_a_missing_picture_leaves_a_note(a_full_report, a_study, a_clinic):
    text = text_of(render(a_full_report, a_study, a_clinic, {}, language=Language.EN))
    assert "The picture could not be loaded." in text


def test_a_typical_report_takes_little_of_the_processor(a_full_report, a_study, a_clinic, a_png):
    images = {"k1": a_png(1024, 1024)}
    render(a_full_report, a_study, a_clinic, images)
    started = time.thread_time()
    render(a_full_report, a_study, a_clinic, images, SIGNER, SIGNED_AT)
    assert time.thread_time() - started < 3  # half a second on a machine of today


def test_labels_of_the_program_are_translated_and_those_of_people_are_not(
    a_report, a_study, a_clinic
):
    lines = [MeasurementLine("Sex", 1, "mm", ""), MeasurementLine("Mein Knoten", 2, "mm", "")]
    text = text_of(render(a_report("de", measurements=lines), a_study, a_clinic, {}))
    assert tr("Sex", Language.DE) in text
    assert "Mein Knoten" in text

"""Dates, numbers and ages in each language's own form."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.domain.report import MeasurementLine
from app.language import Language
from app.report.wording import (
    age_text,
    date_text,
    measurement_text,
    moment_text,
    number_text,
    sex_text,
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.EN, "3 Feb 2026"),
        (Language.RU, "03.02.2026"),
        (Language.DE, "03.02.2026"),
        (Language.ES, "03/02/2026"),
        (Language.FR, "03/02/2026"),
    ],
)
def test_dates_have_the_languages_form(language, text):
    assert date_text(date(2026, 2, 3), language) == text
    assert date_text(None, language) == ""


def test_a_moment_tells_its_distance_from_utc():
    moment = datetime(2026, 2, 3, 14, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert moment_text(moment, Language.RU) == "03.02.2026 14:05 (UTC+05:30)"
    assert moment_text(moment.astimezone(UTC), Language.EN) == "3 Feb 2026 08:35 (UTC+00)"
    assert moment_text(None, Language.EN) == ""


def test_numbers_have_the_languages_decimal_mark():
    assert number_text(12.34, Language.EN) == "12.3"
    assert number_text(12.34, Language.FR) == "12,3"


def test_age_counts_whole_years_and_months_of_the_small():
    assert age_text(date(1980, 5, 1), date(2026, 4, 30), Language.EN) == "45 years"
    assert age_text(date(1980, 5, 1), date(2026, 5, 1), Language.EN) == "46 years"
    assert age_text(date(2026, 1, 31), date(2026, 2, 28), Language.EN) == "0 months"
    assert age_text(date(2025, 1, 31), date(2026, 2, 28), Language.EN) == "12 months"
    assert age_text(date(2026, 5, 1), date(2026, 4, 30), Language.EN) == ""
    assert age_text(None, date(2026, 4, 30), Language.EN) == ""


def test_an_unknown_sex_is_not_printed():
    assert sex_text("f", Language.EN) == "female"
    assert sex_text("0000", Language.EN) == ""


def test_a_measurement_says_its_scale_unless_it_is_plain():
    plain = MeasurementLine("Узел", 12.34, "mm", "Pixel spacing")
    detector = MeasurementLine("", 12.34, "mm", "At detector")
    assert measurement_text(plain, Language.DE) == "Узел: 12,3 mm"
    assert measurement_text(detector, Language.EN) == "12.3 mm (At detector)"

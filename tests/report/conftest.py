"""Reports, studies and pictures as the tests of the PDF read them."""

import io
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pytest
from PIL import Image

from app.domain.report import (
    Clinic,
    Heading,
    KeyImage,
    MeasurementLine,
    Report,
    ReportContent,
    ReportState,
)
from app.domain.study import StudySummary

SIGNED_AT = datetime(2026, 11, 24, 14, 3, tzinfo=timezone(timedelta(hours=3)))


@pytest.fixture
def a_study():
    return StudySummary(
        "1.2.3",
        patient_name="Иванова^Мария^Сергеевна",
        patient_id="KP-000123",
        birth_date=date(1961, 3, 14),
        sex="F",
        study_date=date(2026, 11, 24),
        study_time=time(9, 41),
        description="КТ органов грудной клетки",
        modalities=("CT",),
    )


@pytest.fixture
def a_clinic():
    return Clinic("Клиника «Здоровье»", "ул. Ленина, 5\nМосква", "+7 495 123-45-67")


@pytest.fixture
def a_report():
    def make(language="ru", version=1, sections=None, key_images=(), measurements=()):
        content = ReportContent(
            language=language,
            sections=sections or {Heading.FINDINGS: "Очагов нет.", Heading.IMPRESSION: "Норма."},
            key_images=tuple(key_images),
            measurements=tuple(measurements),
        )
        moment = datetime(2026, 11, 24, 10, tzinfo=UTC)
        return Report("r-1", "1.2.3", version, 4, ReportState.DRAFT, content, "doctor", moment)

    return make


@pytest.fixture
def a_png():
    def make(width, height):
        ramp = np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(ramp).save(buffer, "PNG")
        return buffer.getvalue()

    return make


@pytest.fixture
def a_key_image():
    return KeyImage("k1", "1.2.3.4.5", 0, "Узел S3")


@pytest.fixture
def a_measurement():
    return MeasurementLine("Узел S3", 12.43, "mm", "Pixel spacing")

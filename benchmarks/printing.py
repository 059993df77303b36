"""The PDF of a report: three pages of text, two key images, five measurements."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import cv2
import numpy as np

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
from app.report.pdf import render
from benchmarks.samples import Place
from benchmarks.table import Row, median_ms

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def run(_place: Place) -> Iterator[Row]:
    """Measure the rendering alone; no limit beyond the second one waits without noticing."""
    noise = np.random.default_rng(7).integers(0, 255, (768, 1024), np.uint8)
    png = cv2.imencode(".png", noise)[1].tobytes()
    text = "\n".join(f"Лёгкие без очагов, строка {n}." for n in range(70))
    content = ReportContent(
        "ru",
        sections={Heading.FINDINGS: text, Heading.IMPRESSION: "Без патологии."},
        key_images=(KeyImage("a", "1.2.3"), KeyImage("b", "1.2.4")),
        measurements=tuple(
            MeasurementLine(f"Узел {n}", 10.0 + n, "mm", "Pixel spacing") for n in range(5)
        ),
    )
    report = Report("r", "1.2", 1, 1, ReportState.DRAFT, content, "doctor", MOMENT)
    study = StudySummary("1.2", "Иванова^Мария", "K-1", date(1961, 3, 14), "F", date(2026, 11, 24))
    images = {"a": png, "b": png}

    def print_it() -> bytes:
        return render(report, study, Clinic("Клиника"), images, "Д-р Петрова", MOMENT)

    yield Row("PDF of three pages, two images", median_ms(print_it, 5, 1), "ms", most=1000)

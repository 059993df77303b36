"""Reports as they are stored."""

from app.domain.report import MeasurementLine
from app.domain.wire import from_plain, to_plain


def test_a_measurement_says_its_frame():
    line = MeasurementLine("Node", 12.5, "mm", "Pixel spacing", "1.2.3", frame=7)
    assert from_plain(MeasurementLine, to_plain(line)) == line


def test_a_measurement_of_a_report_stored_before_frames_were_kept_is_read():
    stored = {"label": "Node", "value": 12.5, "unit": "mm", "calibration": "", "frame_of": "x"}
    assert from_plain(MeasurementLine, stored).frame == 0

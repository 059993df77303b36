"""The watermarks of a disk, and quotas."""

import pytest

from app.domain.storage import DiskLevel, Quotas, Watermarks


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (100, DiskLevel.GOOD),
        (10, DiskLevel.GOOD),
        (9, DiskLevel.LOW),
        (3, DiskLevel.LOW),
        (2, DiskLevel.FULL),
        (0, DiskLevel.FULL),
    ],
)
def test_a_disk_is_low_below_a_tenth_and_full_at_a_fiftieth(free, level):
    assert Watermarks().level(free, 100) is level


def test_the_reserve_is_what_a_full_disk_has_left():
    assert Watermarks(full_percent=2.5).reserve(1000) == 25


@pytest.mark.parametrize(
    ("used", "quota", "level"),
    [
        (10**12, None, DiskLevel.GOOD),
        (89, 100, DiskLevel.GOOD),
        (90, 100, DiskLevel.LOW),
        (99, 100, DiskLevel.LOW),
        (100, 100, DiskLevel.FULL),
    ],
)
def test_a_quota_is_low_from_nine_tenths_on(used, quota, level):
    assert Quotas.level(used, quota) is level

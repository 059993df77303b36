"""The bar that stays while the archive's disk is short of room."""

from app.domain.storage import DiskLevel
from app.ui.shell.disk import DiskBar


def test_a_disk_short_of_room_is_said_until_there_is_room(qtbot):
    bar = DiskBar()
    qtbot.addWidget(bar)
    bar.show_level(DiskLevel.LOW)
    assert "nearly full" in bar.text()
    bar.show_level(DiskLevel.FULL)
    assert "nothing more is stored until" in bar.text()
    bar.show_level(DiskLevel.GOOD)
    assert bar.isHidden()

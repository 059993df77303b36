"""A bar that stays while the archive's disk, or its quota, is short of room."""

from collections.abc import Callable

from app.domain.storage import DiskLevel
from app.language import tr
from app.ui.widgets.messages import MessageBar


def _low() -> str:
    return tr("The archive is nearly full. Make room soon, or nothing more is stored.")


def _full() -> str:
    return tr("The archive is full: nothing more is stored until there is room.")


TEXTS: dict[DiskLevel, tuple[str, Callable[[], str]]] = {
    DiskLevel.LOW: ("warning", _low),
    DiskLevel.FULL: ("error", _full),
}


class DiskBar(MessageBar):
    """Hidden while there is room."""

    def show_level(self, level: DiskLevel) -> None:
        """Say how the archive stands."""
        if level in TEXTS:
            look, text = TEXTS[level]
            self.show_message(look, text, closable=level is not DiskLevel.FULL)
        else:
            self.clear()

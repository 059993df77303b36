"""Garbage is collected in the GUI thread alone.

Python collects in whichever thread allocates, and finds pictures, painters and models of Qt among
what nobody refers to any more. Those must end in the thread they live in: elsewhere they take the
program along.
"""

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 200


class GarbageCollector(QObject):
    """Takes Python's collecting over for as long as the program runs.

    What is there now counts as kept for good: a look at all of it would stop the picture for a
    tenth of a second.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()


def collect_due() -> None:
    """Collect what Python would by its thresholds, had it not been disabled."""
    limits = gc.get_threshold()
    due = [at for at, count in enumerate(gc.get_count()) if count > limits[at]]
    if due:
        gc.collect(max(due))

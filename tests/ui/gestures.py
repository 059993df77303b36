"""What hands do: drags, wheels, keys."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

LEFT, MIDDLE, RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
NO_KEYS = Qt.KeyboardModifier.NoModifier


def _send(pane, kind, at, button, buttons, keys):
    event = QMouseEvent(kind, at, pane.mapToGlobal(at), button, buttons, keys)
    QApplication.sendEvent(pane, event)


def drag(pane, start, end, button=LEFT, keys=NO_KEYS):
    """Press, move in steps, release."""
    start, end = QPointF(start), QPointF(end)
    none = Qt.MouseButton.NoButton
    _send(pane, QEvent.Type.MouseButtonPress, start, button, button, keys)
    for step in (0.25, 0.5, 0.75, 1.0):
        at = start + (end - start) * step
        _send(pane, QEvent.Type.MouseMove, at, none, button, keys)
    _send(pane, QEvent.Type.MouseButtonRelease, end, button, none, keys)


def hover(pane, at):
    """Move over `at` with no button down."""
    none = Qt.MouseButton.NoButton
    _send(pane, QEvent.Type.MouseMove, QPointF(at), none, none, NO_KEYS)


def click(pane, at, button=LEFT):
    """Press and release."""
    QTest.mouseClick(pane, button, NO_KEYS, QPointF(at).toPoint())


def wheel(pane, notches, keys=NO_KEYS, at=None, *, sideways=False):
    """Turn the wheel; up is positive."""
    at = QPointF(at) if at is not None else QPointF(pane.rect().center())
    turn = QPoint(round(notches * 120), 0) if sideways else QPoint(0, round(notches * 120))
    event = QWheelEvent(
        at,
        pane.mapToGlobal(at),
        QPoint(),
        turn,
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane, event)

"""Working a window like a person: mouse, keys, drops, and waiting until something is seen."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMimeData,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QUrl,
)
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QWidget,
)

from app.demo.steps import StepFailedError, check

W = TypeVar("W", bound=QWidget)
T = TypeVar("T")
LEFT = Qt.MouseButton.LeftButton
RIGHT = Qt.MouseButton.RightButton
MIDDLE = Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier
NOTCH = 120
"""One step of a mouse wheel, in Qt's eighths of a degree."""


def wait_for(condition: Callable[[], T], text: str, timeout_s: float = 20.0) -> T:
    """The first true answer of `condition`, while Qt works.

    Raises StepFailedError saying what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise StepFailedError(f"{text}: not within {timeout_s:g} s")
        pause(10)


def pause(ms: int) -> None:
    """Let Qt and every other thread work; QTest.qWait would keep the GIL while it sleeps."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def in_dialog(kind: type[W], show: Callable[[], object], work: Callable[[W], None]) -> None:
    """Do `work` in the dialog that `show` brings up and waits for. Raises what `work` raises."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            work(wait_for(lambda: window(kind), f"the {kind.__name__}"))
        except Exception as error:  # noqa: BLE001 - it is raised again outside the dialog
            raised.append(error)
        finally:
            dialog = window(kind)
            if isinstance(dialog, QDialog):
                dialog.accept()

    QTimer.singleShot(0, run)
    show()
    settle()
    if raised:
        raise raised[0]


class Clocked(QObject):
    """When a widget was first shown and then hidden, by the monotonic clock; 0 before that.

    The event itself is timed, so that nothing counts that is done between two looks at it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown = self.hidden = 0.0

    def eventFilter(  # noqa: N802 - Qt calls it
        self, _watched: QObject, event: QEvent
    ) -> bool:
        """Note the time."""
        if event.type() == QEvent.Type.Show:
            self.shown = self.shown or time.monotonic()
        elif event.type() == QEvent.Type.Hide and self.shown:
            self.hidden = self.hidden or time.monotonic()
        return False


@contextlib.contextmanager
def clocked(widget: QWidget) -> Iterator[Clocked]:
    """Time when `widget` comes and goes."""
    clock = Clocked()
    widget.installEventFilter(clock)
    yield clock
    widget.removeEventFilter(clock)


def settle() -> None:
    """Let Qt lay out and paint what was asked for."""
    for _ in range(3):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents()
    pause(1)


def window(kind: type[W]) -> W | None:
    """The visible top-level window of this type."""
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, kind) and widget.isVisible():
            return widget
    return None


def gone(widget: QWidget) -> bool:
    """Whether a window was closed; it may have been deleted with that."""
    return not shiboken6.isValid(widget) or not widget.isVisible()


def find(parent: QWidget, kind: type[W], name: str = "") -> W:
    """The visible child of this type (and object name). Raises StepFailedError."""
    for child in parent.findChildren(kind, name) if name else parent.findChildren(kind):
        if child.isVisible():
            return child
    raise StepFailedError(f"no visible {kind.__name__} {name}".rstrip())


def all_of(parent: QWidget, kind: type[W]) -> list[W]:
    """Every visible child of this type."""
    return [child for child in parent.findChildren(kind) if child.isVisible()]


def click(widget: QWidget, at: QPoint | None = None, button: Qt.MouseButton = LEFT) -> None:
    """Click a visible, enabled widget in its middle, or `at`."""
    check(widget.isVisible() and widget.isEnabled(), f"{_name(widget)} can't be clicked")
    _activate(widget)
    QTest.mouseClick(widget, button, NONE, at if at is not None else widget.rect().center())
    settle()


def _activate(widget: QWidget) -> None:
    """Bring the widget's window to the front, as any press of a hand does."""
    front = widget.window()
    if front.isActiveWindow():
        return

    def comes() -> bool:
        front.activateWindow()
        settle()
        return front.isActiveWindow()

    active, modal = QApplication.activeWindow(), QApplication.activeModalWidget()
    before = ", ".join(_name(other) for other in (active, modal) if other is not None)
    wait_for(comes, f"the window of {_name(widget)} to come before {before or 'none'}", 5)


def choose(button: QAbstractButton) -> None:
    """Click a radio button or check box where its mark is."""
    click(button, QPoint(10, button.height() // 2))
    check(button.isChecked(), f"{_name(button)} is not chosen")


def double_click(widget: QWidget, at: QPoint | None = None) -> None:
    """Double click as a person does: two presses."""
    spot = at if at is not None else widget.rect().center()
    QTest.mouseClick(widget, LEFT, NONE, spot)
    QTest.mouseDClick(widget, LEFT, NONE, spot)
    settle()


def write(widget: QWidget, text: str) -> None:
    """Type `text` into a field; what stood in a line edit is replaced."""
    _activate(widget)
    widget.setFocus()
    if isinstance(widget, QLineEdit):
        widget.selectAll()
    for letter in text:
        # QTest.keyClicks knows only Latin letters.
        if letter.isascii():
            QTest.keyClick(widget, letter)
        else:
            _insert(widget, letter)
    settle()


def _insert(widget: QWidget, letter: str) -> None:
    from PySide6.QtGui import QKeyEvent

    for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, 0, NONE, letter))


def press(widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Press one key with the focus on `widget`."""
    _activate(widget)
    widget.setFocus()
    QTest.keyClick(widget, key, modifiers)
    settle()


def drag(
    widget: QWidget,
    start: QPoint,
    by: QPoint,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
    moves: int = 6,
) -> None:
    """Press at `start`, move `by` in some moves, release."""
    QTest.mouseMove(widget, start)
    QTest.mousePress(widget, button, modifiers, start)
    for number in range(1, moves + 1):
        spot = start + by * number / moves
        _move(widget, spot, button, modifiers)
        pause(5)
    QTest.mouseRelease(widget, button, modifiers, start + by)
    settle()


def _move(
    widget: QWidget, spot: QPoint, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier
) -> None:
    from PySide6.QtGui import QMouseEvent

    place = QPointF(spot)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        QPointF(widget.mapToGlobal(spot)),
        Qt.MouseButton.NoButton,
        button,
        modifiers,
    )
    QApplication.sendEvent(widget, event)


def wheel(
    widget: QWidget,
    notches: int,
    modifiers: Qt.KeyboardModifier = NONE,
    at: QPoint | None = None,
) -> None:
    """Turn the wheel; positive is away from the hand. With Alt the turn is sideways, as Qt does."""
    spot = at if at is not None else widget.rect().center()
    step = NOTCH if notches > 0 else -NOTCH
    sideways = bool(modifiers & Qt.KeyboardModifier.AltModifier)
    angle = QPoint(step, 0) if sideways else QPoint(0, step)
    for _ in range(abs(notches)):
        event = QWheelEvent(
            QPointF(spot),
            QPointF(widget.mapToGlobal(spot)),
            QPoint(),
            angle,
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,  # noqa: FBT003 - Qt's argument: not inverted
            Qt.MouseEventSource.MouseEventNotSynthesized,
        )
        QApplication.sendEvent(widget, event)
        settle()


def drop_files(widget: QWidget, paths: Sequence[Path]) -> None:
    """Drag files from a file manager onto `widget`."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop(widget, data)


def drop(widget: QWidget, data: QMimeData, at: QPoint | None = None) -> None:
    """Drag `data` over `widget` and let it go there."""
    spot = at if at is not None else widget.rect().center()
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    QApplication.sendEvent(widget, QDragEnterEvent(spot, actions, data, LEFT, NONE))
    QApplication.sendEvent(widget, QDragMoveEvent(spot, actions, data, LEFT, NONE))
    settle()
    QApplication.sendEvent(widget, QDropEvent(QPointF(spot), actions, data, LEFT, NONE))
    settle()


def name_file(dialog: QFileDialog, file: Path) -> None:
    """Put a file's name into a file dialog; accepting it is left to the caller."""
    find(dialog, QLineEdit, "fileNameEdit").setText(str(file))
    settle()


def action(parent: QWidget, name: str) -> QAction:
    """The action of this name, of something on screen if there is one. Raises StepFailedError."""
    found = parent.findChildren(QAction, name)
    check(found, f"no action {name}")
    for each in found:
        owner = each.parent()
        if isinstance(owner, QWidget) and owner.isVisible():
            return each
    return found[0]


def trigger(parent: QWidget, name: str) -> None:
    """Use an action as its menu item or button does."""
    found = action(parent, name)
    check(found.isEnabled(), f"the action {name} is greyed out")
    found.trigger()
    settle()


def pixels(image: QImage | None) -> np.ndarray:
    """A picture as [row, column and channel]. Raises StepFailedError when there is none."""
    if image is None:
        raise StepFailedError("there is no picture")
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(plain.constBits(), np.uint8)
    return data.reshape(plain.height(), plain.bytesPerLine())[:, : plain.width() * 4].copy()


def has_text(parent: QWidget, part: str) -> bool:
    """Whether a visible label under `parent` has `part` in its text."""
    return any(part in label.text() for label in all_of(parent, QLabel))


def _name(widget: QWidget) -> str:
    return widget.objectName() or widget.accessibleName() or type(widget).__name__

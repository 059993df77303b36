"""One of the four panes: paints the last picture it was given, and what is written over it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.study import StudySummary
from app.ui.language import Translated
from app.ui.patients import patient_lines
from app.ui.theme import tokens

Keys = dict[str, Callable[[], object]]
"""What keys do, by their portable names, such as `Ctrl+0`."""

_LATIN = str.maketrans(
    "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ",
    "QWERTYUIOPASDFGHJKLZXCVBNM",
)
"""Letters of a Russian keyboard to those in the same places of a Latin one."""
CLICK_PX = 4.0
"""A press that moves less than this is a click."""


class Pane(Translated, QWidget):
    """Sizes and points are in device pixels, so that pictures are sharp on every screen."""

    maximise = Signal()
    resized = Signal()
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys: Keys = {}
        self.patient: StudySummary | None = None
        """Who is named in the corner; not in pictures for the report."""
        self._image: QImage | None = None
        self._pressed: QPointF | None = None
        self._moved = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(120, 90)

    @property
    def device_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    @property
    def has_picture(self) -> bool:
        """Whether anything has been drawn yet."""
        return self._image is not None

    def picture(self) -> QImage | None:
        """The picture without what is written over it."""
        return self._image

    def show_picture(self, image: QImage) -> None:
        """Show a picture; whatever its size, it fills the pane."""
        self._image = image
        self.update()

    def device_point(self, position: QPointF) -> tuple[float, float]:
        """The device pixel under a logical point; its middle is the whole number."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio - 0.5, position.y() * ratio - 0.5

    def zoom(self, steps: float) -> None:
        """Zoom about the middle by steps of the wheel."""

    def clear_picture(self) -> None:
        """Show nothing: what was drawn last is no longer what the pane stands for."""
        self._image = None
        self.update()

    def paint_overlay(self, painter: QPainter, area: QRectF, patient: tuple[str, ...]) -> None:
        """Write over the picture, in the corner who the patient is; a pane has its own way."""

    def pressed(self, at: QPointF, button: Qt.MouseButton) -> None:
        """A button went down at a logical point."""

    def dragged(self, at: QPointF, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
        """The mouse moved with `button` down."""

    def clicked(self, at: QPointF, button: Qt.MouseButton) -> None:
        """A button went down and up at about the same point."""

    def hovered(self, at: QPointF) -> None:
        """The mouse moved without a button."""

    def capture(self) -> QPixmap:
        """Picture and overlay as they are, without frame and controls."""
        pixmap = QPixmap(*self.device_size)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(pixmap)
        self._paint(painter, ())
        painter.end()
        return pixmap

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint picture, overlay and the frame that tells the focus."""
        painter = QPainter(self)
        self._paint(painter, patient_lines(self.patient) if self.patient else ())
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setPen(QPen(QColor(tokens.ACCENT), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint(self, painter: QPainter, patient: tuple[str, ...]) -> None:
        area = QRectF(self.rect())
        painter.fillRect(area, QColor(tokens.IMAGE))
        if self._image is not None:
            exact = (self._image.width(), self._image.height()) == self.device_size
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=not exact)
            painter.drawImage(area, self._image)
        self.paint_overlay(painter, area, patient)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell who is chosen."""
        super().focusInEvent(event)
        self.focused.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for a picture of the new size."""
        super().resizeEvent(event)
        self.resized.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for a picture: while hidden none was drawn."""
        super().showEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag; a second button does not disturb the first."""
        if self._pressed is None:
            self._pressed, self._moved = event.position(), False
            self.pressed(event.position(), event.button())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        if self._pressed is None or not event.buttons():
            self.hovered(event.position())
            return
        way = event.position() - self._pressed
        self._moved = self._moved or abs(way.x()) + abs(way.y()) >= CLICK_PX
        if self._moved:
            self.dragged(event.position(), self._button(event), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click or a drag."""
        was_click = self._pressed is not None and not self._moved
        self._pressed = None
        if was_click:
            self.clicked(event.position(), event.button())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fill the page with this pane, or show all four again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            self.maximise.emit()

    def event(self, event: QEvent) -> bool:
        """Keep our keys before a shortcut of a page around us takes them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self._command(event) is not None:
                event.accept()
                return True
        elif event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resized.emit()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key says."""
        command = self._command(event)
        if command is None:
            super().keyPressEvent(event)
        else:
            command()

    @staticmethod
    def _button(event: QMouseEvent) -> Qt.MouseButton:
        for button in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.MiddleButton,
            Qt.MouseButton.RightButton,
        ):
            if event.buttons() & button:
                return button
        return Qt.MouseButton.NoButton

    def _command(self, event: QKeyEvent) -> Callable[[], object] | None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        name = QKeySequence(event.key() | modifiers.value).toString(
            QKeySequence.SequenceFormat.PortableText
        )
        return self.keys.get(name) or self.keys.get(name.translate(_LATIN))

"""The key images of a report: thumbnail, caption, order, removal."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.report import KeyImage
from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.labels import label, name_control, set_look, tool_button

THUMBNAIL = QSize(96, 72)
PENDING = "pending-"
"""Begins the id of a picture that is still on its way to the server."""


@dataclass(slots=True)
class Shown:
    """A key image and its picture, None while it is not here."""

    image: KeyImage
    png: bytes | None = None


class KeyImages(Translated, QWidget):
    """Hidden while there is none."""

    edited = Signal()
    chosen = Signal(object)
    """The KeyImage whose thumbnail was clicked."""
    rebuilt = Signal()
    """There are other `controls` now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[Shown] = []
        self._read_only = False
        self._title = label(tone="strong")
        self._title.setContentsMargins(1, tokens.M, 0, 0)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(tokens.S)
        self.cards: list[Card] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.XS)
        layout.addWidget(self._title)
        layout.addLayout(self._rows)
        self._rebuild()

    @property
    def images(self) -> tuple[KeyImage, ...]:
        """What the server knows of, in the report's order."""
        return tuple(
            item.image for item in self._items if not item.image.image_id.startswith(PENDING)
        )

    @property
    def waiting(self) -> tuple[KeyImage, ...]:
        """What is still on its way, with the captions of now."""
        return tuple(item.image for item in self._items if item.image.image_id.startswith(PENDING))

    @property
    def controls(self) -> list[QWidget]:
        """What Tab visits, in order."""
        return [control for card in self.cards for control in card.controls]

    @property
    def missing(self) -> tuple[str, ...]:
        """The ids whose picture is not here yet."""
        return tuple(item.image.image_id for item in self._items if item.png is None)

    def show_images(self, images: tuple[KeyImage, ...]) -> None:
        """Show `images` instead, keeping pictures that are here; this is no edit."""
        known = {item.image.image_id: item.png for item in self._items}
        waiting = [item for item in self._items if item.image.image_id.startswith(PENDING)]
        self._items = [Shown(image, known.get(image.image_id)) for image in images] + waiting
        self._rebuild()

    def clear(self) -> None:
        """Take everything out, what is on its way too."""
        self._items = []
        self._rebuild()

    def set_read_only(self, read_only: bool) -> None:
        """Only show."""
        self._read_only = read_only
        for card in self.cards:
            card.set_read_only(read_only)

    def add(self, image: KeyImage, png: bytes) -> None:
        """Put a picture at the end, at once."""
        self._items.append(Shown(image, png))
        self._rebuild()

    def arrived(self, image_id: str, png: bytes) -> None:
        """The picture of `image_id` is here."""
        for item, card in zip(self._items, self.cards, strict=True):
            if item.image.image_id == image_id:
                item.png = png
                card.show_picture(png)

    def settle(self, pending_id: str, image_id: str) -> None:
        """The server keeps the picture `pending_id` as `image_id`."""
        for item, card in zip(self._items, self.cards, strict=True):
            if item.image.image_id == pending_id:
                item.image = replace(item.image, image_id=image_id)
                card.show_state(item.image)
                self.edited.emit()

    def discard(self, image_id: str) -> None:
        """Take a picture out."""
        self._items = [item for item in self._items if item.image.image_id != image_id]
        self._rebuild()
        self.edited.emit()

    def retranslate(self) -> None:
        """Build the texts again."""
        self._title.setText(tr("Key images"))
        for number, card in enumerate(self.cards, 1):
            card.retranslate(number)

    def _rebuild(self) -> None:
        for card in self.cards:
            self._rows.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [self._card(item) for item in self._items]
        for number, card in enumerate(self.cards):
            card.up.setEnabled(number > 0)
            card.down.setEnabled(number < len(self.cards) - 1)
        self.setVisible(bool(self.cards))
        self.set_read_only(self._read_only)
        self.retranslate()
        self.rebuilt.emit()

    def _card(self, item: Shown) -> "Card":
        card = Card(item)
        self._rows.addWidget(card)
        card.caption.textEdited.connect(lambda text: self._caption(item, text))
        card.thumbnail.clicked.connect(lambda: self.chosen.emit(item.image))
        card.up.clicked.connect(lambda: self._move(item, -1))
        card.down.clicked.connect(lambda: self._move(item, 1))
        card.remove.clicked.connect(lambda: self.discard(item.image.image_id))
        return card

    def _caption(self, item: Shown, text: str) -> None:
        item.image = replace(item.image, caption=text)
        self.edited.emit()

    def _move(self, item: Shown, by: int) -> None:
        index = self._items.index(item)
        self._items.insert(index + by, self._items.pop(index))
        self._rebuild()
        card = self.cards[index + by]
        (card.up if by < 0 and card.up.isEnabled() else card.down).setFocus()
        self.edited.emit()


_STYLE = """
QLineEdit[flat="true"] { background: transparent; border-color: transparent; padding: 0; }
"""


class Card(QFrame):
    """One key image."""

    def __init__(self, item: Shown) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setStyleSheet(_STYLE)
        self._image = item.image
        self.thumbnail = QToolButton()
        self.thumbnail.setIconSize(THUMBNAIL)
        self.thumbnail.setFixedSize(THUMBNAIL + QSize(8, 8))
        self.caption = QLineEdit(item.image.caption)
        self.caption.setMaxLength(400)
        self.caption.setCursorPosition(0)
        self._state = label(tone="small")
        self.up = tool_button("chevron-up", size=16)
        self.down = tool_button("chevron-down", size=16)
        self.remove = tool_button("delete", size=16)
        foot = QHBoxLayout()
        foot.setSpacing(0)
        foot.addWidget(self._state, 1)
        for button in (self.up, self.down, self.remove):
            foot.addWidget(button)
        column = QVBoxLayout()
        column.setSpacing(tokens.XS)
        column.addWidget(self.caption)
        column.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.XS, tokens.XS, tokens.S, tokens.XS)
        row.setSpacing(tokens.S)
        row.addWidget(self.thumbnail)
        row.addLayout(column, 1)
        self.controls = (self.thumbnail, self.caption, self.up, self.down, self.remove)
        self._number = 0
        if item.png is not None:
            self.show_picture(item.png)

    def show_picture(self, png: bytes) -> None:
        """Show the picture as the thumbnail, or that it can't be shown."""
        picture = QPixmap()
        if picture.loadFromData(png, "PNG"):
            ratio = self.devicePixelRatioF()
            scaled = picture.scaled(
                THUMBNAIL * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            scaled.setDevicePixelRatio(ratio)
            self.thumbnail.setIcon(QIcon(scaled))

    def show_state(self, image: KeyImage) -> None:
        """Say whether the picture is on the server."""
        self._image = image
        self.retranslate(self._number)

    def set_read_only(self, read_only: bool) -> None:
        """Only show."""
        self.caption.setReadOnly(read_only)
        self.caption.setVisible(not read_only or bool(self.caption.text()))
        set_look(self.caption, "flat", "true" if read_only else "false")
        for button in (self.up, self.down, self.remove):
            button.setHidden(read_only)

    def retranslate(self, number: int) -> None:
        """Build the texts of picture `number`."""
        self._number = number
        waiting = self._image.image_id.startswith(PENDING)
        told = tr("Image {number}", number=number)
        sending = tr("Sending…")
        self._state.setText(f"{told} · {sending}" if waiting else told)
        self.caption.setPlaceholderText(tr("Caption"))
        name_control(self.caption, tr("Caption of image {number}", number=number), tip=False)
        names: dict[QWidget, str] = {
            self.thumbnail: tr("Show image {number} in the viewer", number=number),
            self.up: tr("Move up"),
            self.down: tr("Move down"),
            self.remove: tr("Remove from the report"),
        }
        for widget, text in names.items():
            name_control(widget, text)

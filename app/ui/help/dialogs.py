"""The help dialogs: every key of the action table with the mouse, and about the program."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app import __version__
from app.language import mark, tr
from app.ui.actions import ACTIONS, IMAGE_KEYS, MENU_TITLES, ActionRow, Menu
from app.ui.theme import tokens
from app.ui.widgets.labels import label, picture, push_button

MOUSE = (
    (mark("Left drag"), mark("the chosen tool")),
    (mark("Middle drag"), mark("pan")),
    (mark("Right drag"), mark("zoom")),
    (mark("Wheel"), mark("scroll through the images")),
    (mark("Shift and wheel"), mark("scroll ten images at a time")),
    (mark("Ctrl and wheel"), mark("zoom at the cursor")),
    (mark("Alt and wheel on MPR"), mark("thickness of the slab")),
    (mark("Double click"), mark("one tile alone, and back")),
)


class KeysDialog(QDialog):
    """Two columns: keys by menu, and the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys and mouse"))
        self.resize(820, 600)
        inner = QWidget()
        columns = QHBoxLayout(inner)
        columns.setSpacing(tokens.XXL)
        columns.setContentsMargins(tokens.XL, tokens.L, tokens.XL, tokens.L)
        left, right = QVBoxLayout(), QVBoxLayout()
        for side in (left, right):
            side.setSpacing(tokens.L)
            columns.addLayout(side, 1)
        for number, (title, rows) in enumerate(_groups()):
            (left if number % 2 else right).addLayout(_group(title, rows))
        for title, pairs in ((tr("Images"), IMAGE_KEYS), (tr("Mouse"), MOUSE)):
            left.insertLayout(0, _group(title, [(tr(keys), tr(what)) for keys, what in pairs]))
        left.addStretch(1)
        right.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setAccessibleName(tr("Keys and mouse"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, tokens.L)
        column.addWidget(area, 1)
        column.addWidget(_close_button(self), 0, Qt.AlignmentFlag.AlignHCenter)


class AboutDialog(QDialog):
    """Name, version, licence, and what the program is not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About Klinika Pro"))
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.XXL, tokens.XL, tokens.XXL, tokens.XL)
        column.setSpacing(tokens.M)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(picture("logo", 56, tokens.ACCENT), 0, middle)
        column.addWidget(label("Klinika Pro", "hero"), 0, middle)
        for text in (
            tr("Version {version}", version=__version__),
            tr("Apache License 2.0. The fonts are under the SIL Open Font License."),
            tr("Not a certified medical device."),
        ):
            column.addWidget(label(text, "dim"), 0, middle)
        column.addSpacing(tokens.S)
        column.addWidget(_close_button(self), 0, middle)


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    groups = []
    for menu in MENU_TITLES:
        rows = [row for row in ACTIONS.values() if row.menu is menu and row.keys]
        if rows:
            title = tr(MENU_TITLES[menu]).replace("&", "")
            groups.append((title, [(_keys_text(row), tr(row.text).rstrip("…")) for row in rows]))
    presets = [row for row in ACTIONS.values() if row.menu is Menu.NONE and row.keys]
    groups.append(
        (tr("Window presets"), [("1 – 9", tr("presets of the modality"))] * bool(presets))
    )
    return groups


def _keys_text(row: ActionRow) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in row.keys)


def _group(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.L)
    grid.setVerticalSpacing(tokens.XS + 2)
    grid.setColumnStretch(1, 1)
    grid.addWidget(label(title, "heading"), 0, 0, 1, 2)
    for number, (keys, what) in enumerate(rows, 1):
        shown = label(keys, "strong")
        shown.setMinimumWidth(130)
        grid.addWidget(shown, number, 0)
        grid.addWidget(label(what, "dim", wrap=True), number, 1)
    return grid


def _close_button(dialog: QDialog) -> QWidget:
    close = push_button("primary")
    close.setText(tr("Close"))
    close.clicked.connect(dialog.accept)
    return close

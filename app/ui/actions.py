"""The table of actions: menus, shortcuts, tool tips and icons come from its rows.

A page makes the actions it can do with `make_action`, which adds them to it; the main window's menu
bar shows those of the page on screen, in the order of this table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.language import mark, tr
from app.ui.icons import icon


class Menu(StrEnum):
    """The menus, in the order of the menu bar; `NONE` has only keys and buttons."""

    FILE = "file"
    STUDY = "study"
    VIEW = "view"
    VOLUME = "volume"
    TOOLS = "tools"
    REPORT = "report"
    ARCHIVE = "archive"
    LANGUAGE = "language"
    HELP = "help"
    NONE = "none"


MENU_TITLES: dict[Menu, str] = {
    Menu.FILE: mark("&File"),
    Menu.STUDY: mark("&Study"),
    Menu.VIEW: mark("&View"),
    Menu.VOLUME: mark("&MPR and 3D"),
    Menu.TOOLS: mark("&Tools"),
    Menu.REPORT: mark("&Report"),
    Menu.ARCHIVE: mark("&Archive"),
    Menu.LANGUAGE: mark("&Language"),
    Menu.HELP: mark("&Help"),
}


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action; `section` groups rows of a menu between separators.

    A `page` action answers its keys only while the focus is inside the widget that made it, so that
    single letters never disturb writing.
    """

    id: str
    text: str
    menu: Menu
    section: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    page: bool = False


def _presets() -> tuple[ActionRow, ...]:
    texts = (
        mark("Window preset 1"),
        mark("Window preset 2"),
        mark("Window preset 3"),
        mark("Window preset 4"),
        mark("Window preset 5"),
        mark("Window preset 6"),
        mark("Window preset 7"),
        mark("Window preset 8"),
        mark("Window preset 9"),
    )
    return tuple(
        ActionRow(f"preset.{n}", text, Menu.NONE, keys=(str(n),), page=True)
        for n, text in enumerate(texts, 1)
    )


def _volume(name: str, text: str, section: str, *keys: str) -> ActionRow:
    """An action that is there while MPR and 3D are."""
    return ActionRow(name, text, Menu.VOLUME, section, keys, page=True)


_FILE = (
    ActionRow("file.import-files", mark("Import files…"), Menu.FILE, "import", ("Ctrl+O",), "file"),
    ActionRow(
        "file.import-folder",
        mark("Import folder…"),
        Menu.FILE,
        "import",
        ("Ctrl+Shift+O",),
        "folder",
    ),
    ActionRow("file.sample-data", mark("Add sample studies"), Menu.FILE, "import", (), "plus"),
    ActionRow("file.accounts", mark("Accounts…"), Menu.FILE, "account", (), "users"),
    ActionRow("file.sign-out", mark("Sign out"), Menu.FILE, "account", (), "sign-out"),
    ActionRow("file.quit", mark("Quit"), Menu.FILE, "quit", ("Ctrl+Q",)),
)
_STUDY = (
    ActionRow("study.open", mark("Open study"), Menu.STUDY, "open", (), "eye"),
    ActionRow(
        "study.close",
        mark("Back to the worklist"),
        Menu.STUDY,
        "open",
        ("Ctrl+W",),
        "worklist",
    ),
    ActionRow("study.texts", mark("Mend wrong letters…"), Menu.STUDY, "open"),
    ActionRow("study.send", mark("Send to a node…"), Menu.STUDY, "open", (), "export"),
    ActionRow("worklist.search", mark("Search"), Menu.STUDY, "list", ("Ctrl+F",), "search"),
    ActionRow("worklist.refresh", mark("Refresh"), Menu.STUDY, "list", ("F5",), "refresh"),
    ActionRow("study.delete", mark("Delete study…"), Menu.STUDY, "delete", (), "delete"),
    ActionRow(
        "study.key-image",
        mark("Key image to the report"),
        Menu.STUDY,
        "images",
        ("K",),
        "key-image",
        page=True,
    ),
    ActionRow(
        "study.print-film", mark("Print to film…"), Menu.STUDY, "images", (), "print", page=True
    ),
    ActionRow(
        "study.series-next",
        mark("Next series"),
        Menu.STUDY,
        "images",
        ("PgDown", "Space"),
        "next",
        page=True,
    ),
    ActionRow(
        "study.series-previous",
        mark("Previous series"),
        Menu.STUDY,
        "images",
        ("PgUp", "Shift+Space"),
        "previous",
        page=True,
    ),
)
_TOOLS = (
    ActionRow(
        "tool.window",
        mark("Window"),
        Menu.TOOLS,
        "tool",
        ("W",),
        "window-level",
        checkable=True,
        page=True,
    ),
    ActionRow(
        "tool.scroll",
        mark("Scroll"),
        Menu.TOOLS,
        "tool",
        ("S",),
        "scroll",
        checkable=True,
        page=True,
    ),
    ActionRow(
        "tool.pan", mark("Pan"), Menu.TOOLS, "tool", ("T",), "pan", checkable=True, page=True
    ),
    ActionRow(
        "tool.zoom", mark("Zoom"), Menu.TOOLS, "tool", ("Z",), "zoom", checkable=True, page=True
    ),
    ActionRow(
        "tool.length",
        mark("Length"),
        Menu.TOOLS,
        "measure",
        ("D",),
        "length",
        checkable=True,
        page=True,
    ),
    ActionRow(
        "tool.crosshair",
        mark("Crosshair"),
        Menu.TOOLS,
        "measure",
        ("X",),
        "crosshair",
        checkable=True,
        page=True,
    ),
    ActionRow(
        "measurement.delete",
        mark("Delete measurement"),
        Menu.TOOLS,
        "edit",
        ("Delete", "Backspace"),
        "delete",
        page=True,
    ),
    ActionRow(
        "measurement.report",
        mark("Measurement to the report"),
        Menu.TOOLS,
        "edit",
        ("M",),
        "measure",
        page=True,
    ),
    ActionRow("edit.undo", mark("Undo"), Menu.TOOLS, "edit", ("Ctrl+Z",), "undo", page=True),
    ActionRow("edit.redo", mark("Redo"), Menu.TOOLS, "edit", ("Ctrl+Y",), "redo", page=True),
)
_VIEW = (
    ActionRow("view.invert", mark("Invert"), Menu.VIEW, "image", ("I",), "invert", page=True),
    ActionRow(
        "view.rotate-right",
        mark("Rotate right"),
        Menu.VIEW,
        "image",
        ("R",),
        "rotate-right",
        page=True,
    ),
    ActionRow(
        "view.rotate-left",
        mark("Rotate left"),
        Menu.VIEW,
        "image",
        ("L",),
        "rotate-left",
        page=True,
    ),
    ActionRow(
        "view.flip-horizontal",
        mark("Flip left and right"),
        Menu.VIEW,
        "image",
        ("H",),
        "flip-horizontal",
        page=True,
    ),
    ActionRow(
        "view.flip-vertical",
        mark("Flip up and down"),
        Menu.VIEW,
        "image",
        ("V",),
        "flip-vertical",
        page=True,
    ),
    ActionRow("view.fit", mark("Fit to the tile"), Menu.VIEW, "image", ("=",), "fit", page=True),
    ActionRow(
        "view.reset",
        mark("Reset the view"),
        Menu.VIEW,
        "image",
        ("Escape", "Ctrl+0"),
        "reset",
        page=True,
    ),
    ActionRow(
        "preset.default", mark("Window of the image"), Menu.VIEW, "window", ("0",), page=True
    ),
    ActionRow("preset.full", mark("Full window"), Menu.VIEW, "window", ("`",), page=True),
    ActionRow(
        "view.overlay",
        mark("Overlay texts"),
        Menu.VIEW,
        "overlay",
        ("O",),
        "overlay",
        page=True,
    ),
    ActionRow("view.cine", mark("Play"), Menu.VIEW, "overlay", ("C",), "play", page=True),
    ActionRow("layout.1x1", mark("1 × 1"), Menu.VIEW, "layout", ("Ctrl+1",), "layout-1x1"),
    ActionRow("layout.1x2", mark("1 × 2"), Menu.VIEW, "layout", ("Ctrl+2",), "layout-1x2"),
    ActionRow("layout.2x2", mark("2 × 2"), Menu.VIEW, "layout", ("Ctrl+3",), "layout-2x2"),
    ActionRow("layout.2x3", mark("2 × 3"), Menu.VIEW, "layout", ("Ctrl+4",), "layout-2x3"),
    ActionRow("layout.3x3", mark("3 × 3"), Menu.VIEW, "layout", ("Ctrl+5",), "layout-3x3"),
    ActionRow(
        "view.full-screen",
        mark("Full screen"),
        Menu.VIEW,
        "window-size",
        ("F11",),
        "fullscreen",
        checkable=True,
    ),
)
_VOLUME = (
    ActionRow("view.mpr", mark("MPR and 3D"), Menu.VOLUME, "volume", ("Ctrl+M",), "mpr"),
    _volume("volume.crosshair", mark("Show the crosshair"), "planes", "C"),
    _volume("volume.turn-left", mark("Turn the other planes to the left"), "planes", "Ctrl+Left"),
    _volume(
        "volume.turn-right", mark("Turn the other planes to the right"), "planes", "Ctrl+Right"
    ),
    _volume("volume.straighten", mark("Straighten the planes"), "planes"),
    _volume("volume.thicker", mark("Thicker slab"), "slab", "Alt+Up"),
    _volume("volume.thinner", mark("Thinner slab"), "slab", "Alt+Down"),
    _volume("volume.projection", mark("Next projection of the slab"), "slab", "Ctrl+Alt+B"),
    _volume("volume.front", mark("View from the front"), "sides", "A"),
    _volume("volume.back", mark("View from the back"), "sides", "P"),
    _volume("volume.left", mark("View from the patient's left"), "sides", "L"),
    _volume("volume.right", mark("View from the patient's right"), "sides", "R"),
    _volume("volume.head", mark("View from the head"), "sides", "H"),
    _volume("volume.feet", mark("View from the feet"), "sides", "F"),
    _volume("volume.alone", mark("One pane alone, and back"), "panes", "Return", "Enter"),
    _volume("volume.reset", mark("Reset all views"), "panes", "Ctrl+0"),
)
_REPORT = (
    ActionRow(
        "report.panel",
        mark("Report panel"),
        Menu.REPORT,
        "panel",
        ("F8",),
        "panel-right",
        checkable=True,
    ),
    ActionRow("report.save", mark("Save draft"), Menu.REPORT, "write", ("Ctrl+S",), "save"),
    ActionRow("report.next-blank", mark("Next blank"), Menu.REPORT, "write", ("F2",), "next"),
    ActionRow("report.sign", mark("Sign…"), Menu.REPORT, "write", ("Ctrl+Return",), "sign"),
    ActionRow("report.amend", mark("Amend"), Menu.REPORT, "write", (), "edit"),
    ActionRow("report.preview", mark("Preview"), Menu.REPORT, "pdf", ("Ctrl+Shift+P",), "eye"),
    ActionRow("report.print", mark("Print…"), Menu.REPORT, "pdf", ("Ctrl+P",), "print"),
    ActionRow("report.export", mark("Save as PDF…"), Menu.REPORT, "pdf", (), "pdf"),
)
_ARCHIVE = (
    ActionRow("archive.queue", mark("Queue…"), Menu.ARCHIVE, "work", ("Ctrl+J",), "history"),
    ActionRow("archive.quarantine", mark("Quarantine…"), Menu.ARCHIVE, "work", (), "warning"),
    ActionRow("archive.damage", mark("Damaged files…"), Menu.ARCHIVE, "work", (), "error"),
    ActionRow("archive.deletions", mark("Deletions…"), Menu.ARCHIVE, "work", (), "delete"),
    ActionRow("archive.routing", mark("Routing rules…"), Menu.ARCHIVE, "nodes", (), "export"),
    ActionRow("archive.nodes", mark("Nodes…"), Menu.ARCHIVE, "nodes", (), "network"),
)
_HELP = (
    ActionRow("help.keys", mark("Keys and mouse"), Menu.HELP, "help", ("F1",), "help"),
    ActionRow("help.about", mark("About Klinika Pro"), Menu.HELP, "about", (), "info"),
)

IMAGE_KEYS: tuple[tuple[str, str], ...] = (
    (mark("Up, Down"), mark("previous and next image; with Shift ten at a time")),
    (mark("Home, End"), mark("first and last image")),
    (mark("Left, Right"), mark("previous and next tile")),
    (mark("+, −"), mark("zoom at the middle")),
    (mark("Ctrl and arrows"), mark("the chosen tool; with Shift in large steps")),
    (mark("Enter"), mark("with Length: begin a line, set its start, set its end")),
    (mark("Arrows while a line is drawn"), mark("move its end; with Shift in large steps")),
)
"""What a tile answers itself, key and deed: for the help, which lists it with the actions."""

ACTIONS: dict[str, ActionRow] = {
    row.id: row
    for row in (
        *_FILE,
        *_STUDY,
        *_TOOLS,
        *_VIEW,
        *_VOLUME,
        *_presets(),
        *_REPORT,
        *_ARCHIVE,
        *_HELP,
    )
}


class TableAction(QAction):
    """The action of one row; it follows the language by itself."""

    def __init__(self, row: ActionRow, parent: QWidget) -> None:
        super().__init__(parent)
        self.row = row
        self.setObjectName(row.id)
        self.setCheckable(row.checkable)
        self.setShortcuts([QKeySequence(key) for key in row.keys])
        if row.page:
            self.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if row.icon:
            self.setIcon(icon(row.icon))
        self.retranslate()

    def retranslate(self) -> None:
        """Show text and tool tip, which says the key, in the current language."""
        text = tr(self.row.text)
        self.setText(text)
        key = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        plain = text.rstrip("…")
        self.setToolTip(f"{plain} ({key})" if key else plain)

    def event(self, event: QEvent) -> bool:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        return super().event(event)


def make_action(name: str, parent: QWidget, triggered: Callable[..., object]) -> TableAction:
    """The action of the row `name`, added to `parent`; `triggered(checked)` when it is used.

    Raises KeyError when the table has no such row.
    """
    action = TableAction(ACTIONS[name], parent)
    action.triggered.connect(triggered)
    parent.addAction(action)
    return action

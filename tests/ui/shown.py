"""Every text that a window shows or tells a screen reader."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QListView,
    QTabBar,
    QTableView,
    QTabWidget,
    QTreeView,
    QWidget,
)

GETTERS = (
    "text",
    "title",
    "placeholderText",
    "toolTip",
    "statusTip",
    "accessibleName",
    "accessibleDescription",
    "windowTitle",
)


def texts(window: QWidget) -> dict[str, str]:
    """Each text of `window` and of what is in it, by where it stands."""
    found = {}
    for number, part in enumerate([window, *window.findChildren(QWidget)]):
        place = f"{number} {type(part).__name__} in {type(part.parentWidget()).__name__}"
        for name, text in (*_own(part), *_items(part)):
            found[f"{place}: {name}"] = text
    for number, action in enumerate(window.findChildren(QAction)):
        found[f"{number} action"] = action.text()
    return {place: text for place, text in found.items() if any(map(str.isalpha, text))}


def _own(part: QWidget) -> Iterator[tuple[str, str]]:
    for name in GETTERS:
        getter = getattr(part, name, None)
        if callable(getter):
            yield name, getter()


def _items(part: QWidget) -> Iterator[tuple[str, str]]:
    if isinstance(part, QComboBox):
        yield from ((f"item {at}", part.itemText(at)) for at in range(part.count()))
    if isinstance(part, QTabBar | QTabWidget):
        yield from ((f"tab {at}", part.tabText(at)) for at in range(part.count()))
    model = part.model() if isinstance(part, QAbstractItemView) else None
    if model is None:
        return
    columns = 1 if isinstance(part, QListView) else model.columnCount()
    if isinstance(part, QTreeView | QTableView):
        for at in range(columns):
            title = model.headerData(at, Qt.Orientation.Horizontal)
            yield f"column {at}", str(title or "")
    for row in range(min(model.rowCount(), 50)):
        for column in range(columns):
            yield f"cell {row}, {column}", str(model.index(row, column).data() or "")

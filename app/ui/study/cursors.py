"""The mouse pointer of each tool."""

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor

from app.ui.icons import pixmap
from app.viewer.model.length import Hold, Part
from app.viewer.model.state import ToolName

SIZE = 22
_DRAWN = {
    ToolName.WINDOW: "window-level",
    ToolName.ZOOM: "zoom",
    ToolName.SCROLL: "scroll",
    ToolName.PAN: "pan",
}


def cursor_for(tool: ToolName, held: Hold | None) -> QCursor:
    """The pointer over a picture, or over a measurement that a press would take."""
    if held is not None:
        over_line = held.part is Part.LINE
        return QCursor(
            Qt.CursorShape.SizeAllCursor if over_line else Qt.CursorShape.PointingHandCursor
        )
    return _cursor(tool)


@cache
def _cursor(tool: ToolName) -> QCursor:
    if tool not in _DRAWN:
        return QCursor(Qt.CursorShape.CrossCursor)
    return QCursor(pixmap(_DRAWN[tool], SIZE), SIZE // 2, SIZE // 2)

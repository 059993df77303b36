"""What goes wrong behind the windows: exceptions in Qt's slots and threads, and Qt's warnings."""

import sys
import threading
import traceback
from types import TracebackType

import structlog
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

HARMLESS = ("propagateSizeHints", "Could not register app ID", "raise() on window")
"""What Qt says on the offscreen platform about what that platform can't do."""

log = structlog.get_logger()


class Watch:
    """Collects from its making until `close`."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._raised
        threading.excepthook = self._raised_in_thread
        qInstallMessageHandler(self._said)

    def close(self) -> None:
        """Let things go their usual way again."""
        sys.excepthook, threading.excepthook = self._hooks
        qInstallMessageHandler(None)

    def _raised(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        frames = traceback.extract_tb(trace)
        place = (
            f"{frames[-1].filename.rsplit('/app/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
        )
        self.errors.append(f"{kind.__name__} at {place}")
        log.error("exception-behind-the-windows", exc_info=error)

    def _raised_in_thread(self, given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            self._raised(given.exc_type, given.exc_value, given.exc_traceback)

    def _said(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        serious = kind in (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
        if serious and not any(part in text for part in HARMLESS):
            self.errors.append(f"Qt: {text}")

"""The sections of a report: plain text fields that grow with their text, one under the other."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.domain.report import Heading
from app.language import Language, mark, tr
from app.report.templates import BLANKS
from app.report.wording import heading_text
from app.ui.language import Translated
from app.ui.theme import tokens

HINTS = {
    Heading.INDICATION: mark("Why was the examination done?"),
    Heading.TECHNIQUE: mark("How was it done, and with what is it compared?"),
    Heading.FINDINGS: mark("What do the images show?"),
    Heading.IMPRESSION: mark("What does it mean?"),
}
LEAST_LINES = 2
DOCUMENT_MARGIN = 4
_STYLE = f"""
QPlainTextEdit {{ background: {tokens.WINDOW}; border: 1px solid {tokens.LINE};
  border-radius: {tokens.RADIUS}px; padding: 3px 4px; }}
QPlainTextEdit:focus {{ border-color: {tokens.ACCENT}; }}
QPlainTextEdit[readOnly="true"] {{ background: transparent; border-color: transparent;
  padding: 0; }}
"""


class Blanks(QSyntaxHighlighter):
    """Shows what is still to be filled in."""

    def highlightBlock(self, text: str) -> None:
        """Mark the blanks of one line."""
        look = QTextCharFormat()
        look.setBackground(QColor(tokens.WARNING_DIM))
        look.setForeground(QColor(tokens.WARNING))
        for found in BLANKS.finditer(text):
            self.setFormat(found.start(), found.end() - found.start(), look)


class GrowingEdit(QPlainTextEdit):
    """A text field as high as its text; Tab leaves it, the wheel scrolls what it lies in."""

    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(_STYLE)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fit)
        self._blanks = Blanks(self.document())
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def sizeHint(self) -> QSize:
        """As wide as may be, as high as the text."""
        return QSize(200, self._height())

    def set_text(self, text: str) -> None:
        """Replace the text so that undo brings the old one back."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def insert_line(self, text: str) -> None:
        """Put `text` on a line of its own, after the one the cursor is in."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        if cursor.block().text().strip():
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            cursor.insertBlock()
        cursor.insertText(text)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def select_blank(self, start: int) -> bool:
        """Select the next blank from position `start` on; false when there is none."""
        found = BLANKS.search(self.toPlainText(), start)
        if found is None:
            return False
        cursor = self.textCursor()
        cursor.setPosition(found.start())
        cursor.setPosition(found.end(), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def event(self, event: QEvent) -> bool:
        """Keep Escape for leaving the field, before a shortcut takes it for leaving the study."""
        is_override = event.type() is QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def fit_soon(self) -> None:
        """Take the height of the text once the layout is done."""
        self._soon.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrower field wraps into more lines."""
        super().resizeEvent(event)
        # Not at once: a layout that is placing this field overlooks that its height changed.
        self.fit_soon()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say that this is the field being written in."""
        super().focusInEvent(event)
        self.focused.emit()

    def _height(self) -> int:
        lines = max(round(self.document().size().height()), 1 if self.isReadOnly() else LEAST_LINES)
        margins = round(2 * self.document().documentMargin()) + 10
        return lines * self.fontMetrics().lineSpacing() + margins

    def _fit(self) -> None:
        height = self._height()
        if height != self.height():
            self.setFixedHeight(height)


class Sections(Translated, QWidget):
    """The four sections with their headings, which stand in the report's language."""

    edited = Signal()
    cursor_moved = Signal(object)
    """The GrowingEdit whose cursor moved, so that it can be scrolled into view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.language = Language.EN
        self._titles: dict[Heading, QLabel] = {}
        self.editors: dict[Heading, GrowingEdit] = {}
        self._known = dict.fromkeys(Heading, "")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.XS)
        for heading in Heading:
            self._add(heading, layout)
        layout.addStretch(1)
        self.retranslate()

    @property
    def texts(self) -> dict[Heading, str]:
        """What is written, without the empty sections."""
        written = {heading: one.toPlainText().rstrip() for heading, one in self.editors.items()}
        return {heading: text for heading, text in written.items() if text.strip()}

    def show_texts(
        self, texts: Mapping[Heading, str], language: Language, *, undoable: bool = False
    ) -> None:
        """Show `texts` under headings of `language`; this is no edit.

        A section that says the same already is left alone, with its cursor.
        """
        self.language = language
        for heading, editor in self.editors.items():
            text = texts.get(heading, "")
            if editor.toPlainText().rstrip() == text.rstrip():
                continue
            self._known[heading] = text
            editor.set_text(text)
            if not undoable:
                editor.document().clearUndoRedoStacks()
        self.retranslate()

    def set_read_only(self, read_only: bool) -> None:
        """Only show: empty sections disappear."""
        for heading, editor in self.editors.items():
            editor.setReadOnly(read_only)
            # What is only read stands flush with its heading.
            editor.document().setDocumentMargin(0 if read_only else DOCUMENT_MARGIN)
            if read_only:
                editor.moveCursor(QTextCursor.MoveOperation.Start)
            empty = read_only and not editor.toPlainText().strip()
            for widget in (editor, self._titles[heading]):
                widget.setHidden(empty)
            editor.style().unpolish(editor)
            editor.style().polish(editor)
            editor.fit_soon()

    def next_blank(self) -> bool:
        """Select the blank after the cursor, in this section or one below, else from the top."""
        order = list(self.editors.values())
        here = next((n for n, one in enumerate(order) if one.hasFocus()), None)
        if here is not None and order[here].select_blank(order[here].textCursor().selectionEnd()):
            return True
        after = 0 if here is None else here + 1
        return any(one.select_blank(0) for one in order[after:] + order[:after])

    def retranslate(self) -> None:
        """Headings in the report's language, hints in the desktop's."""
        for heading, editor in self.editors.items():
            title = heading_text(heading, self.language)
            self._titles[heading].setText(title)
            editor.setAccessibleName(title)
            editor.setPlaceholderText(tr(HINTS[heading]))

    def _add(self, heading: Heading, layout: QVBoxLayout) -> None:
        title, editor = QLabel(self), GrowingEdit(self)
        title.setProperty("tone", "strong")
        title.setBuddy(editor)
        title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        title.setContentsMargins(1, tokens.S if layout.count() else 0, 0, 0)
        editor.setFrameShape(QFrame.Shape.NoFrame)
        editor.textChanged.connect(lambda: self._changed(heading))
        editor.cursorPositionChanged.connect(lambda: self.cursor_moved.emit(editor))
        editor.focused.connect(lambda: self.cursor_moved.emit(editor))
        layout.addWidget(title)
        layout.addWidget(editor)
        self._titles[heading], self.editors[heading] = title, editor

    def _changed(self, heading: Heading) -> None:
        """Qt says so of marks and margins too: only another text is an edit."""
        text = self.editors[heading].toPlainText()
        if text != self._known[heading]:
            self._known[heading] = text
            self.edited.emit()

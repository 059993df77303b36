"""A new password: typed twice, with its rules ticked off while one types."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.auth.passwords import MIN_LENGTH, check_strength
from app.domain.errors import WeakPasswordError
from app.language import tr
from app.ui.icons import pixmap
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.widgets.fields import Field, PasswordField
from app.ui.widgets.labels import label, set_look


class _Rule(Translated, QWidget):
    """One rule: a dot until it holds, then a tick."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__()
        self._text = text
        self._sign = QLabel()
        self._sign.setFixedSize(14, 14)
        self._sign.setScaledContents(True)
        self._label = label(wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.S)
        row.addWidget(self._sign)
        row.addWidget(self._label, 1)
        self.holds = False
        self.show_state(holds=False)

    def show_state(self, *, holds: bool) -> None:
        """Show whether the rule holds."""
        self.holds = holds
        name, colour = ("check", tokens.SUCCESS) if holds else ("minus", tokens.TEXT_FAINT)
        self._sign.setPixmap(pixmap(name, 14, colour, ratio=2.0))
        set_look(self._label, "tone", "success" if holds else "small")
        self.retranslate()

    def retranslate(self) -> None:
        """Build the text in the current language, for screen readers with its state."""
        self._label.setText(self._text())
        state = tr("holds") if self.holds else tr("does not hold yet")
        self.setAccessibleName(f"{self._text()}: {state}")


class NewPassword(QWidget):
    """Two password fields and the rules; `changed` when the answer of `is_good` may differ."""

    changed = Signal()

    def __init__(self, names: Callable[[], tuple[str, ...]]) -> None:
        super().__init__()
        self._names = names
        self.first = PasswordField()
        self.second = PasswordField()
        self._rules = (
            _Rule(lambda: tr("At least {n} characters", n=MIN_LENGTH)),
            _Rule(lambda: tr("No common word, name or sequence")),
            _Rule(lambda: tr("Both are the same")),
        )
        fields = QHBoxLayout()
        fields.setSpacing(tokens.M)
        fields.addWidget(Field(self.first, lambda: tr("Password")))
        fields.addWidget(Field(self.second, lambda: tr("Password again")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.S)
        column.addLayout(fields)
        for rule in self._rules:
            column.addWidget(rule)
        self.first.textChanged.connect(self.check)
        self.second.textChanged.connect(self.check)

    def text(self) -> str:
        """The password."""
        return self.first.text()

    def is_good(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self._rules)

    def check(self) -> None:
        """Look at the rules again; also when the names changed."""
        password = self.first.text()
        long_enough, uncommon, same = self._rules
        long_enough.show_state(holds=len(password) >= MIN_LENGTH)
        uncommon.show_state(
            holds=len(password) >= MIN_LENGTH and _is_strong(password, self._names())
        )
        same.show_state(holds=bool(password) and password == self.second.text())
        self.changed.emit()


def _is_strong(password: str, names: tuple[str, ...]) -> bool:
    try:
        check_strength(password, site_words=names)
    except WeakPasswordError:
        return False
    return True

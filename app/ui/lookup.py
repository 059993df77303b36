"""What records only name by a UID or an id, asked for when it is first shown."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import NotFoundError
from app.ui.context import Context

AT_ONCE = 25
"""Rows that are in view together."""


class Lookup(QObject):
    """Remembers what `ask` answers for a name; `told` when more is known than before."""

    told = Signal()

    def __init__(
        self, context: Context, key: str, ask: Callable[[str], Any], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._key = key
        self._ask = ask
        self._known: dict[str, Any] = {}
        self._wanted: dict[str, None] = {}
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._begin)

    def of(self, name: str) -> Any:  # noqa: ANN401 - whatever is asked for
        """What is known of `name`: None when there is nothing, or it is on its way."""
        if name and name not in self._known:
            self._wanted[name] = None
            if not self._context.tasks.running(self._key):
                self._soon.start()
        return self._known.get(name)

    def forget(self) -> None:
        """Ask for everything anew when it is next shown."""
        self._context.tasks.cancel(self._key)
        self._known.clear()

    def _begin(self) -> None:
        names = tuple(self._wanted)[-AT_ONCE:]  # those asked for last are those in view
        if names:
            self._context.tasks.run(
                self._key, lambda _task: self._found(names), self._tell, self._drop
            )

    def _found(self, names: tuple[str, ...]) -> dict[str, Any]:
        found = {}
        for name in names:
            try:
                found[name] = self._ask(name)
            except NotFoundError:
                found[name] = None
        return found

    def _tell(self, found: dict[str, Any]) -> None:
        self._known.update(found)
        for name in found:
            self._wanted.pop(name, None)
        self.told.emit()
        if self._wanted:
            self._soon.start()

    def _drop(self, _error: Exception) -> None:
        """What can't be asked for now is asked for when it is shown again."""
        self._wanted.clear()

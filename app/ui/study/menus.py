"""The menus of window presets and of a viewport."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.domain.image import Image
from app.language import tr
from app.ui.amounts import plain_number
from app.ui.study.corners import window_line
from app.ui.study.desk import Desk
from app.viewer.model.choices import OWN, Choice, choices_for


def fill_presets(menu: QMenu, desk: Desk) -> None:
    """The image's own windows, those by its values, and the presets of its modality."""
    menu.clear()
    series = desk.loaded(desk.state.active)
    if series is None or desk.tile.index >= series.count:
        menu.addAction(tr("No image")).setEnabled(False)
        return
    if not desk.is_grey:
        menu.addAction(tr("A colour image has no window")).setEnabled(False)
        return
    image = series.shots[desk.tile.index].image
    choices = choices_for(image)
    own_keys = ["0", *(choice.key for choice in choices if choice.is_own)]
    _add(menu, tr(OWN), lambda: desk.use_window(None), ", ".join(own_keys))
    if not any(choice.percent for choice in choices):
        _add(menu, tr("Automatic window"), desk.use_automatic_window)
    _add(menu, tr("Full window"), desk.use_full_window, "`")
    on_keys = {choice.window for choice in choices}
    for window in dict.fromkeys(image.windows[1:6]):
        if window not in on_keys and window != image.windows[0]:
            _add(menu, window_line(window, image), lambda window=window: desk.use_window(window))
    menu.addSeparator()
    for choice in choices:
        if not choice.is_own:
            text = _choice_text(choice, image)
            _add(menu, text, lambda choice=choice: desk.choose(choice), choice.key)


def _choice_text(choice: Choice, image: Image) -> str:
    window = choice.window
    if window is None:
        return tr(choice.name)
    if not choice.name:
        return window_line(window, image)
    size = f"{plain_number(window.width)} / {plain_number(window.centre)}"
    return f"{tr(choice.name)}   {size}"


def fill_viewport_menu(
    menu: QMenu, presets: QMenu, actions: dict[str, QAction], *, on_line: bool
) -> None:
    """What a right click on an image offers; first what concerns a measurement under it."""
    if on_line:
        for name in ("measurement.report", "measurement.delete"):
            menu.addAction(actions[name])
        menu.addSeparator()
    presets.setTitle(tr("Window"))
    menu.addMenu(presets)
    groups = (
        ("view.invert", "view.rotate-left", "view.rotate-right"),
        ("view.flip-horizontal", "view.flip-vertical"),
        ("view.fit", "view.reset"),
        ("study.key-image", "view.mpr"),
    )
    for group in groups:
        menu.addSeparator()
        for name in group:
            menu.addAction(actions[name])


def _add(menu: QMenu, text: str, act: Callable[[], object], key: str = "") -> None:
    # The key is only shown: the action of the table answers it.
    action = menu.addAction(f"{text}\t{key}" if key else text)
    action.triggered.connect(lambda _checked: act())

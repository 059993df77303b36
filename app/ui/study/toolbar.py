"""The row of tools above the images."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from app.language import tr
from app.ui.icons import icon
from app.ui.language import Translated
from app.ui.study.layout_chooser import LayoutChooser
from app.ui.theme import tokens
from app.ui.widgets.labels import line, name_control, set_look

WORDS_FROM = 1180
"""Width in px from which the report's buttons carry their words."""

_GROUPS = (
    ("tool.window", "tool.scroll", "tool.pan", "tool.zoom", "tool.length"),
    ("PRESETS", "view.invert"),
    (
        "view.rotate-left",
        "view.rotate-right",
        "view.flip-horizontal",
        "view.flip-vertical",
    ),
    ("view.fit", "view.reset", "view.overlay", "view.cine"),
    ("edit.undo", "edit.redo"),
    ("LAYOUT",),
)


class Toolbar(Translated, QFrame):
    """Icon buttons for the actions; the ones of the report and of MPR carry their words."""

    def __init__(
        self,
        actions: dict[str, QAction],
        presets: QMenu,
        chooser: LayoutChooser,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "bar")
        self._images: list[QWidget] = []
        self.presets = _menu_button("preset", presets)
        self.layout_button = _menu_button("layout", chooser)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(tokens.S, 3, tokens.S, 3)
        row.setSpacing(2)
        special = {"PRESETS": self.presets, "LAYOUT": self.layout_button}
        for number, group in enumerate(_GROUPS):
            if number:
                self._images.append(line(vertical=True))
                row.addWidget(self._images[-1])
            for name in group:
                button = special.get(name) or self._button(actions[name])
                self._images.append(button)
                row.addWidget(button)
        row.addStretch(1)
        self.volume = self._button(actions["view.mpr"], words=True)
        self.key_image = self._button(actions["study.key-image"], words=True)
        self.measurement = self._button(actions["measurement.report"], words=True)
        self.back = _word_button("stack")
        self.back.clicked.connect(lambda _checked: actions["view.mpr"].trigger())
        self.back.hide()
        for button in (self.volume, self.back, self.key_image, self.measurement):
            row.addWidget(button)
        self.panel = self._button(actions["report.panel"])
        row.addWidget(self.panel)
        for button in self.findChildren(QToolButton):
            button.setIconSize(QSize(tokens.ICON, tokens.ICON))
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumSize(QSize(32, 32))
        self.retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words where there is room for them, else icons alone."""
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if self.width() < WORDS_FROM:
            style = Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in (self.key_image, self.measurement):
            button.setToolButtonStyle(style)

    def show_for_volume(self, *, volume: bool) -> None:
        """Only what makes sense beside a volume, which brings tools of its own."""
        for widget in (*self._images, self.key_image, self.measurement):
            widget.setVisible(not volume and not self._hidden(widget))
        self.volume.setVisible(not volume)
        self.back.setVisible(volume)

    def hold(self, tools: QWidget) -> None:
        """Take a volume's tools into the row."""
        set_look(tools, "surface", "")
        tools.setContentsMargins(0, 0, 0, 0)
        layout = tools.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, 0)
        self._row.insertWidget(0, tools, 100)
        tools.show()

    @staticmethod
    def _hidden(widget: QWidget) -> bool:
        """Whether the action of a button is not for this user."""
        action = widget.defaultAction() if isinstance(widget, QToolButton) else None
        return action is not None and not action.isVisible()

    def retranslate(self) -> None:
        """Name the buttons in the current language."""
        name_control(self.presets, tr("Window presets"))
        name_control(self.layout_button, tr("Layout"))
        self.back.setText(tr("2D images"))
        name_control(self.back, tr("Back to the images of the series"))

    def _button(self, action: QAction, *, words: bool = False) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        if words:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.setVisible(action.isVisible())
        action.visibleChanged.connect(lambda: button.setVisible(action.isVisible()))
        name_control(button, action.toolTip(), tip=False)
        action.changed.connect(lambda: name_control(button, action.toolTip(), tip=False))
        return button


def _word_button(icon_name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def _menu_button(icon_name: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    return button

"""The bar above the panes: tools, slab, window presets, reset, key image."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.domain.image import Window
from app.language import tr
from app.ui.language import Translated
from app.ui.theme import tokens
from app.ui.volume.plane_pane import PlaneTool
from app.ui.volume.texts import SLABS
from app.ui.widgets.fields import indented
from app.ui.widgets.labels import line, name_control, picture, tool_button
from app.viewer.model.windows import presets_for
from app.viewer.scene.crosshair import MOST_SLAB_MM
from app.viewer.scene.slab import Slab, SlabMode

PRESETS_WIDTH = 170
LEAST_FOR_PRESETS = 9
"""The characters of a preset's name that a narrow bar still shows."""
LEAST_FOR_TITLE = 90
"""Room for the modality and the number of the series; its tool tip says the rest."""


class VolumeBar(Translated, QFrame):
    """Tells what was chosen; the page shows it back by `show_slab` and `show_window`."""

    tool_chosen = Signal(PlaneTool)
    slab_chosen = Signal(object)
    window_chosen = Signal(object)
    """A Window, or None for the window the volume came with."""
    straighten = Signal()
    reset = Signal()
    capture = Signal()
    crosshair_toggled = Signal(bool)
    texts_toggled = Signal(bool)
    used = Signal()
    """A choice is made: keys belong to the panes again."""

    def __init__(self, modality: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "bar")
        self._presets = presets_for(modality)
        self.tools = {
            PlaneTool.WINDOW: tool_button("window-level"),
            PlaneTool.CROSSHAIR: tool_button("crosshair"),
        }
        self.mode = QComboBox()
        self.thickness = indented(QDoubleSpinBox())
        self.presets = QComboBox()
        self.title = _Title()
        self._slab_icon = picture("slab")
        self._buttons = {
            "crosshair": _toggle("reference-lines"),
            "texts": _toggle("overlay"),
            "straighten": tool_button("mpr"),
            "reset": tool_button("reset"),
            "capture": tool_button("key-image"),
        }
        self._connect()
        self._lay_out()
        self.retranslate()

    def show_slab(self, slab: Slab, *, turned: bool) -> None:
        """Show a slab that was chosen elsewhere, and whether planes can be straightened."""
        for control in (self.thickness, self.mode):
            control.blockSignals(True)
        self.thickness.setValue(slab.thickness_mm)
        self.mode.setCurrentIndex(list(SlabMode).index(slab.mode))
        for control in (self.thickness, self.mode):
            control.blockSignals(False)
        self._buttons["straighten"].setEnabled(turned)

    def show_window(self, window: Window | None) -> None:
        """Name the preset of the window, when it is one."""
        values = [(each.window.centre, each.window.width) for each in self._presets]
        now = (window.centre, window.width) if window else None
        self.presets.setCurrentIndex(values.index(now) + 1 if now in values else 0)

    def show_title(self, title: str) -> None:
        """Say what is shown; a long title is cut by the bar."""
        self.title.setText(title)
        self.title.setToolTip(title)

    def show_tool(self, tool: PlaneTool) -> None:
        """Press the button of a tool."""
        self.tools[tool].setChecked(True)

    def retranslate(self) -> None:
        """Build the texts in the current language."""
        name_control(self.tools[PlaneTool.WINDOW], tr("Window (W)"))
        name_control(self.tools[PlaneTool.CROSSHAIR], tr("Move the crosshair (X)"))
        name_control(self.mode, tr("How the slab is projected"))
        name_control(self.thickness, tr("Thickness of the slab (Alt + wheel)"))
        name_control(self.presets, tr("Window presets (1 to 9)"))
        for name, text in (
            ("crosshair", tr("Show the crosshair (C)")),
            ("texts", tr("Overlay texts (O)")),
            ("straighten", tr("Straighten the planes")),
            ("reset", tr("Reset all views (Ctrl+0)")),
            ("capture", tr("Key image to the report (K)")),
        ):
            name_control(self._buttons[name], text)
        for index, mode in enumerate(SlabMode):
            self.mode.setItemText(index, tr(SLABS[mode]))
        self.thickness.setSuffix(tr(" mm"))
        self.thickness.setSpecialValueText(tr("Thin"))
        self.presets.setItemText(0, tr("Window"))
        for index, preset in enumerate(self._presets, 1):
            key = f"{preset.key}  " if preset.key else ""
            self.presets.setItemText(index, key + tr(preset.name))

    def _connect(self) -> None:
        group = QButtonGroup(self)
        for tool, button in self.tools.items():
            button.setCheckable(True)
            group.addButton(button)
            button.clicked.connect(lambda _on=False, chosen=tool: self.tool_chosen.emit(chosen))
        self.tools[PlaneTool.WINDOW].setChecked(True)
        self.mode.addItems([mode.value for mode in SlabMode])
        self.thickness.setRange(0, MOST_SLAB_MM)
        self.thickness.setDecimals(0)
        self.thickness.setKeyboardTracking(False)
        for signal in (self.mode.currentIndexChanged, self.thickness.valueChanged):
            signal.connect(lambda _value: self.slab_chosen.emit(self._slab()))
        self.presets.addItems([""] * (len(self._presets) + 1))
        if not self._presets:
            self.presets.hide()
        self.presets.setMaximumWidth(PRESETS_WIDTH)
        self.presets.setMinimumContentsLength(LEAST_FOR_PRESETS)
        self.presets.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.presets.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
        self.presets.activated.connect(self._preset_chosen)
        for chooser in (self.mode, self.presets):
            chooser.activated.connect(self.used)
        self.thickness.lineEdit().returnPressed.connect(self.used)
        buttons = self._buttons
        buttons["crosshair"].toggled.connect(self.crosshair_toggled)
        buttons["texts"].toggled.connect(self.texts_toggled)
        buttons["straighten"].clicked.connect(self.straighten)
        buttons["reset"].clicked.connect(self.reset)
        buttons["capture"].clicked.connect(self.capture)
        for control in (self.mode, self.thickness, self.presets):
            control.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)

    def toggle(self, name: str) -> None:
        """Press the button `crosshair` or `texts`."""
        self._buttons[name].toggle()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.S, tokens.XS, tokens.S, tokens.XS)
        row.setSpacing(tokens.XS)
        for tool in PlaneTool:
            row.addWidget(self.tools[tool])
        row.addWidget(line(vertical=True))
        row.addWidget(self._slab_icon)
        row.addWidget(self.mode)
        row.addWidget(self.thickness)
        row.addWidget(line(vertical=True))
        row.addWidget(self.presets, 1)
        row.addWidget(self.title, 2)
        for name in ("crosshair", "texts", "straighten", "reset", "capture"):
            row.addWidget(self._buttons[name])

    def _slab(self) -> Slab:
        mode = list(SlabMode)[self.mode.currentIndex()]
        return Slab(self.thickness.value(), mode)

    def _preset_chosen(self, index: int) -> None:
        self.window_chosen.emit(self._presets[index - 1].window if index else None)


class _Title(QLabel):
    """A line that ends in dots where it is too long."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(LEAST_FOR_TITLE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what fits."""
        painter = QPainter(self)
        painter.setPen(QColor(tokens.TEXT_DIM))
        box = self.rect().adjusted(tokens.S, 0, -tokens.S, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _toggle(icon_name: str) -> QToolButton:
    button = tool_button(icon_name)
    button.setCheckable(True)
    button.setChecked(True)
    return button

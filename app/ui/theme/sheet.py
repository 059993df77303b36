"""The style sheet, written from the tokens.

Looks are chosen by properties: a button's `kind` is primary, quiet or danger; a label's `tone` is
hero, title, heading, dim, faint, small or error; a frame's `surface` is panel, card, bar or image.
"""

from string import Template

from app.ui.theme import tokens

_SHEET = Template("""
* { outline: 0; }
QWidget { color: $TEXT; font-size: ${FONT}px; }
QMainWindow, QDialog { background: $WINDOW; }
QToolTip { background: $RAISED; color: $TEXT; border: 1px solid $LINE_STRONG;
  padding: 5px 8px; }

QLabel { background: transparent; }
QLabel[tone="hero"] { font-size: ${FONT_HERO}px; font-weight: 700; }
QLabel[tone="title"] { font-size: ${FONT_TITLE}px; font-weight: 700; }
QLabel[tone="heading"] { font-size: ${FONT_LARGE}px; font-weight: 700; }
QLabel[tone="strong"] { font-weight: 700; }
QLabel[tone="dim"] { color: $TEXT_DIM; }
QLabel[tone="faint"] { color: $TEXT_FAINT; font-size: ${FONT_SMALL}px; }
QLabel[tone="small"] { color: $TEXT_DIM; font-size: ${FONT_SMALL}px; }
QLabel[tone="error"] { color: $DANGER; }
QLabel[tone="success"] { color: $SUCCESS; }
QLabel[tone="warning"] { color: $WARNING; }
QLabel:disabled { color: $TEXT_DISABLED; }

QFrame[surface="panel"], QWidget[surface="panel"] { background: $PANEL; border: none; }
QFrame[surface="card"] { background: $PANEL; border: 1px solid $LINE;
  border-radius: ${RADIUS_L}px; }
QFrame[surface="bar"] { background: $PANEL; border: none; border-bottom: 1px solid $LINE; }
QFrame[surface="foot"] { background: $PANEL; border: none; border-top: 1px solid $LINE; }
QFrame[surface="image"] { background: $IMAGE; border: none; }
QFrame[surface="line"] { background: $LINE; border: none; max-height: 1px; min-height: 1px; }
QFrame[surface="line-v"] { background: $LINE; border: none; max-width: 1px; min-width: 1px; }

QPushButton { background: $RAISED; border: 1px solid $LINE_STRONG; border-radius: ${RADIUS}px;
  padding: 0 14px; min-height: 30px; }
QPushButton:hover { background: $HOVER; }
QPushButton:pressed, QPushButton:checked { background: $PRESSED; }
QPushButton:focus { border-color: $ACCENT; }
QPushButton:disabled { color: $TEXT_DISABLED; background: $PANEL; border-color: $LINE; }
QPushButton[kind="primary"] { background: $ACCENT; color: $ON_ACCENT; border-color: $ACCENT;
  font-weight: 700; }
QPushButton[kind="primary"]:hover { background: $ACCENT_HOVER; border-color: $ACCENT_HOVER; }
QPushButton[kind="primary"]:pressed { background: $ACCENT_PRESSED; }
QPushButton[kind="primary"]:focus { border-color: $TEXT; }
QPushButton[kind="primary"]:disabled { background: $RAISED; color: $TEXT_DISABLED;
  border-color: $LINE; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; }
QPushButton[kind="quiet"]:hover { background: $HOVER; }
QPushButton[kind="quiet"]:focus { border-color: $ACCENT; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent; color: $ACCENT;
  padding: 0 4px; }
QPushButton[kind="link"]:hover { color: $ACCENT_HOVER; }
QPushButton[kind="link"]:focus { border-color: $ACCENT; }
QPushButton[kind="notice"] { background: transparent; border: 1px solid transparent;
  color: $TEXT; padding: 0 6px; min-height: 20px; font-size: ${FONT_SMALL}px; }
QPushButton[kind="notice"]:hover { background: $HOVER; }
QPushButton[kind="notice"]:focus { border-color: $ACCENT; }
QPushButton[kind="danger"] { color: $DANGER; border-color: $DANGER; background: transparent; }
QPushButton[kind="danger"]:hover { background: $DANGER_DIM; }
QPushButton[kind="danger"]:focus { background: $DANGER_DIM; }
QPushButton[kind="danger"]:disabled { color: $TEXT_DISABLED; border-color: $LINE; }

QToolButton { background: transparent; border: 1px solid transparent;
  border-radius: ${RADIUS}px; padding: 4px; }
QToolButton[kind="framed"] { background: $RAISED; border-color: $LINE_STRONG; padding: 0 12px;
  min-height: 30px; }
QToolButton[kind="framed"]:focus { border-color: $ACCENT; }
QToolButton:hover, QToolButton[kind="framed"]:hover { background: $HOVER; }
QToolButton:pressed { background: $PRESSED; }
QToolButton:checked { background: $ACCENT_DIM; color: $ACCENT; }
QToolButton:focus { border-color: $ACCENT; }
QToolButton:disabled { color: $TEXT_DISABLED; }
QToolButton[popupMode="1"] { padding-right: 14px; }
QToolButton[popupMode="2"] { padding-right: 14px; }
QToolButton[kind="framed"][popupMode="2"] { padding-right: 24px; }
QToolButton[kind="framed"]::menu-indicator { right: 9px; }
QToolButton::menu-button { border: none; width: 14px; }
QToolButton::menu-arrow, QToolButton::menu-indicator { image: url(${arrow_down}); width: 10px;
  height: 10px; }
QToolButton::menu-indicator { subcontrol-position: right center; right: 3px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QTimeEdit,
QComboBox { background: $RAISED; border: 1px solid $LINE_STRONG; border-radius: ${RADIUS}px;
  padding: 0 8px; selection-background-color: $ACCENT; selection-color: $ON_ACCENT; }
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QTimeEdit, QComboBox { min-height: 30px; }
QPlainTextEdit, QTextEdit { padding: 6px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QDateEdit:focus, QTimeEdit:focus, QComboBox:focus { border-color: $ACCENT; }
QLineEdit[invalid="true"] { border-color: $DANGER; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QSpinBox:disabled,
QTimeEdit:disabled, QComboBox:disabled { background: $PANEL; color: $TEXT_DISABLED;
  border-color: $LINE; }
QLineEdit:read-only, QTextEdit:read-only { background: $PANEL; }
QComboBox:editable { padding-right: 0; }
QComboBox QLineEdit { border: none; background: transparent; min-height: 26px; padding: 0; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url(${arrow_down}); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $RAISED; border: 1px solid $LINE_STRONG;
  padding: 4px; selection-background-color: $ACCENT_DIM; selection-color: $TEXT; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 6px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: $ACCENT_DIM; color: $TEXT; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QTimeEdit::up-button, QSpinBox::down-button,
QDoubleSpinBox::down-button, QTimeEdit::down-button { border: none; width: 18px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow, QTimeEdit::up-arrow { image: url(${arrow_up});
  width: 11px; height: 11px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow, QTimeEdit::down-arrow {
  image: url(${arrow_down}); width: 11px; height: 11px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; min-height: 24px; }
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator { width: 16px; height: 16px;
  border: 1px solid $LINE_STRONG; background: $RAISED; }
QCheckBox::indicator, QListView::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $TEXT_DIM; }
QCheckBox:focus::indicator, QRadioButton:focus::indicator, QCheckBox::indicator:focus {
  border-color: $ACCENT; }
QCheckBox::indicator:checked, QListView::indicator:checked { background: $ACCENT;
  border-color: $ACCENT; image: url(${check}); }
QRadioButton::indicator:checked { background: $ON_ACCENT; border: 5px solid $ACCENT;
  width: 8px; height: 8px; }
QCheckBox:focus, QRadioButton:focus { color: $ACCENT_HOVER; }
QCheckBox:disabled, QRadioButton:disabled { color: $TEXT_DISABLED; }

QMenuBar { background: transparent; border: none; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 4px; }
QMenuBar::item:selected { background: $HOVER; }
QMenu { background: $RAISED; border: 1px solid $LINE_STRONG; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 10px; border-radius: 4px; }
QMenu::icon { padding-left: 6px; }
QMenu::item:selected { background: $ACCENT_DIM; }
QMenu::item:disabled { color: $TEXT_DISABLED; }
QMenu::separator { height: 1px; background: $LINE; margin: 5px 8px; }
QMenu::indicator { width: 14px; height: 14px; margin-left: 6px; }
QMenu::indicator:checked { image: url(${menu_check}); }
QMenu::right-arrow { image: url(${arrow_right}); width: 12px; height: 12px; right: 6px; }
QStatusBar { background: $PANEL; border-top: 1px solid $LINE; color: $TEXT_DIM; }
QStatusBar QLabel { color: $TEXT_DIM; font-size: ${FONT_SMALL}px; }
QStatusBar::item { border: none; }
QToolBar { background: $PANEL; border: none; border-bottom: 1px solid $LINE; spacing: 2px;
  padding: 4px 8px; }
QToolBar::separator { background: $LINE; width: 1px; margin: 5px 6px; }

QAbstractItemView { background: $WINDOW; border: none; selection-background-color: $ACCENT_DIM;
  selection-color: $TEXT; alternate-background-color: $PANEL; }
QTableView { gridline-color: transparent; }
QTableView::item, QTreeView::item, QListView::item { padding: 0 8px; border: none; }
QTableView::item:hover, QListView::item:hover { background: $RAISED; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
  background: $ACCENT_DIM; color: $TEXT; }
QHeaderView { background: $PANEL; border: none; }
QHeaderView::section { background: $PANEL; color: $TEXT_DIM; border: none;
  border-bottom: 1px solid $LINE; padding: 0 ${M}px; min-height: 30px; font-size: ${FONT_SMALL}px;
  font-weight: 700; }
QTableCornerButton::section { background: $PANEL; border: none; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $LINE_STRONG; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $TEXT_FAINT; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $LINE; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $ACCENT; }

QTabWidget::pane { border: none; border-top: 1px solid $LINE; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $TEXT_DIM; padding: 8px 14px;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $TEXT; }
QTabBar::tab:selected { color: $TEXT; border-bottom-color: $ACCENT; }
QTabBar::tab:focus { color: $ACCENT_HOVER; }

QProgressBar { background: $RAISED; border: none; border-radius: 3px; min-height: 6px;
  max-height: 6px; text-align: center; color: transparent; }
QProgressBar::chunk { background: $ACCENT; border-radius: 3px; }
QSlider::groove:horizontal { background: $LINE_STRONG; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $ACCENT; border-radius: 2px; }
QSlider::handle:horizontal { background: $TEXT; width: 14px; height: 14px; margin: -5px 0;
  border-radius: 7px; }
QSlider::handle:horizontal:focus { background: $ACCENT_HOVER; }
QGroupBox { border: 1px solid $LINE; border-radius: ${RADIUS}px; margin-top: 10px;
  padding-top: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; color: $TEXT_DIM; }

QLabel[chip="neutral"] { background: $RAISED; color: $TEXT_DIM; }
QLabel[chip="accent"] { background: $ACCENT_DIM; color: $ACCENT; }
QLabel[chip="success"] { background: $SUCCESS_DIM; color: $SUCCESS; }
QLabel[chip="warning"] { background: $WARNING_DIM; color: $WARNING; }
QLabel[chip="danger"] { background: $DANGER_DIM; color: $DANGER; }
QLabel[chip] { border-radius: 9px; padding: 2px 9px; font-size: ${FONT_SMALL}px; }

QFrame[message="info"] { background: $ACCENT_DIM; border: none; border-left: 3px solid $ACCENT; }
QFrame[message="success"] { background: $SUCCESS_DIM; border: none;
  border-left: 3px solid $SUCCESS; }
QFrame[message="warning"] { background: $WARNING_DIM; border: none;
  border-left: 3px solid $WARNING; }
QFrame[message="error"] { background: $DANGER_DIM; border: none; border-left: 3px solid $DANGER; }
""")


def sheet(icons: dict[str, str]) -> str:
    """The style sheet; `icons` has the files of the drawings it uses."""
    values = {name: str(value) for name, value in vars(tokens).items() if name.isupper()}
    return _SHEET.substitute(values, **{name.replace("-", "_"): icons[name] for name in icons})

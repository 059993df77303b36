"""Icons from `resources/icons`: strokes in `currentColor`, tinted and sharp at any scale."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.ui.theme import tokens
from app.ui.theme.drawings import svg

_SIZES = (16, tokens.ICON, tokens.ICON_LARGE)


def pixmap(name: str, size: int, colour: str = tokens.TEXT, ratio: float = 1.0) -> QPixmap:
    """The drawing as a square pixmap of `size` device independent px at a pixel `ratio`."""
    drawn = _tinted(_stencil(name, round(size * ratio)), colour)
    drawn.setDevicePixelRatio(ratio)
    return drawn


@cache
def icon(name: str, colour: str = tokens.TEXT) -> QIcon:
    """The icon in `colour`; grey when disabled, in the accent when switched on."""
    drawn = QIcon()
    for side in _sides():
        stencil = _stencil(name, side)
        drawn.addPixmap(_tinted(stencil, colour))
        drawn.addPixmap(_tinted(stencil, tokens.TEXT_DISABLED), QIcon.Mode.Disabled)
        drawn.addPixmap(_tinted(stencil, tokens.ACCENT), QIcon.Mode.Normal, QIcon.State.On)
    return drawn


def _sides() -> tuple[int, ...]:
    """The physical sizes that are drawn: twice as large too when a screen is sharper."""
    sharp = any(screen.devicePixelRatio() > 1 for screen in QGuiApplication.screens())
    return (*_SIZES, *(2 * size for size in _SIZES)) if sharp else _SIZES


@cache
def _renderer(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg(name, "black")))


def _stencil(name: str, side: int) -> QPixmap:
    drawn = QPixmap(QSize(side, side))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    _renderer(name).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return drawn


def _tinted(stencil: QPixmap, colour: str) -> QPixmap:
    tinted = stencil.copy()
    painter = QPainter(tinted)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(tinted.rect(), QColor(colour))
    painter.end()
    return tinted

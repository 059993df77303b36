"""From drawn pixels to Qt's images, and the value under the mouse."""

from PySide6.QtGui import QImage

from app.language import tr
from app.ui.amounts import plain_number
from app.ui.pictures import to_image
from app.viewer.controller.shown import Shown
from app.viewer.load.series import LoadedSeries
from app.viewer.tools.touch import Touch


def qimage(shown: Shown, ratio: float) -> QImage | None:
    """The viewport's picture, one image pixel on each device pixel; None while there is none."""
    pixels = shown.picture()
    if pixels is None:
        return None
    image = to_image(pixels)
    image.setDevicePixelRatio(ratio)
    return image


def pixel_text(series: LoadedSeries, index: int, touch: Touch) -> str:
    """The value under the mouse in the unit of the image; nothing beside it."""
    values, image = series.frame(index), series.shots[index].image
    point = touch.view.to_image(touch.at)
    if values is None or not touch.view.inside(point):
        return ""
    column = min(max(round(point[0]), 0), values.shape[1] - 1)
    row = min(max(round(point[1]), 0), values.shape[0] - 1)
    if values.ndim == 3:
        red, green, blue = (int(part) for part in values[row, column])
        return tr("RGB {red} {green} {blue}", red=red, green=green, blue=blue)
    value = float(values[row, column]) * image.slope + image.intercept
    if image.modality == "PT" and image.suv_factor:
        return tr("SUV {value}", value=plain_number(value * image.suv_factor))
    unit = image.rescale_unit or ("HU" if image.modality == "CT" else "")
    return tr("Value {value} {unit}", value=plain_number(value), unit=unit).rstrip()

"""Where an image lies in its viewport: fitted, zoomed, moved, turned, with true pixel shape.

View coordinates are device pixels with their centres at whole numbers, image coordinates are
(column, row) likewise.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.domain.image import Image
from app.viewer.model.turn import UPRIGHT, Turn

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class View:
    """One image in one viewport.

    `aspect` is the height of an image pixel over its width; `zoom` 1 fits the image; `focus` is the
    part of the image's width and height that lies at the viewport's middle; `ratio` is device
    pixels for each logical one.
    """

    width: int
    height: int
    columns: int
    rows: int
    aspect: float = 1.0
    turn: Turn = UPRIGHT
    zoom: float = 1.0
    focus: Point = (0.5, 0.5)
    ratio: float = 1.0

    @property
    def fit(self) -> float:
        """View pixels for one image column when the image is fitted."""
        across, down = float(self.columns), self.rows * self.aspect
        if self.turn.sideways:
            across, down = down, across
        return max(min(self.width / across, self.height / down), 1e-6)

    @property
    def steps(self) -> Point:
        """View pixels for one image column and for one image row."""
        step = self.fit * self.zoom
        return step, step * self.aspect

    def halved(self) -> "View":
        """The same view of the image at half its size, whose last odd row or column is left out."""
        columns, rows = self.columns // 2, self.rows // 2
        focus = (
            self.focus[0] * self.columns / (2 * columns),
            self.focus[1] * self.rows / (2 * rows),
        )
        half = replace(self, columns=columns, rows=rows, focus=focus)
        return replace(half, zoom=self.scale * 2 / half.fit)

    @property
    def scale(self) -> float:
        """The picture's scale: view pixels for one image column."""
        return self.steps[0]

    @property
    def _centre(self) -> Point:
        return self.focus[0] * self.columns - 0.5, self.focus[1] * self.rows - 0.5

    def to_view(self, point: Point) -> Point:
        """Where an image point lies in the view."""
        (a, b), (c, d) = self.turn.matrix
        dx = (point[0] - self._centre[0]) * self.steps[0]
        dy = (point[1] - self._centre[1]) * self.steps[1]
        middle = ((self.width - 1) / 2, (self.height - 1) / 2)
        return middle[0] + a * dx + b * dy, middle[1] + c * dx + d * dy

    def to_image(self, point: Point) -> Point:
        """The image point under a view point."""
        (a, b), (c, d) = self.turn.matrix
        x, y = point[0] - (self.width - 1) / 2, point[1] - (self.height - 1) / 2
        # The matrix only turns and mirrors: its inverse is its transpose.
        dx, dy = a * x + c * y, b * x + d * y
        return self._centre[0] + dx / self.steps[0], self._centre[1] + dy / self.steps[1]

    def inside(self, point: Point) -> bool:
        """Whether an image point lies on the image."""
        return -0.5 <= point[0] <= self.columns - 0.5 and -0.5 <= point[1] <= self.rows - 0.5


def focus_for(make: Callable[[Point], View], kept: Point, at: Point) -> Point:
    """The focus with which image point `kept` lies under view point `at`.

    `make` gives the view with a focus; the view is linear in it, so one step is exact.
    """
    view = make((0.5, 0.5))
    found = view.to_image(at)
    return (
        0.5 + (kept[0] - found[0]) / view.columns,
        0.5 + (kept[1] - found[1]) / view.rows,
    )


def pixel_aspect(image: Image) -> float:
    """Height of a pixel over its width, by what the object says of its scale; 1 when it is silent.

    PixelAspectRatio is vertical over horizontal (PS3.3 C.7.6.3.1.7); spacings are (row, column).
    """
    calibration = image.calibration
    for spacing in (
        calibration.pixel_spacing,
        calibration.imager_pixel_spacing,
        calibration.nominal_scanned_pixel_spacing,
        calibration.aspect_ratio,
    ):
        if spacing is not None and spacing[0] > 0 and spacing[1] > 0:
            ratio = spacing[0] / spacing[1]
            return ratio if 0.05 < ratio < 20 else 1.0
    return 1.0

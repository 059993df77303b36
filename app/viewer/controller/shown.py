"""What one tile shows right now, worked out from its state and the series in memory."""

from dataclasses import dataclass

from app.domain.image import Image, Window
from app.viewer.load.series import Array, LoadedSeries, Shot
from app.viewer.model.orientation import Edges, image_edges
from app.viewer.model.state import Tile
from app.viewer.model.view import View, pixel_aspect
from app.viewer.model.windows import own_window
from app.viewer.scene.flat import Plain, Table, draw, shading
from app.viewer.scene.grey import Grey, Shading


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """One picture in one viewport; `values` is None until its pixels are there."""

    shot: Shot
    view: View
    values: Array | None
    window: Window | None
    shade: Shading
    failure: str = ""
    half: Array | None = None
    """A large picture at half its size."""

    @property
    def image(self) -> Image:
        """The image shown."""
        return self.shot.image

    @property
    def edges(self) -> Edges | None:
        """Letters of the patient at the four edges."""
        return image_edges(self.image, self.shot.frame, self.view.turn)

    def looks_like(self, other: "Shown") -> bool:
        """Whether the picture of both is the same, without drawing it."""
        return (
            self.values is other.values
            and self.view == other.view
            and _alike(self.shade, other.shade)
        )

    def picture(self) -> Grey | None:
        """The viewport's pixels, or None while there are none."""
        if self.values is None:
            return None
        if self.half is not None and max(self.view.steps) <= 0.5:
            return draw(self.half, self.view.halved(), self.shade)
        return draw(self.values, self.view, self.shade)


def _alike(one: Shading, other: Shading) -> bool:
    if isinstance(one, Table) and isinstance(other, Table):
        same = (one.first, one.inverted) == (other.first, other.inverted)
        return same and one.entries is other.entries
    return one == other


def shown(series: LoadedSeries, tile: Tile, size: tuple[int, int], ratio: float) -> Shown:
    """What `tile` shows of `series` on `size` (width, height) device pixels."""
    shot = series.shots[tile.index]
    values = series.frame(tile.index)
    window = window_of(series, tile)
    return Shown(
        shot,
        view_of(shot.image, tile, size, ratio),
        values,
        window,
        _shade(series, tile, window),
        series.failure(tile.index),
        series.half(tile.index),
    )


def view_of(image: Image, tile: Tile, size: tuple[int, int], ratio: float) -> View:
    """How an image lies on `size` device pixels."""
    return View(
        width=max(1, size[0]),
        height=max(1, size[1]),
        columns=max(1, image.format.columns),
        rows=max(1, image.format.rows),
        aspect=pixel_aspect(image),
        turn=tile.turn,
        zoom=tile.zoom,
        focus=tile.focus,
        ratio=ratio,
    )


def window_of(series: LoadedSeries, tile: Tile) -> Window | None:
    """The window in use, in modality units; None for colour, and before there are pixels."""
    values, image = series.frame(tile.index), series.shots[tile.index].image
    if values is None or values.ndim != 2:
        return None
    if tile.window is not None:
        return tile.window
    table = series.table(tile.index)
    if table is not None:
        count = len(table.entries)
        return Window(table.first + count / 2, count, table.explanation)
    return own_window(image) or series.automatic(tile.index)


def _shade(series: LoadedSeries, tile: Tile, window: Window | None) -> Shading:
    image = series.shots[tile.index].image
    table = series.table(tile.index)
    if window is None:
        return Plain(tile.inverted)
    if table is not None and tile.window is None:
        dark = tile.inverted ^ (image.format.photometric_interpretation == "MONOCHROME1")
        return Table(table.first, table.entries, dark)
    return shading(image, window, inverted=tile.inverted)

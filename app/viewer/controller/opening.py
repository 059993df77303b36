"""How a series opens as a volume: with the window and at the place that its tile shows."""

from dataclasses import dataclass

import numpy as np

from app.domain.image import Window
from app.domain.study import StudySummary
from app.viewer.controller.shown import window_of
from app.viewer.load.series import LoadedSeries
from app.viewer.model.orientation import frame_plane
from app.viewer.model.state import Tile
from app.viewer.scene.planes import Vector, vector


@dataclass(frozen=True, slots=True)
class Opening:
    """What a volume's page says and shows first.

    `window` is in modality units, or None for one by the values; `inverted` shows high values dark;
    `point` is where the crosshair begins, LPS mm, or None for the middle; `suv_factor` turns
    modality units into SUV, where there is one for the whole series.
    """

    title: str = ""
    modality: str = ""
    window: Window | None = None
    inverted: bool = False
    point: Vector | None = None
    suv_factor: float | None = None
    study: StudySummary | None = None


def opening(series: LoadedSeries, tile: Tile, title: str, study: StudySummary) -> Opening:
    """The volume of `series` as `tile` shows it in 2D: the same greys, at the same slice."""
    image = series.shots[tile.index].image
    factors = {source.image.suv_factor for source in series.manifest.images}
    return Opening(
        title=title,
        modality=image.modality,
        window=window_of(series, tile),
        inverted=tile.inverted ^ (image.format.photometric_interpretation == "MONOCHROME1"),
        point=_point(series, tile),
        suv_factor=factors.pop() if image.modality == "PT" and len(factors) == 1 else None,
        study=study,
    )


def _point(series: LoadedSeries, tile: Tile) -> Vector | None:
    """The point of the patient in the middle of the tile."""
    shot = series.shots[tile.index]
    plane = frame_plane(shot.image, shot.frame)
    if plane is None:
        return None
    form, spacing = shot.image.format, shot.image.calibration.pixel_spacing or (1.0, 1.0)
    across = (tile.focus[0] * form.columns - 0.5) * spacing[1]
    down = (tile.focus[1] * form.rows - 0.5) * spacing[0]
    return vector(
        np.array(plane.position)
        + across * np.array(plane.row_direction)
        + down * np.array(plane.column_direction)
    )

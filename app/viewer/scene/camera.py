"""The eye of the volume view: a rotation, a zoom and a shift, as one frozen value."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.viewer.scene.planes import Vector, turned, vector
from app.viewer.scene.presets import Preset


class Side(StrEnum):
    """From where one looks at the patient (PS3.3 letters)."""

    ANTERIOR = "A"
    POSTERIOR = "P"
    LEFT = "L"
    RIGHT = "R"
    HEAD = "H"
    FEET = "F"


@dataclass(frozen=True, slots=True)
class Camera:
    """A parallel view: `right` and `up` of the picture in LPS, `shift` in parts of its height."""

    right: Vector = (1, 0, 0)
    up: Vector = (0, 0, 1)
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def towards_eye(self) -> Vector:
        """The direction from the volume to the eye."""
        return vector(np.cross(self.right, self.up))

    def axes(self) -> NDArray[np.float64]:
        """Rows right, up, towards the eye."""
        return np.array([self.right, self.up, self.towards_eye])


SIDES: dict[Side, Camera] = {
    Side.ANTERIOR: Camera((1, 0, 0), (0, 0, 1)),
    Side.POSTERIOR: Camera((-1, 0, 0), (0, 0, 1)),
    Side.LEFT: Camera((0, 1, 0), (0, 0, 1)),
    Side.RIGHT: Camera((0, -1, 0), (0, 0, 1)),
    Side.HEAD: Camera((-1, 0, 0), (0, -1, 0)),
    Side.FEET: Camera((1, 0, 0), (0, -1, 0)),
}


@dataclass(frozen=True, slots=True)
class View:
    """What a picture of the volume shows.

    `offset` moves the look along the values, in parts of the volume's range: up hides more.
    """

    camera: Camera
    preset: Preset
    width: int
    height: int
    offset: float = 0.0


def spun(camera: Camera, dx: float, dy: float) -> Camera:
    """Turned as a ball under the mouse that moved (dx, dy) parts of the view; 1 is half a turn."""
    right = turned(camera.right, camera.up, -dx * np.pi)
    up = turned(camera.up, right, -dy * np.pi)
    across = np.array(right) / np.linalg.norm(right)
    upward = np.array(up) - (np.array(up) @ across) * across
    return replace(camera, right=vector(across), up=vector(upward / np.linalg.norm(upward)))


def closer(camera: Camera, factor: float) -> Camera:
    """Zoomed by `factor`, within bounds."""
    return replace(camera, zoom=min(max(camera.zoom * factor, 0.3), 20.0))


def shifted(camera: Camera, dx: float, dy: float) -> Camera:
    """The picture moved by parts of the view's height: +x right, +y down."""
    return replace(camera, shift=(camera.shift[0] + dx, camera.shift[1] + dy))

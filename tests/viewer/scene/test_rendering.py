"""Volume rendering: sides are where they belong, looks differ, windows are given back."""

from dataclasses import replace

import numpy as np
import pytest

from app.viewer.scene.backend import try_window
from app.viewer.scene.camera import SIDES, Camera, Side, View, closer, shifted
from app.viewer.scene.presets import PRESETS, presets_for
from app.viewer.scene.rendering import BACKGROUND, VolumeScene
from app.viewer.scene.voxels import Voxels
from tests.viewer.scene.volumes import balls, placed

SHAPE = (60, 60, 60)
CENTRE, LEFT, FRONT, HEAD = (30, 30, 30), (52, 30, 30), (30, 8, 30), (30, 30, 52)
EMPTY = tuple(round(part * 255) for part in BACKGROUND)
BONE = PRESETS[0]
SIZE = 120


@pytest.fixture(scope="module", autouse=True)
def opengl():
    if not try_window().available:
        pytest.skip("this machine has no OpenGL")


def never():
    return False


@pytest.fixture(scope="module")
def marked():
    """A small ball at the patient's left, a larger at the front, the largest at the head."""
    volume = balls(SHAPE, (1, 1, 1), [LEFT], 3)
    for centre, radius in ((FRONT, 5), (HEAD, 7)):
        volume.values[:] = np.maximum(
            volume.values, balls(SHAPE, (1, 1, 1), [centre], radius).values
        )
    return volume


def spots(picture):
    """(x, y, area) of every connected bright spot, the smallest first."""
    import cv2

    bright = (np.abs(picture.astype(int) - EMPTY).max(axis=2) > 15).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(bright)
    found = [(x, y, stat[4]) for (x, y), stat in zip(centres, stats, strict=True)][1:]
    return sorted((spot for spot in found if spot[2] > 9), key=lambda spot: spot[2])


def render(voxels, camera, preset=BONE, *, draft=False, size=SIZE):
    scene = VolumeScene(voxels, gpu=False, draft=draft)
    try:
        return scene.picture(View(camera, preset, size, size), never)
    finally:
        scene.close()


def expected(camera, point):
    """Where a point of a cube that fills the view (with 4 % room) appears."""
    right, up, _ = camera.axes()
    offset = np.subtract(point, (29.5, 29.5, 29.5))
    scale = SIZE / (59 * 1.04)
    return SIZE / 2 + offset @ right * scale, SIZE / 2 - offset @ up * scale


@pytest.mark.parametrize("side", Side)
def test_each_part_of_the_patient_appears_where_it_belongs(marked, side):
    camera = SIDES[side]
    found = spots(render(marked, camera))
    seen = {(round(x), round(y)) for x, y, _ in found}
    places = [expected(camera, point) for point in (LEFT, FRONT, HEAD)]
    for place in places:
        assert any(np.hypot(x - place[0], y - place[1]) < 5 for x, y in seen), (side, place, seen)


def test_the_patients_left_is_at_the_right_of_the_picture_from_the_front(marked):
    x, _, _ = spots(render(marked, SIDES[Side.ANTERIOR]))[0]
    assert x > SIZE * 0.8


@pytest.mark.parametrize("order", ["feet first", "mirrored columns", "mirrored rows"])
def test_the_picture_does_not_depend_on_the_order_in_which_the_volume_is_stored(marked, order):
    axis = {"feet first": 0, "mirrored rows": 1, "mirrored columns": 2}[order]
    affine = marked.affine.copy()
    affine[:3, 3] += affine[:3, axis] * (marked.values.shape[axis] - 1)
    affine[:3, axis] *= -1
    other = Voxels(np.flip(marked.values, axis), affine)
    pictures = [render(v, SIDES[Side.RIGHT]).astype(int) for v in (marked, other)]
    assert np.abs(pictures[0] - pictures[1]).mean() < 1.5


def test_a_draft_shows_the_same_places(marked):
    camera = SIDES[Side.ANTERIOR]
    full, draft = (spots(render(marked, camera, draft=d)) for d in (False, True))
    assert len(full) == len(draft)
    for one, other in zip(full, draft, strict=True):
        assert other[:2] == pytest.approx(one[:2], abs=4)


def test_zoom_and_shift_move_the_picture(marked):
    camera = SIDES[Side.ANTERIOR]
    x, y, area = spots(render(marked, camera))[0]
    moved = spots(render(marked, shifted(camera, -0.25, 0.1)))[0]
    assert moved[:2] == pytest.approx((x - 0.25 * SIZE, y + 0.1 * SIZE), abs=2)
    zoomed = spots(render(marked, closer(camera, 0.5)))[0]
    assert zoomed[2] < area / 2


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_every_look_shows_something(preset):
    volume = balls(SHAPE, (1, 1, 1), [CENTRE], 20, value=400)
    ramp = np.linspace(-1000, 1400, 60).astype(np.int16)
    volume.values[:] = np.where(volume.values > 0, ramp[:, None, None], volume.values)
    picture = render(volume, Camera(), preset)
    assert (np.abs(picture.astype(int) - EMPTY).max(axis=2) > 25).mean() > 0.01


def test_moving_the_look_along_the_values_hides_more():
    volume = balls(SHAPE, (1, 1, 1), [CENTRE], 20, value=300)
    scene = VolumeScene(volume, gpu=False, draft=False)
    view = View(Camera(), BONE, SIZE, SIZE)
    shown = scene.picture(view, never)
    hidden = scene.picture(replace(view, offset=0.5), never)
    scene.close()
    assert spots(shown)
    assert not spots(hidden)


def test_a_superseded_picture_is_not_delivered(marked):
    scene = VolumeScene(marked, gpu=False, draft=False)
    assert scene.picture(View(Camera(), BONE, SIZE, SIZE), lambda: True) is None
    assert scene.picture(View(Camera(), BONE, SIZE, SIZE), never) is not None
    scene.close()


def test_a_scene_follows_the_size_of_its_view(marked):
    scene = VolumeScene(marked, gpu=False, draft=False)
    for width, height in ((80, 50), (33, 121), (200, 100)):
        picture = scene.picture(View(Camera(), BONE, width, height), never)
        assert picture.shape == (height, width, 3)
    scene.close()


def test_every_modality_has_looks_and_a_pet_opens_as_a_mip():
    assert presets_for("CT")[0].key == "bone"
    assert {"bone", "angio", "lung", "soft", "mip-ct"} <= {p.key for p in presets_for("CT")}
    assert presets_for("PT")[0].projection == "max"
    assert presets_for("US")
    assert {p.key for p in presets_for("MR")} > {"mip"}


def test_a_flat_surface_is_lit_evenly():
    """A surface that crosses the voxels at a slant shows no terraces."""
    z, y, x = np.indices((60, 60, 60))
    depth = y - 20 - 0.13 * x - 0.07 * z
    body = placed((np.clip(depth, -0.5, 0.5) * 1000).astype(np.int16), (1, 1, 1))
    skin = next(preset for preset in PRESETS if preset.key == "skin")
    picture = render(body, SIDES[Side.ANTERIOR], skin, size=240)
    seen = picture[80:160, 80:160].astype(float).mean(axis=2)
    assert seen.mean() > 60
    assert seen.std() < 0.03 * seen.mean()

"""What stands in the four corners of a viewport."""

from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest

from app.domain.image import Calibration, Image, PixelFormat, Plane, Window
from app.domain.study import SeriesSummary, StudySummary
from app.language import Language
from app.ui.language import switch_language
from app.ui.study.corners import Place, amount_for, corners, position_line, window_line
from app.viewer.controller.shown import shown
from app.viewer.load.series import LoadedSeries
from app.viewer.model.changes import opened_tile
from app.viewer.model.state import Overlay
from tests.viewer.load.manifests import a_manifest, an_image, remote, stored

STUDY = StudySummary(
    "1.2",
    patient_name="Иванов^Иван",
    patient_id="42",
    birth_date=date(1980, 5, 17),
    sex="M",
    study_date=date(2026, 11, 24),
    study_time=time(9, 5),
    description="Chest^CT",
    accession_number="A-7",
    institution="Clinic",
)
SERIES = SeriesSummary("1.2", "1", number=3, modality="CT", description="Lung")


def an_image_on_screen(tmp_path, **changes):
    image = an_image(0, slice_thickness_mm=1.25, **changes)
    series = LoadedSeries(a_manifest(remote(stored(tmp_path, image, np.zeros((8, 6), np.int16)))))
    series.put(0, np.zeros((8, 6), np.int16))
    return shown(series, opened_tile("1.2", 1), (600, 800), 1.0)


def texts(tmp_path, much=Overlay.FULL, place=None, **changes):
    picture = an_image_on_screen(tmp_path, **changes)
    return corners(STUDY, SERIES, picture, place or Place(1, 1, 1), much)


def test_all_four_corners_say_who_when_what_and_how(tmp_path):
    found = texts(tmp_path)
    assert found.top_left == ("Иванов Иван", "42", "17 May 1980 · 46 years · male")
    assert found.top_right == ("Clinic", "Chest CT", "24 Nov 2026 · 09:05", "A-7")
    assert found.bottom_left[-2:] == ("W 400 L 40 · Soft tissue", "Image 1 of 1")
    assert found.bottom_right == ("6 × 8 · Slice 1.25 mm", "CT 3 · Lung")


def test_a_number_that_is_the_name_too_stands_there_once(tmp_path):
    picture = an_image_on_screen(tmp_path)
    nameless = replace(STUDY, patient_name="42", birth_date=None, sex="")
    found = corners(nameless, SERIES, picture, Place(1, 1, 1), Overlay.SHORT)
    assert found.top_left == ("42",)


@pytest.mark.parametrize("much", list(Overlay))
def test_name_number_and_birth_date_are_never_left_out(tmp_path, much):
    shown_ = " ".join(texts(tmp_path, much).top_left)
    assert "Иванов Иван" in shown_
    assert "42" in shown_
    assert "17 May 1980" in shown_


def test_corners_thin_out_in_small_viewports():
    assert amount_for(Overlay.FULL, 900) is Overlay.FULL
    assert amount_for(Overlay.FULL, 400) is Overlay.SHORT
    assert amount_for(Overlay.FULL, 200) is Overlay.LEAST
    assert amount_for(Overlay.LEAST, 400) is Overlay.LEAST


def test_where_one_is_in_a_series_is_always_said(tmp_path):
    place = Place(3, 10, 10)
    last = [texts(tmp_path, much, place).bottom_left[-1] for much in Overlay]
    assert last == ["Image 3 of 10", "3 / 10", "3 / 10"]


def test_a_lossy_picture_says_so_in_every_state(tmp_path):
    for much in Overlay:
        assert "Lossy compression" in texts(tmp_path, much, lossy=True).bottom_right


def test_what_has_loaded_is_said_until_all_of_it_has(tmp_path):
    assert "Loaded 3 of 10" in texts(tmp_path, place=Place(1, 10, 3)).bottom_right
    assert not any(
        "Loaded" in line for line in texts(tmp_path, place=Place(1, 10, 10)).bottom_right
    )


@pytest.mark.parametrize("much", list(Overlay))
def test_a_series_that_has_grown_in_the_archive_says_so(tmp_path, much):
    place = Place(1, 5, 5, images=5, missing=95)
    assert texts(tmp_path, much, place).bottom_right[0] == "5 of 100 images"


def test_a_patient_without_a_name_is_called_so(tmp_path):
    picture = an_image_on_screen(tmp_path)
    study = replace(STUDY, patient_name="")
    assert corners(study, None, picture, Place(1, 1, 1), Overlay.FULL).top_left[0] == "No name"


@pytest.mark.parametrize(
    ("position", "expected"), [((0, 0, 12.5), "H 12.5 mm"), ((0, 0, -3.0), "F 3.0 mm")]
)
def test_the_position_names_the_side_of_the_patient(tmp_path, position, expected):
    plane = Plane(position, (1, 0, 0), (0, 1, 0))
    assert position_line(an_image_on_screen(tmp_path, planes=(plane,))) == expected


def test_a_picture_without_a_place_has_no_position(tmp_path):
    assert position_line(an_image_on_screen(tmp_path, planes=())) == ""


def test_a_pets_window_is_said_in_suv():
    image = Image(
        "1",
        "2",
        1,
        PixelFormat("1.2", 8, 8),
        modality="PT",
        suv_factor=0.001,
        calibration=Calibration(),
    )
    assert window_line(Window(3000, 6000), image) == "SUV 0 to 6"


def test_numbers_follow_the_language(tmp_path):
    switch_language(Language.DE)
    assert position_line(an_image_on_screen(tmp_path)).endswith("0,0 mm")

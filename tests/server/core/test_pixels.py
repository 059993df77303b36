"""Thumbnails show the middle image of a series and are made once."""

import os

import cv2
import numpy as np
import pytest

from app.dicom.guard import NoAnswerError
from app.dicom.undecodable import UndecodableReason
from app.domain.errors import ForbiddenError, InvalidError, NotFoundError
from app.server.core import thumbnails
from app.server.core.pixels import thumbnail
from app.settings import Settings
from tests.server.samples import an_object, series_uid


@pytest.fixture
def server_settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "archive")


@pytest.fixture
def kept(server_settings):
    """The files of thumbnails."""
    return lambda: list((server_settings.data_dir / "thumbnails").iterdir())


@pytest.fixture
def store(ingest, doctor, source):
    return lambda *args, **elements: ingest.store(doctor, source, an_object(*args, **elements))


@pytest.fixture
def picture(database, objects, doctor):
    def picture(series=1):
        png = thumbnail(database, objects, doctor, series_uid(1, series))
        return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)

    return picture


def grey(values) -> dict:
    return {"PixelData": np.asarray(values, np.uint16).tobytes()}


RAMP = np.tile(np.arange(16, dtype=np.uint16) * 100, (16, 1))


def test_the_window_of_the_object_is_used(store, picture):
    store(**grey(RAMP), WindowCenter=-1024 + 750, WindowWidth=1500)
    shown = picture()
    assert shown.shape == (128, 128)
    assert shown[64, 0] == 0
    assert shown[64, -1] == 255
    assert 110 < shown[64, 64] < 145


def test_without_a_window_the_values_fill_the_greys(store, picture):
    store(**grey(RAMP))
    shown = picture()
    assert (shown.min(), shown.max()) == (0, 255)


def test_the_inverted_kind_is_shown_inverted(store, picture):
    store(**grey(RAMP), PhotometricInterpretation="MONOCHROME1")
    shown = picture()
    assert (shown[64, 0], shown[64, -1]) == (255, 0)


def test_an_even_picture_is_no_trouble(store, picture):
    store()
    assert picture().shape == (128, 128)


def test_the_shape_follows_pixels_and_their_spacing(store, picture):
    store(**grey(RAMP), PixelSpacing=[2, 1])
    assert picture().shape == (128, 64)
    store(series=2, **grey(RAMP[:4]), Rows=4)
    assert picture(2).shape == (32, 128)


def test_colour_is_kept(store, picture):
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    store(
        PhotometricInterpretation="RGB",
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=red.tobytes(),
    )
    assert picture()[64, 64].tolist() == [0, 0, 200]


def test_the_middle_image_is_shown_and_again_when_the_series_grew(store, picture, kept):
    store(number=1, **grey(RAMP))
    first = picture()
    for number in (2, 3):
        store(number=number, **grey(RAMP[:, ::-1]))
    assert (picture() != first).any()
    assert len(kept()) == 1


def test_it_is_made_once(store, picture, monkeypatch):
    store()
    picture()
    monkeypatch.setattr(thumbnails, "render", None)
    picture()


def test_compressed_pixels_are_decoded_in_the_worker(
    shared_dicom, ingest, doctor, source, database, objects
):
    file = next((shared_dicom / "syntaxes").glob("*jpeg_lossless_sv1.dcm"))
    stored = ingest.store(doctor, source, file)
    from app.server.core.studies import study

    (series,) = study(database, doctor, stored.study_uid).series
    png = thumbnail(database, objects, doctor, series.series_uid)
    assert png.startswith(b"\x89PNG")


def test_pixels_that_can_not_be_decoded_are_told_every_time(
    store, database, objects, doctor, monkeypatch
):
    store(PhotometricInterpretation="NONSENSE")
    for _ in range(2):
        with pytest.raises(InvalidError):
            thumbnail(database, objects, doctor, series_uid(1, 1))
        monkeypatch.setattr(thumbnails, "render", None)


@pytest.mark.parametrize("reason", [UndecodableReason.TOOK_TOO_LONG, UndecodableReason.CORRUPT])
def test_pixels_that_got_no_answer_are_tried_again_after_some_minutes(
    store, kept, database, objects, doctor, monkeypatch, reason
):
    store()
    tries = []

    def late(_path, _image):
        tries.append(reason)
        raise NoAnswerError(reason)

    with monkeypatch.context() as busy:
        busy.setattr(thumbnails, "render", late)
        for _ in range(3):
            with pytest.raises(InvalidError):
                thumbnail(database, objects, doctor, series_uid(1, 1))
    assert len(tries) == 1
    (given_up,) = kept()
    os.utime(given_up, (0, 0))
    assert thumbnail(database, objects, doctor, series_uid(1, 1))
    assert [file.suffix for file in kept()] == [".png"]


def test_a_series_without_images_has_none(store, database, objects, doctor):
    store(PixelData=None, Rows=None, Columns=None)
    for uid in (series_uid(1, 1), "1.2.3"):
        with pytest.raises(NotFoundError):
            thumbnail(database, objects, doctor, uid)


def test_strangers_see_nothing(store, database, objects, nobody):
    store()
    with pytest.raises(ForbiddenError):
        thumbnail(database, objects, nobody, series_uid(1, 1))

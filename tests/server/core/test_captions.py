"""What stands on a printed image."""

import numpy as np
import pytest

from app.dicom.header import read_object
from app.server.core.captions import captioned, lines_of
from tests.server.samples import an_object


def test_an_image_says_whose_it_is_and_which():
    data = an_object(PatientBirthDate="19610305", PatientSex="M", InstanceNumber=7)
    assert lines_of(read_object(data)) == (
        "Иванов Пётр  P-17",
        "1961-03-05 M",
        "2026-11-24 08:30:00",
        "CT  S 1  I 7",
    )


def test_what_is_not_known_is_left_out():
    names = ("PatientName", "PatientID", "StudyDate", "StudyTime", "SeriesNumber", "InstanceNumber")
    lines = lines_of(read_object(an_object(**dict.fromkeys(names))))
    assert lines == ("", "", "", "CT  S -  I -")


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 255), (np.uint16, 4095)])
@pytest.mark.parametrize("shape", [(16, 16), (600, 700), (600, 700, 3)])
def test_letters_stand_out_on_black_and_on_white(kind, top, shape):
    for grey in (0, top):
        picture = np.full(shape, grey, kind)
        written = captioned(picture, ("Иванов",), top)
        assert written.dtype == kind
        assert min(written.shape[:2]) >= 512
        assert {0, top} == set(np.unique(written).tolist())
        assert (written[300:] == grey).all()
        assert (picture == grey).all()


def test_cyrillic_letters_are_written_as_such():
    black = np.zeros((600, 600), np.uint8)
    pictures = [captioned(black, (text,), 255) for text in ("Ж", "Щ", "?")]
    assert len({picture.tobytes() for picture in pictures}) == 3

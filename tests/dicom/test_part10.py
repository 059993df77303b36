"""Objects are read alike wherever their bytes lie."""

from io import FileIO, RawIOBase

import numpy as np
import pytest

from app.dicom import part10
from app.dicom.framewise import frames
from app.dicom.header import read_object
from app.dicom.pixels import decode, decode_guarded
from app.dicom.sameness import say_the_same
from app.dicom.transcode import transcode
from tests.server.samples import an_object


class Elsewhere(RawIOBase):
    """Bytes that lie in no file of this machine."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (len(self._data) if whence == 2 else 0)
        return self._position

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = self._data[self._position : self._position + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


@pytest.fixture(params=["file", "elsewhere"])
def opened(request, tmp_path):
    """Opens bytes that lie in a file or elsewhere."""

    def opened(data: bytes) -> RawIOBase:
        if request.param == "elsewhere":
            return Elsewhere(data)
        path = tmp_path / "object"
        path.write_bytes(data)
        return FileIO(path)

    return opened


def test_an_open_object_is_read_as_its_bytes_are(opened):
    data = an_object()
    image = read_object(data).image
    with opened(data) as source:
        assert read_object(source) == read_object(data)
        assert transcode(source, part10.IMPLICIT) == transcode(data, part10.IMPLICIT)
        assert say_the_same(source, data)
        (frame,) = frames(source, [1], part10.EXPLICIT)
        assert [frame] == list(frames(data, [1], part10.EXPLICIT))
        for read in (decode, decode_guarded):
            assert np.array_equal(read(source, image), decode(data, image))


def test_a_data_set_outlives_the_file_it_came_from(opened):
    data = an_object()
    with opened(data) as source:
        view = part10.without_meta(source)
    assert view == part10.without_meta(data)


def test_what_is_empty_is_empty(opened):
    with opened(b"") as source, part10.opened(source) as buffer:
        assert buffer == b""

"""Which bytes a range names."""

from functools import partial
from io import FileIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.web.ranges import Content, RangeError, byte_range
from app.server.web.streams import PIECE, gathered


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("Bytes = 4-99", (4, 10)),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=" + "1" * 19 + "-", None),
    ],
)
def test_one_range_is_read_and_the_rest_gets_all(header, wanted):
    assert byte_range(header, 10) == wanted


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_bytes_behind_the_end_are_told(header, size):
    with pytest.raises(RangeError):
        byte_range(header, size)


@given(st.binary(max_size=50), st.integers(0, 50), st.integers(0, 50))
def test_a_part_of_the_content_is_that_of_its_bytes(data, first, behind):
    first, behind = sorted((min(first, len(data)), min(behind, len(data))))
    assert b"".join(Content.of(data).pieces(first, behind)) == data[first:behind]


def test_a_part_of_a_file_is_read_in_pieces(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(10) + b"x" * (PIECE + 5))
    content = Content(partial(FileIO, file), PIECE + 5, start=10)
    pieces = list(content.pieces(1, PIECE + 5))
    assert [len(piece) for piece in pieces] == [PIECE, 4]
    assert set(b"".join(pieces)) == {ord("x")}


def test_a_file_that_is_shorter_than_it_was_is_told(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    with pytest.raises(EOFError):
        list(Content(partial(FileIO, file), 2).pieces(0, 2))


def test_small_pieces_are_sent_together():
    pieces = list(gathered([b"ab", b"c", bytes(PIECE), b"d"]))
    assert [len(piece) for piece in pieces] == [PIECE + 3, 1]

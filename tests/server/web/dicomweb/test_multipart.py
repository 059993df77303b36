"""multipart/related is read the same however it is cut; only a whole line is a boundary."""

import contextlib
import re
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.server.web.dicomweb.accept import parameters
from app.server.web.dicomweb.multipart import Begin, Data, End, Part, Reader, Writer

BOUNDARY = "AbC"
ALMOST = st.sampled_from(
    [b"\r\n", b"--", b"AbC", b"\r\n--AbC", b"\r\n--AbCx", b"\r\n--Ab", b"\r", b"-", b"\r\n--AbC "]
)
CONTENTS = st.lists(ALMOST | st.binary(max_size=8), max_size=6).map(b"".join)


def read(reader, pieces):
    """(headers, content) of each part."""
    found = []
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, Begin):
                found.append((dict(event.headers), bytearray(), []))
            elif isinstance(event, Data):
                found[-1][1].extend(event.data)
            else:
                assert isinstance(event, End)
                found[-1][2].append("whole")
    reader.end()
    assert all(ends == ["whole"] for _, _, ends in found)
    return [(headers, bytes(content)) for headers, content, _ in found]


def cut(body, places):
    """`body` in pieces."""
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[a:b] for a, b in pairwise(edges)]


@given(st.lists(CONTENTS, min_size=1, max_size=4), st.lists(st.integers(0, 500), max_size=8))
def test_what_is_written_is_read_however_it_is_cut(contents, places):
    writer = Writer("application/dicom")
    parts = [Part(f"x/{number}", [each], f"/{number}") for number, each in enumerate(contents)]
    body = b"".join(writer.pieces(parts))
    assert len(body) == writer.length(parts, map(len, contents))
    _, said = parameters(writer.content_type)
    assert read(Reader(said["boundary"]), cut(body, places)) == [
        ({"content-type": f"x/{number}", "content-location": f"/{number}"}, each)
        for number, each in enumerate(contents)
    ]


@given(CONTENTS, st.lists(st.integers(0, 500), max_size=8))
def test_only_a_whole_line_is_a_boundary(content, places):
    assume(not re.search(rb"\r\n--AbC(--|[ \t]*\r\n)", b"\r\n" + content + b"\r\n"))
    body = b"--AbC\r\n\r\n" + content + b"\r\n--AbC--"
    assert read(Reader(BOUNDARY), cut(body, places)) == [({}, content)]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(InvalidError):
        read(Reader(BOUNDARY), [body])


@pytest.mark.parametrize(
    "body",
    [
        b"--AbC--",
        b"--AbC--\r\nand what follows",
        b"a word before\r\n--AbC--\r\n",
        b"not a --AbC\r\nboundary\r\n--AbCd\r\n--AbC--",
    ],
)
def test_what_is_around_the_parts_is_no_part(body):
    assert read(Reader(BOUNDARY), [body]) == []


@pytest.mark.parametrize("padding", [b"", b" ", b"\t  "])
def test_blanks_behind_a_boundary_and_odd_headers_are_read(padding):
    body = b"--AbC" + padding + b"\r\nContent-TYPE :a/b\r\nnonsense\r\n\r\nx\r\n--AbC--"
    assert read(Reader(BOUNDARY), [body]) == [({"content-type": "a/b", "nonsense": ""}, b"x")]


@pytest.mark.parametrize(
    "body", [b"", b"--AbC\r\n\r\nx", b"--AbC\r\n\r\nx\r\n--AbC", b"--AbC\r\na"]
)
def test_a_body_that_ends_early_is_refused(body):
    with pytest.raises(InvalidError):
        read(Reader(BOUNDARY), [body])


def test_endless_headers_are_refused():
    reader = Reader(BOUNDARY)
    with pytest.raises(InvalidError):
        list(reader.feed(b"--AbC\r\n" + b"a: b\r\n" * 10_000))


@pytest.mark.parametrize("boundary", ["", "x" * 201])
def test_a_boundary_has_one_to_two_hundred_characters(boundary):
    with pytest.raises(InvalidError):
        Reader(boundary)


def test_no_more_is_held_than_what_came_last():
    reader = Reader(BOUNDARY)
    given = list(reader.feed(b"--AbC\r\n\r\n"))
    for _ in range(50):
        given += reader.feed(bytes(1000))
    assert sum(len(each.data) for each in given if isinstance(each, Data)) > 49_900

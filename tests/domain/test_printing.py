"""Films: what a request may ask for."""

from dataclasses import replace

import pytest

from app.domain.errors import InvalidError
from app.domain.nodes import RemoteNode
from app.domain.printing import MOST_COPIES, MOST_IMAGES, Film, FilmImage, PrintRequest

ONE = PrintRequest("FILM", (FilmImage("1.2"),))


def test_a_sound_request_is_taken():
    ONE.check()
    image = FilmImage("1.2", 3, -600, 1500)
    film = Film("14INX17IN", is_landscape=True, columns=3, rows=4)
    replace(ONE, images=(image,) * MOST_IMAGES, film=film, copies=MOST_COPIES).check()
    assert film.capacity == 12


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (replace(ONE, images=()), "images"),
        (replace(ONE, images=ONE.images * (MOST_IMAGES + 1)), "images"),
        (replace(ONE, copies=0), "copies"),
        (replace(ONE, images=(FilmImage("1.2", 0),)), "frame"),
        (replace(ONE, images=(FilmImage("1.2", 1, 0, -1),)), "window"),
        (replace(ONE, images=(FilmImage("1.2", 1, float("inf"), 1),)), "window"),
        (replace(ONE, images=(FilmImage("1.2", 1, 0, float("nan")),)), "window"),
        (replace(ONE, film=Film("POSTCARD")), "film_size"),
        (replace(ONE, film=Film(columns=0)), "film_columns"),
        (replace(ONE, film=Film(rows=9)), "film_rows"),
    ],
)
def test_a_broken_field_is_named(request_, field):
    with pytest.raises(InvalidError, match=field):
        request_.check()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"film_bits": 10}, "film_bits"), ({"film_size": "?"}, "film_size"), ({"film_rows": 0}, "_")],
)
def test_a_printers_record_names_a_film_there_is(changes, field):
    node = RemoteNode("FILM", is_printer=True)
    node.check()
    with pytest.raises(InvalidError, match=field):
        replace(node, **changes).check()

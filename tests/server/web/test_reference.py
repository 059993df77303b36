"""The reference of the HTTP interface tells what the server does today."""

from app.server.web.reference import reference
from app.server.web.routes import ROUTES
from tests.conftest import REPOSITORY


def test_the_reference_is_not_stale():
    written = (REPOSITORY / "docs" / "API.md").read_text(encoding="utf-8")
    assert written == reference(), "run: python -m app.server.web.reference > docs/API.md"


def test_every_route_says_what_it_answers():
    text = reference()
    for route in ROUTES:
        answers = route.handler or route.streamer
        assert answers.__doc__
        assert route.path in text

"""The conformance statement is made from the tables that run the node."""

from app.server.dimse.conformance import STATUSES, statement
from tests.conftest import REPOSITORY


def test_the_statement_in_docs_is_what_the_tables_say():
    written = (REPOSITORY / "docs" / "CONFORMANCE.md").read_text(encoding="utf-8")
    assert written == statement(), (
        "run: python -m app.server.dimse.conformance > docs/CONFORMANCE.md"
    )


def test_every_status_is_explained_once():
    values = [value for value, _name, _meaning in STATUSES]
    assert len(values) == len(set(values))

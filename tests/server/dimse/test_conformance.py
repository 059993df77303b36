"""The conformance statement is made from the tables that run the node and the web services."""

import re

import pytest

from app.domain.query import ATTRIBUTES
from app.server.conformance import statement
from app.server.dimse import conformance_query
from app.server.dimse.conformance import STATUSES
from app.server.dimse.information_model import Feature
from app.server.web import conformance as conformance_web
from app.server.web.dicomweb.store_answer import FailureReason
from app.server.web.dicomweb.wado_uri import PARAMETERS
from app.server.web.problems import STATUSES as HTTP_STATUSES
from app.server.web.routes import DICOMWEB
from tests.conftest import REPOSITORY


def test_the_statement_in_docs_is_what_the_tables_say():
    written = (REPOSITORY / "docs" / "CONFORMANCE.md").read_text(encoding="utf-8")
    assert written == statement(), "run: python -m app.server.conformance > docs/CONFORMANCE.md"


def test_the_statement_has_the_sections_of_the_standard_in_its_order():
    """PS3.2 A.1 to A.8, and the parts of networking that every statement has (A.4)."""
    headings = re.findall(r"^#+ ([0-9.]+ .*)$", statement(), re.MULTILINE)
    assert [each for each in headings if re.match(r"\d ", each)] == [
        "1 Conformance statement overview",
        "2 Contents",
        "3 Introduction",
        "4 Networking",
        "5 Media interchange",
        "6 Support of character sets",
        "7 Security",
        "8 Annexes",
    ]
    assert [each for each in headings if re.match(r"4\.\d ", each)] == [
        "4.1 Implementation model",
        "4.2 Application entity specifications",
        "4.3 Network interfaces",
        "4.4 Configuration",
    ]


@pytest.mark.parametrize(
    "statuses",
    [STATUSES, conformance_query.FIND_STATUSES, conformance_query.RETRIEVE_STATUSES],
)
def test_every_status_is_explained_once(statuses):
    values = [value for value, *_meaning in statuses]
    assert len(values) == len(set(values))


def test_every_attribute_and_feature_of_queries_is_said():
    said = statement()
    assert all(f"| {each.keyword} |" in said for each in ATTRIBUTES)
    assert set(conformance_query.FEATURES) == set(Feature)


def test_every_web_resource_failure_status_and_parameter_is_said():
    said = statement()
    assert all(f"`{route.path.replace(':path}', '}')}`" in said for route in DICOMWEB)
    assert set(conformance_web.FAILURES) == set(FailureReason)
    of_desktops = {409, 422, 500}  # told as 400 by DICOMweb, or never meant to happen
    told = {status for status, _meaning in conformance_web.STATUSES}
    assert set(HTTP_STATUSES.values()) - of_desktops <= told
    assert all(f"| `{name}` |" in said for name in PARAMETERS)


def test_every_sop_class_has_a_name_and_objects_without_pixels_are_not_taken():
    rows = [line.split(" | ") for line in statement().splitlines() if line.startswith("| ")]
    assert [row for row in rows if re.fullmatch(r"\| [0-9]+\.[0-9.]+", row[0])] == []
    assert not any("JPIP" in row[0] or "SMPTE" in row[0] for row in rows)

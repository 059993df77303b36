"""One running server for the tests of the HTTP side."""

from collections.abc import Iterator

import httpx
import pytest

from app.domain.access import Role
from tests.clinic import NAMES, PASSWORD, Clinic, a_clinic
from tests.conftest import PATIENCE_S


@pytest.fixture(scope="module")
def web_clinic(tmp_path_factory) -> Iterator[Clinic]:
    """A server process with an account of each role."""
    with a_clinic(tmp_path_factory.mktemp("web-clinic")) as clinic:
        yield clinic


@pytest.fixture(scope="module")
def http(web_clinic) -> Iterator[httpx.Client]:
    """Plain HTTP to that server, without our client's courtesies."""
    with httpx.Client(
        base_url=web_clinic.embedded.url, trust_env=False, timeout=PATIENCE_S
    ) as client:
        yield client


@pytest.fixture(scope="module")
def tokens(http) -> dict[Role, str]:
    """An access token of each role."""
    found = {}
    for role, username in NAMES.items():
        answer = http.post("/api/sessions", json={"username": username, "password": PASSWORD})
        found[role] = answer.json()["access_token"]
    return found


@pytest.fixture(scope="module")
def signed_in(tokens) -> dict[str, str]:
    """The headers of the doctor's session."""
    return {"Authorization": f"Bearer {tokens[Role.DOCTOR]}"}

"""One running server for the tests of the HTTP side."""

from collections.abc import Iterator

import httpx
import pytest

from tests.clinic import Clinic, a_clinic


@pytest.fixture(scope="module")
def web_clinic(tmp_path_factory) -> Iterator[Clinic]:
    """A server process with an account of each role."""
    with a_clinic(tmp_path_factory.mktemp("web-clinic")) as clinic:
        yield clinic


@pytest.fixture(scope="module")
def http(web_clinic) -> Iterator[httpx.Client]:
    """Plain HTTP to that server, without our client's courtesies."""
    with httpx.Client(base_url=web_clinic.embedded.url, trust_env=False, timeout=20) as client:
        yield client

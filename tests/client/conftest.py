"""One running server for the client's tests."""

from collections.abc import Iterator

import pytest

from app.client.server import Server
from app.domain.access import Role
from tests.clinic import Clinic, a_clinic


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> Iterator[Clinic]:
    """A server process with an account of each role; tests use studies of their own."""
    with a_clinic(tmp_path_factory.mktemp("clinic")) as clinic:
        yield clinic


@pytest.fixture(scope="module")
def doctor(clinic) -> Server:
    """A client signed in as the doctor, for every test that leaves the session as it is."""
    return clinic.signed_in(Role.DOCTOR)


@pytest.fixture
def a_session(clinic) -> Server:
    """A doctor's session that a test may end."""
    return clinic.signed_in(Role.DOCTOR)

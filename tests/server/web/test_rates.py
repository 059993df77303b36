"""Buckets of tokens, and whose they are."""

import pytest
from starlette.datastructures import Headers

from app.server.web import rates
from app.server.web.problems import TooManyRequestsError
from app.server.web.rates import BURST_S, Rates, client_address, network_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(of: Rates, key: str, most: int) -> int:
    """How many tokens can be taken at once, up to `most`."""
    for count in range(most):
        try:
            of.take(key)
        except TooManyRequestsError:
            return count
    return most


@pytest.mark.logs("too-many-requests")
def test_a_bucket_empties_and_fills_again(clock):
    of = Rates(5, clock)
    assert taken(of, "a", 100) == 5 * BURST_S
    assert taken(of, "b", 10) == 10
    clock.now = 2
    assert taken(of, "a", 100) == 10
    clock.now = 1000
    assert taken(of, "a", 100) == 5 * BURST_S


@pytest.mark.logs("too-many-requests")
def test_who_is_refused_is_told_when_to_come_again(clock):
    of = Rates(1, clock)
    taken(of, "a", 100)
    with pytest.raises(TooManyRequestsError) as refused:
        of.take("a")
    clock.now = refused.value.retry_after_s
    of.take("a")


def test_no_limit_is_none(clock):
    assert taken(Rates(0, clock), "a", 10_000) == 10_000


@pytest.mark.logs("too-many-requests")
def test_the_oldest_is_forgotten_when_there_are_many(clock, monkeypatch):
    monkeypatch.setattr(rates, "MOST", 2)
    of = Rates(1, clock)
    taken(of, "a", 100)
    for key in ("b", "c"):
        of.take(key)
    assert taken(of, "a", 100) == BURST_S


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
    ],
)
def test_the_client_is_who_our_own_proxies_name(peer, said, address):
    proxies = frozenset({"10.0.0.1", "10.0.0.2"})
    headers = Headers({"x-forwarded-for": said} if said else {})
    assert client_address({"client": (peer, 1)}, headers, proxies) == address


def test_a_client_of_the_sixth_version_is_its_network():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9")
    assert network_of("2001:db8:1:2::9") != network_of("2001:db8:1:3::9")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("x" * 100) == "x" * 64

"""What a server grants its clients: requests, time, heads and bodies of bounded size."""

import contextlib
import gzip
import select
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from app.domain.access import Role
from app.server.web.connections import MAX_HEAD
from tests.clinic import NAMES, PASSWORD, Clinic, a_clinic
from tests.conftest import PATIENCE_S
from tests.logs import LOG
from tests.server.samples import an_object, sop_uid

MAX_OBJECT_MB = 32


@pytest.fixture(scope="module")
def web_clinic(tmp_path_factory) -> Iterator[Clinic]:
    """A server that grants little: a request a second and two seconds of patience."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KLINIKA_HTTP_REQUESTS_PER_S", "1")
        environment.setenv("KLINIKA_HTTP_PATIENCE_S", "2")
        environment.setenv("KLINIKA_MAX_OBJECT_MB", str(MAX_OBJECT_MB))
        with a_clinic(tmp_path_factory.mktemp("strict-clinic")) as clinic:
            yield clinic


@pytest.fixture(scope="module")
def secret(web_clinic) -> dict[str, str]:
    """The headers of who shares the server's computer."""
    return {"X-Klinika-Secret": web_clinic.embedded.secret}


@pytest.fixture(scope="module")
def tokens(http, secret) -> dict[Role, str]:
    """An access token of each role."""
    return {
        role: http.post(
            "/api/sessions", json={"username": name, "password": PASSWORD}, headers=secret
        ).json()["access_token"]
        for role, name in NAMES.items()
    }


@pytest.fixture
def connect(web_clinic):
    """Opens plain connections, which are closed after the test."""
    address = httpx.URL(web_clinic.embedded.url)
    with contextlib.ExitStack() as opened:

        def connected() -> socket.socket:
            connection = socket.create_connection((address.host, address.port), PATIENCE_S)
            return opened.enter_context(connection)

        yield connected


def said_by(connection) -> bytes:
    """What comes until the server closes the connection, or breaks it."""
    text = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            text += piece
    return text


def is_open(connection) -> bool:
    """Whether a byte more can be sent to a server that has said nothing yet."""
    if select.select([connection], [], [], 0)[0]:
        return False
    try:
        connection.send(b"a")
    except ConnectionError:
        return False
    return True


def until(is_met) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.logs("too-many-requests")
def test_an_address_that_asks_too_often_is_told_when_to_come_again(http, secret):
    flood = {"X-Forwarded-For": "192.0.2.1"}
    for _ in range(500):
        answer = http.get("/api/nothing", headers=flood)
        if answer.status_code != 404:
            break
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == str(answer.json()["retry_after_s"]) == "1"
    assert answer.headers["cache-control"] == "no-store"
    assert http.get("/health", headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 200
    assert http.get("/health", headers=flood | secret).status_code == 200


@pytest.mark.logs("too-many-requests")
def test_an_account_that_asks_too_often_is_told_so_wherever_it_asks_from(http, tokens, secret):
    token = {"Authorization": f"Bearer {tokens[Role.DOCTOR]}"}
    for number in range(500):
        where = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
        answer = http.get("/api/changes", headers=token | where)
        if answer.status_code != 200:
            break
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
    assert http.get("/api/changes", headers=token | secret).status_code == 200


@pytest.mark.logs("slow-client-closed")
def test_idle_and_dripping_connections_keep_nobody_else_out_and_are_closed(connect, http, secret):
    idle = [connect() for _ in range(100)]
    dripping = [connect() for _ in range(100)]
    for each in dripping:
        each.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")

    def all_are_closed() -> bool:
        assert http.get("/health", headers=secret).status_code == 200
        open_ones = [each for each in dripping if is_open(each)]
        return not open_ones

    until(all_are_closed)
    assert all(said_by(each) == b"" for each in idle)
    assert any(said_by(each).startswith(b"HTTP/1.1 408 ") for each in dripping)


@pytest.mark.logs("slow-client-closed")
def test_a_body_that_drips_is_not_waited_for(connect):
    connection = connect()
    connection.sendall(b"POST /api/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{")
    until(lambda: not is_open(connection))
    assert said_by(connection) == b""


def test_an_answer_that_nobody_takes_is_not_kept(connect, http, web_clinic, secret, tokens):
    token = {"Authorization": f"Bearer {tokens[Role.DOCTOR]}"}
    data = an_object(501, side=3600)
    stored = http.post("/api/objects", content=data, headers=token | secret)
    assert stored.status_code == 200, stored.text
    connection = connect()
    lines = [f"GET /api/objects/{sop_uid(501, 1, 1)} HTTP/1.1", "Host: a"]
    lines += [f"{name}: {value}" for name, value in (token | secret).items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    LOG.expect("slow-client-closed", PATIENCE_S)
    assert len(said_by(connection)) < len(data)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.1\r\nX-Endless: ",
        b"GET /",
        b"\r\n",
    ],
)
def test_a_head_without_end_is_refused(connect, head):
    connection = connect()
    filler = b"\r\n" if head == b"\r\n" else b"a"
    connection.sendall((head + filler * MAX_HEAD)[: MAX_HEAD + 1])
    assert_refused(said_by(connection), 431)


def test_a_whole_head_that_is_too_large_is_refused(connect):
    connection = connect()
    connection.sendall(b"GET /health HTTP/1.1\r\nX-Large: " + b"a" * MAX_HEAD + b"\r\n\r\n")
    assert_refused(said_by(connection), 431)


@pytest.mark.logs("Invalid HTTP request received.")
def test_what_is_no_request_is_answered_by_a_problem(connect):
    connection = connect()
    connection.sendall(b"\x16\x03\x01 TLS?\r\n\r\n")
    assert_refused(said_by(connection), 400)


def assert_refused(answer: bytes, status: int) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head.lower()
    assert b"connection: close" in head
    assert b'"status":%d' % status in body


def test_a_compressed_object_is_taken(http, tokens, secret):
    headers = {"Authorization": f"Bearer {tokens[Role.DOCTOR]}", "Content-Encoding": "gzip"}
    data = an_object(502)
    members = gzip.compress(data[:100]) + gzip.compress(data[100:])
    answer = http.post("/api/objects", content=members, headers=headers | secret)
    assert answer.json()["sop_instance_uid"] == sop_uid(502, 1, 1)


def test_a_body_counts_as_large_as_it_is_when_it_is_decompressed(http, tokens, secret):
    headers = {"Authorization": f"Bearer {tokens[Role.DOCTOR]}", "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes((MAX_OBJECT_MB + 1) * 1024 * 1024))
    assert len(bomb) < 64 * 1024
    answer = http.post("/api/sessions", content=bomb, headers=headers | secret)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    answer = http.post("/api/objects", content=bomb, headers=headers | secret)
    assert (answer.status_code, answer.json()["reason"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("coding", "body", "status", "code"),
    [
        ("gzip", b"{}", 422, "invalid"),
        ("gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9], 422, "invalid"),
        ("gzip", b"", 422, "invalid"),
        ("br", b"{}", 415, "unsupported-media-type"),
    ],
)
def test_a_body_that_can_not_be_decompressed_is_refused(http, secret, coding, body, status, code):
    headers = {"Content-Encoding": coding}
    answer = http.post("/api/sessions", content=body, headers=headers | secret)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_json_is_read_from_json_alone(http, secret):
    headers = {"Content-Type": "text/plain"}
    answer = http.post("/api/sessions", content=b"{}", headers=headers | secret)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


def test_a_page_of_another_site_changes_nothing_with_a_password_the_browser_keeps(http, secret):
    headers = {"Sec-Fetch-Site": "cross-site"}
    basic = httpx.BasicAuth(NAMES[Role.ADMIN], PASSWORD)
    body = {"study_uid": "1.2", "reason": "because"}
    answer = http.post("/api/deletions", json=body, auth=basic, headers=headers | secret)
    assert answer.status_code == 403
    answer = http.post("/api/deletions", json=body, auth=basic, headers=secret)
    assert answer.status_code == 404

"""Whatever is asked, the answer is a problem with a reason, never a failure of the server."""

import contextlib
import socket

import httpx
import orjson
import pytest

from app.domain.access import Role
from app.server.web.routes import ROUTES
from tests.conftest import PATIENCE_S
from tests.logs import LOG

SEGMENTS = ["%00", "%ff%fe", "%F0%9F%92%80", "a" * 5000, "%2F", "'--", "{}", "%25s"]
READING = sorted({route.path for route in ROUTES if route.method == "GET" and "{" in route.path})


def is_problem(answer: httpx.Response) -> bool:
    """Whether the answer says in the one form why it was not done."""
    is_one = answer.headers.get("content-type") == "application/problem+json"
    return 400 <= answer.status_code < 500 and is_one and bool(answer.json()["code"])


@pytest.mark.parametrize("path", READING)
def test_odd_segments_of_a_path_are_not_found(http, signed_in, tokens, path):
    admin = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
    head, _, rest = path.partition("{")
    tail = rest.partition("}")[2].replace("{", "").replace("}", "")
    for segment in SEGMENTS:
        for headers in (signed_in, admin):
            answer = http.get(f"{head}{segment}{tail}", headers=headers)
            assert is_problem(answer), (segment, answer.status_code)


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api/studies/1.2", "/dicom-web/studies", "/nothing", "/"])
def test_another_method_is_a_problem(http, signed_in, method, path):
    assert is_problem(http.request(method, path, headers=signed_in))


@pytest.mark.parametrize("length", [2000, 8000, 40_000])
def test_a_long_path_is_not_found(http, signed_in, length):
    answer = http.get("/api/studies/" + "1" * length, headers=signed_in)
    assert (answer.status_code, is_problem(answer)) == (404, True)


@pytest.mark.parametrize("query", ["since=%00", "since=%ff", "since=1%00", "%00=1", "since=٣"])
def test_an_odd_query_is_invalid(http, signed_in, query):
    assert is_problem(http.get(f"/api/changes?{query}", headers=signed_in))


@pytest.mark.parametrize(
    "body",
    [
        b'{"username": "a\\u0000b", "password": "x"}',
        b'{"username": ["\\u0000"], "password": "x"}',
        b'{"username": {"\\u0000": 1}, "password": "x"}',
        b'{"username": "\\ud800", "password": "x"}',
        b'{"username": "\xff", "password": "x"}',
        b"\xef\xbb\xbf{}",
        b'{"username": NaN}',
        b'{"username": 1e999}',
        b"\x00",
        "{}".encode("utf-16"),
        b'{"username": "a", "password": "x"} {}',
    ],
)
def test_a_body_that_is_no_plain_json_is_invalid(http, body):
    answer = http.post("/api/sessions", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_backslash_before_u0000_is_only_text(http):
    body = orjson.dumps({"username": "a\\u0000b", "password": "x"})
    answer = http.post("/api/sessions", content=body)
    assert answer.json()["code"] == "wrong-password"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": b"Basic \xff"},
        {"Authorization": "Basic AGE6Yg=="},
        {"Authorization": b"Bearer \xc3\x28"},
        {"Authorization": "Bearer " + "." * 9000},
        {"X-Klinika-Secret": b"\xff"},
    ],
)
def test_an_odd_proof_is_none(http, headers):
    answer = http.get("/api/accounts", headers=headers)
    assert (answer.status_code, is_problem(answer)) == (401, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": b"\xff;;;q=,\"'"},
        {"Range": "bytes=9-1,x"},
        {"If-None-Match": b'\xff"'},
        {"Content-Type": 'multipart/related; boundary="\\"'},
        {"Accept-Encoding": ",;q=x,gzip;q=,*"},
        {"X-Forwarded-For": b"\xff, ,"},
        {"X-Forwarded-Host": 'evil\\"<>'},
    ],
)
def test_an_odd_header_harms_nothing(http, signed_in, headers):
    for path in ("/dicom-web/studies/1.2", "/dicom-web/studies/1.2/metadata", "/api/studies/1.2"):
        assert is_problem(http.get(path, headers=signed_in | headers))
    assert is_problem(http.post("/dicom-web/studies", headers=signed_in | headers, content=b"x"))


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/studies/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /health HTTP/1.1\r\nA\x00B: 1\r\n\r\n",
        b"POST /api/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_answered_by_a_problem_or_closed(http, head):
    address = http.base_url
    with socket.create_connection((address.host, address.port), PATIENCE_S) as connection:
        connection.sendall(head)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                answer += piece
    assert b" 500 " not in answer.partition(b"\r\n")[0]
    assert not answer or b"application/problem+json" in answer
    with contextlib.suppress(AssertionError):  # not all of them are told
        LOG.expect("Invalid HTTP request received.", 0)


def test_json_comes_in_fewer_bytes_to_other_machines(http, signed_in, web_clinic):
    path = "/api/openapi.json"
    plain = http.get(path, headers=signed_in | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for coding in ("gzip", "zstd"):
        answer = http.get(path, headers=signed_in | {"Accept-Encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert int(answer.headers["content-length"]) < len(plain.content) / 3
        assert answer.json() == plain.json()
    here = signed_in | {"X-Klinika-Secret": web_clinic.embedded.secret}
    assert "content-encoding" not in http.get(path, headers=here).headers
    assert "vary" not in http.get("/api/status").headers

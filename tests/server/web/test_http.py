"""HTTP as others see it: problems, limits, headers, events."""

import re
import time
from http import client as http_client

import httpx
import orjson
import pytest

from app.server.web.routes import ROUTES
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object


def test_health_needs_no_session(http):
    assert http.get("/health").json() == {"status": "ok"}


def test_an_error_is_a_problem_with_a_stable_code(http, signed_in):
    answer = http.get("/api/studies/1.2.3", headers=signed_in)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:klinika:error:not-found",
        "title": "Not found",
        "status": 404,
        "code": "not-found",
        "detail": "no such study",
    }


def test_a_refused_object_names_the_reason(http, signed_in):
    answer = http.post("/api/objects", content=b"hello", headers=signed_in)
    assert (answer.status_code, answer.json()["reason"]) == (422, "not-dicom")


def test_an_object_beyond_the_limit_is_refused_before_it_came(http, signed_in):
    address = http.base_url
    connection = http_client.HTTPConnection(address.host, address.port, timeout=PATIENCE_S)
    headers = {**signed_in, "Content-Length": str(3 * 1024**3)}
    connection.request("POST", "/api/objects", headers=headers)
    answer = connection.getresponse()
    assert (answer.status, orjson.loads(answer.read())["reason"]) == (413, "too-large")
    connection.close()


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/api/objects/../../etc/passwd"])
def test_an_unknown_path_is_a_problem_too(http, path):
    assert http.get(path).json()["code"] == "not-found"


def test_another_method_is_a_problem_too(http):
    answer = http.put("/api/status")
    assert (answer.status_code, answer.json()["code"]) == (405, "invalid")
    assert answer.headers["allow"] == "GET, HEAD"
    answer = http.delete("/api/accounts")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"username": 1, "password": 2}', b"\xff", b"[" * 60_000]
)
def test_a_broken_body_is_invalid(http, body):
    answer = http.post("/api/sessions", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_huge_body_is_too_large(http):
    answer = http.post("/api/sessions", content=b" " * 200_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize("since", ["-1", "x", "1e3", "٣", "9" * 30])
@pytest.mark.parametrize("path", ["/api/changes", "/api/changes/stream"])
def test_an_impossible_number_is_invalid(http, signed_in, path, since):
    answer = http.get(path, params={"since": since}, headers=signed_in)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_nothing_is_kept_by_caches_or_guessed_by_browsers(http, signed_in):
    for path in ("/health", "/api/changes", "/api/nothing"):
        headers = http.get(path, headers=signed_in).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_the_stream_resumes_after_the_last_event(http, signed_in):
    for number in (1, 2):
        http.post("/api/objects", content=an_object(401, 1, number), headers=signed_in)
    first, second = http.get("/api/changes", headers=signed_in).json()[-2:]
    headers = {**signed_in, "Last-Event-ID": str(first["number"])}
    with http.stream("GET", "/api/changes/stream?since=0", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = b""
        for piece in answer.iter_raw():
            text += piece
            if b"data: " in text:
                break
    events = text.split(b"\n\n")
    assert events[0] == b"id: %d" % first["number"]
    assert events[1].split(b"\n")[0] == b"id: %d" % second["number"]
    assert orjson.loads(events[1].split(b"data: ")[1]) == second


def test_two_hundred_streams_leave_room_for_requests(web_clinic, signed_in):
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(
        base_url=web_clinic.embedded.url, headers=signed_in, limits=limits, trust_env=False
    ) as client:
        open_streams = [
            client.send(client.build_request("GET", "/api/changes/stream"), stream=True)
            for _ in range(200)
        ]
        assert client.get("/health", timeout=PATIENCE_S).status_code == 200
        for stream in open_streams:
            stream.close()


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(http, web_clinic, signed_in):
    def half():
        yield an_object(402, 1, 1, side=3000)[:9_000_000]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        http.post(
            "/api/objects", content=half(), headers={**signed_in, "Content-Length": "18000000"}
        )
    assert http.get("/health").status_code == 200
    spool = web_clinic.data_dir / "spool"
    assert _becomes_empty(spool)


def _becomes_empty(folder) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while any(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(folder.iterdir())


def test_paths_hold_no_text_that_could_be_a_name():
    named = {part for route in ROUTES for part in re.findall("{(.*?)(?::path)?}", route.path)}
    of_nodes_and_jobs, of_dicom = {"ae_title", "id", "number"}, {"study", "series", "instance"}
    assert named <= of_nodes_and_jobs | of_dicom | {"bulk", "frames", "uid"}

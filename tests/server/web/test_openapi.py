"""The description of the interface is whole, and true of what the server answers."""

import re

import pytest

from app.domain.access import Role
from app.server.web.answers import Json, NoContent
from app.server.web.openapi import is_described
from app.server.web.routes import ROUTES
from app.server.web.routing import answer_type
from tests.clinic import NAMES, PASSWORD
from tests.server.samples import an_object, series_uid, study_uid
from tests.server.web.described import DOCUMENT, check, operation_of, resolved, violations

DESCRIBED = [
    pytest.param(route, id=f"{route.method} {route.path}")
    for route in ROUTES
    if is_described(route)
]


@pytest.fixture
def asked(http, web_clinic):
    """Asks as a role, and fails when the answer is not what is described."""
    tokens = {}

    def ask(role, method, path, status=200, **options):
        if role not in tokens:
            body = {"username": NAMES[role], "password": PASSWORD}
            tokens[role] = http.post("/api/sessions", json=body).json()["access_token"]
        headers = {"Authorization": f"Bearer {tokens[role]}", **options.pop("headers", {})}
        answer = http.request(method, path, headers=headers, **options)
        assert answer.status_code == status, answer.text
        check(answer)
        return answer

    return ask


@pytest.mark.parametrize("route", DESCRIBED)
def test_a_route_says_what_it_gives(route):
    gives = answer_type(route.handler or route.streamer)
    kind = getattr(gives, "__origin__", gives)
    assert issubclass(kind, Json | NoContent) or route.gives
    operation = operation_of(route.method, re.sub("{.*?}", "x", route.path))
    named = set(re.findall(r"{(\w+)", route.path))
    assert {each["name"] for each in operation["parameters"] if each["in"] == "path"} == named
    is_read = route.method in ("GET", "DELETE") or route.path.endswith(
        ("/accept", "/echo", "/confirm", "/restore", "/cancel", "/replay")
    )
    assert is_read or "requestBody" in operation


def test_every_reference_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value
            for each in value.values():
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    found = list(references(DOCUMENT))
    assert len(found) > 100
    assert all(resolved(each) for each in found)


def test_who_is_signed_in_reads_the_description(asked, http):
    assert asked(Role.DOCTOR, "GET", "/api/openapi.json").json() == DOCUMENT
    assert http.get("/api/openapi.json").status_code == 401


def test_answers_are_as_described(asked):
    asked(Role.DOCTOR, "POST", "/api/objects", content=an_object(701))
    for path in (
        f"/api/studies/{study_uid(701)}",
        f"/api/series/{series_uid(701, 1)}/manifest",
        f"/api/series/{series_uid(701, 1)}/thumbnail",
        f"/api/studies/{study_uid(701)}/reports",
        "/api/changes",
    ):
        asked(Role.DOCTOR, "GET", path)
    asked(Role.DOCTOR, "POST", "/api/worklist", json={})
    content = {"title": "CT", "language": "en"}
    report = asked(
        Role.DOCTOR, "POST", f"/api/studies/{study_uid(701)}/reports", 201, json=content
    ).json()
    saved = {"revision": report["revision"], "content": content}
    asked(Role.DOCTOR, "PUT", f"/api/reports/{report['report_id']}", json=saved)
    asked(Role.DOCTOR, "PUT", f"/api/reports/{report['report_id']}", 409, json=saved)
    asked(Role.DOCTOR, "GET", "/api/studies/1.2.3", 404)


def test_what_administrators_ask_is_as_described(asked):
    wanted = {"study_uid": study_uid(702), "reason": "a test"}
    asked(Role.DOCTOR, "POST", "/api/objects", content=an_object(702))
    asked(Role.ADMIN, "POST", "/api/deletions", 201, json=wanted)
    node = {"ae_title": "FAR", "host": "192.0.2.1", "port": 104}
    asked(Role.ADMIN, "POST", "/api/nodes", 201, json=node)
    for path in (
        "/api/audit?limit=5",
        "/api/accounts",
        "/api/nodes",
        "/api/deletions",
        "/api/storage",
        "/api/storage/damaged",
        "/api/jobs",
        "/api/quarantine?limit=5&offset=1",
        "/api/routing",
        "/api/status",
    ):
        asked(Role.ADMIN, "GET", path)
    asked(Role.ADMIN, "DELETE", "/api/nodes/FAR", 204)


def test_the_check_finds_what_is_not_as_described():
    schema = {"$ref": "#/components/schemas/DeletionRequest"}
    assert not list(violations({"study_uid": "1", "reason": "r"}, schema))
    assert list(violations({"study_uid": 1, "reason": "r"}, schema))
    assert list(violations({"reason": "r"}, schema))
    assert list(violations({"study_uid": "1", "reason": "r", "more": 1}, schema))
    assert list(violations([], schema))

"""Every route names its permission, and the server holds every role to it."""

import re

import httpx
import pytest

from app.domain.access import POLICY, Permission, Role
from app.domain.errors import Error
from app.server.core.audit import Action
from app.server.web.problems import STATUSES
from app.server.web.routes import ROUTES
from app.server.web.routing import SUBJECTS, Access, Route
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.web.described import DOCUMENT, resolved

NAMED = [pytest.param(route, id=f"{route.method} {route.path}") for route in ROUTES]
GUARDED = [param for param in NAMED if isinstance(param.values[0].access, Permission)]


def asked(http: httpx.Client, route: Route, token: str = "") -> int:
    """The status that an empty request gets."""
    path = re.sub("{.*?}", "1.2.3", route.path.replace("{id}", "0" * 32))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with http.stream(route.method, path, headers=headers) as response:
        return response.status_code


@pytest.mark.parametrize("route", NAMED)
def test_a_route_says_who_may_call_it_and_has_one_answer(route):
    assert isinstance(route.access, Access | Permission)
    assert (route.handler is None) != (route.streamer is None)


def test_no_two_routes_are_the_same():
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_every_permission_guards_a_route():
    used = {route.access for route in ROUTES}
    assert set(Permission) <= used


def test_only_these_routes_are_open_to_anyone():
    assert [route.path for route in ROUTES if route.access is Access.PUBLIC] == [
        "/health",
        "/api/status",
        "/api/setup",
        "/api/sessions",
        "/api/sessions/refresh",
    ]


@pytest.mark.parametrize("route", [param for param in NAMED if "setup" not in param.id])
def test_without_a_token_nothing_but_the_public_is_answered(http, route):
    status = asked(http, route)
    if route.access is Access.PUBLIC:
        assert status in (200, 422)
    else:
        assert status == (403 if route.access is Access.SAME_MACHINE else 401)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", GUARDED)
def test_a_role_gets_what_its_permissions_say(http, tokens, route, role):
    status = asked(http, route, tokens[role])
    if route.access in POLICY[role]:
        assert status not in (401, 403, 500)
    else:
        assert status == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer a.b.c"])
def test_a_broken_authorization_is_no_session(http, header):
    answer = http.get("/api/accounts", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer, Basic ")


def test_every_error_code_has_a_status():
    codes, waiting = set(), [Error]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.startswith("app.domain"):
            codes.add(kind.code)
        waiting.extend(kind.__subclasses__())
    assert codes - set(STATUSES) == set()


OF_PATIENTS = {"patient_name", "patient_id", "birth_date", "clinical_information"}
AUDITED = {
    (route.method, re.sub(r"{(\w+):path}", r"{\1}", route.path)): route.audited for route in ROUTES
}


def tells_of_patients(description, seen=()):
    """Whether something that is described holds a field of a patient."""
    if isinstance(description, list):
        return any(tells_of_patients(each, seen) for each in description)
    if not isinstance(description, dict):
        return False
    reference = description.get("$ref", "")
    if reference in seen:
        return False
    if reference:
        return tells_of_patients(resolved(description), (*seen, reference))
    return any(
        name in OF_PATIENTS or tells_of_patients(each, seen) for name, each in description.items()
    )


TELLS_NO_PATIENT = {
    "/api/nodes",
    "/api/storage",
    "/api/storage/damaged",
    "/api/jobs",
    "/api/retrievals",
    "/api/routing",
    "/api/changes",
    "/api/changes/stream",
    "/api/accounts",
}


def test_a_route_that_tells_of_patients_is_audited():
    silent = {
        route.path
        for route in ROUTES
        if route.method == "GET" and isinstance(route.access, Permission) and route.audited is None
    }
    assert silent == TELLS_NO_PATIENT


WRITTEN_BY_THE_USE_CASE = {
    "POST /api/deletions": Action.DELETION_REQUESTED,
    "POST /api/deletions/{id}/confirm": Action.STUDY_DELETED,
    "POST /api/nodes/{ae_title}/studies/search": Action.ARCHIVE_SEARCHED,
    "POST /api/orders": Action.ORDER_CREATED,
    "PUT /api/orders/{id}": Action.ORDER_CHANGED,
    "PUT /api/orders/{id}/status": Action.ORDER_MOVED,
    "PUT /api/studies/{uid}/character-set": Action.STUDY_REREAD,
}


def test_what_answers_with_patients_is_audited_whatever_its_method():
    silent = {
        f"{method.upper()} {path}"
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if tells_of_patients(operation["responses"]) and AUDITED.get((method.upper(), path)) is None
    }
    assert silent == set(WRITTEN_BY_THE_USE_CASE)


@pytest.mark.parametrize(
    "route", [param for param in NAMED if param.values[0].audited], ids=lambda route: route.path
)
def test_a_query_never_says_what_is_audited(route):
    path = {name: f"path-{name}" for name in re.findall(r"{(\w+)", route.path)}
    query = {name: f"query-{name}" for name in (*SUBJECTS, *path, "studyUID", "series", "instance")}
    expected = next((path[name] for name in SUBJECTS if name in path), "")
    if route.path == "/wado":
        expected = "query-studyUID"
    assert route.subject_of(path, query) == expected


def test_the_audit_trail_holds_no_word_of_a_query(http, signed_in, tokens):
    http.post("/api/objects", content=an_object(602, 1, 1), headers=signed_in)
    asked = {"study": "Forged^Name", "uid": "Forged^Name", "id": "Forged^Name"}
    for path in (
        f"/api/studies/{study_uid(602)}",
        f"/api/objects/{sop_uid(602, 1, 1)}",
        f"/dicom-web/studies/{study_uid(602)}",
    ):
        assert http.get(path, params=asked, headers=signed_in).status_code == 200
    wado = {"requestType": "WADO", "studyUID": "Forged^Name", "seriesUID": "1", "objectUID": "1"}
    assert http.get("/wado", params=wado | asked, headers=signed_in).status_code == 404
    admin = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
    for each in ("/api/deletions", "/api/audit"):
        assert http.get(each, params=asked, headers=admin).status_code == 200
    entries = http.get("/api/audit", headers=admin).json()
    assert "Forged^Name" not in {each["subject"] for each in entries}
    told = [each["action"] for each in entries if each["subject"] == study_uid(602)]
    assert set(told) == {"study-read"}
    assert "deletions-read" in {each["action"] for each in entries}


def test_looking_at_images_and_reports_is_told_by_study(http, signed_in, tokens):
    stored = http.post("/api/objects", content=an_object(601, 1, 1), headers=signed_in)
    assert stored.status_code == 200
    paths = [
        f"/api/series/{series_uid(601, 1)}/manifest",
        f"/api/objects/{sop_uid(601, 1, 1)}",
        f"/api/studies/{study_uid(601)}",
        f"/api/studies/{study_uid(601)}/reports",
    ]
    for path in (*paths, *paths):
        assert http.get(path, headers=signed_in).status_code == 200
    admin = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
    for _ in range(2):
        entries = http.get("/api/audit", headers=admin).json()
    told = [each["action"] for each in entries if each["subject"] == study_uid(601)]
    assert sorted(told) == ["report-read", "study-read"]
    assert [each["action"] for each in entries].count("audit-read") == 1

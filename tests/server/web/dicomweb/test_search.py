"""QIDO-RS on a running server."""

import base64

import pytest
from pydicom.dataset import Dataset

from app.domain.access import Role
from tests.clinic import NAMES, PASSWORD
from tests.server.samples import an_object, series_uid, sop_uid, study_uid
from tests.server.web.dicomweb.conftest import Dicomweb, series_path, study_path

JSON = "application/dicom+json"
XML = 'multipart/related; type="application/dicom+xml"'


@pytest.fixture(scope="module")
def archive(web) -> Dicomweb:
    """Three studies of 2025 and 2026; the first has two series, the first of three instances."""
    requested = Dataset()
    requested.ScheduledProcedureStepID, requested.RequestedProcedureID = "S1", "R1"
    for number in range(1, 4):
        web.keep(an_object(61, 1, number, RequestAttributesSequence=[requested]))
    web.keep(an_object(61, 2, 1, Modality="MR", StationName="MR-1", SeriesNumber=None))
    later = {"PatientName": "Müller^Zoë", "PatientID": "P-62", "StudyDate": "20260101"}
    web.keep(an_object(62, **later))
    plain = {"PatientName": "Smith^John", "PatientID": "P-63", "StudyDate": "20250101"}
    web.keep(an_object(63, **plain))
    return web


def values(answer, tag):
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON), answer.text
    return [model.get(tag, {}).get("Value", [None])[0] for model in answer.json()]


def uids(answer):
    return values(answer, "0020000D")


def warnings(answer):
    return answer.headers.get_list("warning")


@pytest.mark.parametrize("accept", ["", JSON, "application/json", "*/*", f"{XML}, {JSON};q=0.1"])
def test_studies_are_answered_as_the_standard_says(archive, accept):
    answer = archive.get("/studies?PatientID=P-17&StudyInstanceUID=" + study_uid(61), accept)
    base = str(archive.http.base_url).rstrip("/")
    assert answer.headers["content-type"] == JSON
    assert answer.json() == [
        {
            "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
            "00080020": {"vr": "DA", "Value": ["20261124"]},
            "00080030": {"vr": "TM", "Value": ["083000"]},
            "00080056": {"vr": "CS", "Value": ["ONLINE"]},
            "00080061": {"vr": "CS", "Value": ["CT", "MR"]},
            "00081190": {"vr": "UR", "Value": [f"{base}/dicom-web{study_path(61)}"]},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Иванов^Пётр"}]},
            "00100020": {"vr": "LO", "Value": ["P-17"]},
            "0020000D": {"vr": "UI", "Value": [study_uid(61)]},
            "00201206": {"vr": "IS", "Value": [2]},
            "00201208": {"vr": "IS", "Value": [4]},
        }
    ]
    assert warnings(answer) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("PatientName=ИВАНОВ*", [61]),
        ("00100010=muller^zoe", [62]),
        ("PatientName=zoe mul&fuzzymatching=true", [62]),
        ("PatientName=zoe mul", []),
        ("StudyDate=20250101-20260101", [62, 63]),
        ("StudyDate=2025-01-01-2026-01-01", [62, 63]),
        ("StudyDate=2026-01-01&PatientID=P-62", [62]),
        ("ModalitiesInStudy=MR", [61]),
        ("ModalitiesInStudy=MR%2CXA", [61]),
        (f"StudyInstanceUID={study_uid(63)},{study_uid(62)}", [62, 63]),
        ("PatientID=P-6%3F&limit=1", [62]),
        ("PatientID=P-6%3F&limit=1&offset=1", [63]),
        ("PatientID=P-6%3F&offset=2", []),
    ],
)
def test_studies_are_found_newest_first(archive, asked, found):
    answer = archive.get(f"/studies?{asked}")
    if found:
        assert uids(answer) == [study_uid(number) for number in found]
    else:
        assert (answer.status_code, answer.content) == (204, b"")


def test_series_of_one_study_and_of_all(archive):
    answer = archive.get(f"{study_path(61)}/series?includefield=StationName")
    assert values(answer, "0020000E") == [series_uid(61, 1), series_uid(61, 2)]
    assert values(answer, "00081010") == [None, "MR-1"]
    assert values(answer, "00200011") == [1, None]
    assert values(answer, "00201209") == [3, 1]
    first, second = answer.json()
    assert first["00400275"] == {
        "vr": "SQ",
        "Value": [
            {
                "00400009": {"vr": "SH", "Value": ["S1"]},
                "00401001": {"vr": "SH", "Value": ["R1"]},
            }
        ],
    }
    assert "00400275" not in second
    assert "00100010" not in first
    everywhere = archive.get("/series?Modality=MR&StationName=MR-1&includefield=all")
    assert values(everywhere, "0020000E") == [series_uid(61, 2)]
    assert values(everywhere, "00100010") == [{"Alphabetic": "Иванов^Пётр"}]
    by_request = archive.get("/series?RequestAttributesSequence.RequestedProcedureID=R1")
    assert values(by_request, "0020000E") == [series_uid(61, 1)]


def test_a_page_that_is_asked_for_again_is_as_the_archive_is_now(archive):
    asked = f"/series?StudyInstanceUID={study_uid(64)}"
    patient = {"PatientName": "Smith^Ann", "PatientID": "P-164"}
    archive.keep(an_object(64, **patient))
    first = archive.get(asked)
    assert archive.get(asked).content == first.content
    assert values(first, "00201209") == [1]
    assert "00400275" not in first.json()[0]
    requested = Dataset()
    requested.ScheduledProcedureStepID, requested.RequestedProcedureID = "", "R64"
    archive.keep(an_object(64, 1, 2, RequestAttributesSequence=[requested], **patient))
    again = archive.get(asked)
    assert values(again, "00201209") == [2]
    wider = archive.get(f"{asked}&includefield=StationName,PerformedProcedureStepStartTime")
    assert wider.json()[0].items() >= again.json()[0].items()


def test_each_client_is_told_where_it_reaches_the_server(archive):
    asked = f"/studies?StudyInstanceUID={study_uid(62)}"
    for host in ("pacs.clinic:8042", "10.0.0.7:8042", "pacs.clinic:8042"):
        (url,) = values(archive.get(asked, Host=host), "00081190")
        assert url == f"http://{host}/dicom-web{study_path(62)}"


def test_instances_of_a_series_a_study_and_of_all(archive):
    answer = archive.get(f"{series_path(61)}/instances")
    assert values(answer, "00080018") == [sop_uid(61, 1, number) for number in (1, 2, 3)]
    assert values(answer, "00280010") == [16, 16, 16]
    assert values(answer, "00083002") == ["1.2.840.10008.1.2.1"] * 3
    assert values(answer, "00081190")[0].endswith(
        f"{series_path(61)}/instances/{sop_uid(61, 1, 1)}"
    )
    assert len(archive.get(f"{study_path(61)}/instances").json()) == 4
    everywhere = archive.get(f"/instances?SOPInstanceUID={sop_uid(62, 1, 1)}")
    assert values(everywhere, "00100020") == ["P-62"]


def test_who_asks_is_told_what_was_not_heeded_and_what_is_left(archive):
    answer = archive.get("/studies?PatientID=P-6%3F&limit=1&PixelSpacing=1&Modality=CT")
    assert warnings(answer) == [
        '299 klinika "Not matched: PixelSpacing, Modality"',
        '299 klinika "There are additional results that can be requested"',
    ]
    assert warnings(archive.get("/studies?PatientID=P-6%3F&limit=2")) == []
    answer = archive.get("/studies?PatientID=P-62&_=1732&%D0%98%0D%0A%22=1&fuzzymatching=True")
    assert uids(answer) == [study_uid(62)]
    assert warnings(answer) == ['299 klinika "Not matched: _, others"']


@pytest.mark.parametrize(
    ("path", "accept", "status", "code"),
    [
        ("/studies", XML, 406, "not-acceptable"),
        ("/studies?limit=-1", "", 400, "invalid"),
        ("/studies?StudyDate=yesterday", "", 400, "invalid"),
        ("/studies/x/series", "", 404, "not-found"),
    ],
)
def test_what_can_not_be_answered_is_a_problem(archive, path, accept, status, code):
    answer = archive.get(path, accept)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def basic(username, password):
    given = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {given}"}


def test_a_name_and_password_do_instead_of_a_token(http, archive):
    known = Dicomweb(http, basic(NAMES[Role.OPERATOR], PASSWORD))
    for _ in range(3):
        assert uids(known.get("/studies?PatientID=P-62")) == [study_uid(62)]
    for headers in (
        {},
        basic(NAMES[Role.OPERATOR], "wrong password"),
        {"Authorization": "Basic ?"},
        {"Authorization": "Digest x"},
    ):
        refused = Dicomweb(http, headers).get("/studies")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer, Basic realm=")


def test_the_audit_says_who_searched(http, tokens, archive):
    archive.get("/studies")
    archive.get(f"{study_path(61)}/series")
    headers = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
    told = http.get("/api/audit", headers=headers).json()
    searched = {each["subject"] for each in told if each["action"] == "studies-searched"}
    assert {"", study_uid(61)} <= searched

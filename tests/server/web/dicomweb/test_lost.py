"""What WADO-RS answers of objects whose files are gone or damaged: it says so before it begins."""

import time

import pytest

from app.domain.access import Role
from tests.conftest import PATIENCE_S
from tests.server.samples import an_object, sop_uid
from tests.server.web.dicomweb.conftest import dataset, instance_path, parts_of, series_path

OBJECTS = 'multipart/related; type="application/dicom"; transfer-syntax={}'
LEFT_OUT = '299 klinika "1 of 3 objects are left out"'


@pytest.fixture
def file_of(web_clinic):
    """The file of an object."""

    def found(*numbers):
        (file,) = (web_clinic.data_dir / "objects").rglob(f"{sop_uid(*numbers)}-*")
        return file

    return found


@pytest.fixture
def until_found(http, tokens):
    """Waits until it is known that objects are damaged, which is logged before."""

    def wait(*uids):
        deadline = time.monotonic() + PATIENCE_S
        admin = {"Authorization": f"Bearer {tokens[Role.ADMIN]}"}
        found = set()
        while not found >= set(uids):
            assert time.monotonic() < deadline
            time.sleep(0.05)
            listed = http.get("/api/storage/damaged", headers=admin).json()
            found = {each["sop_instance_uid"] for each in listed}

    return wait


@pytest.fixture
def a_series(web):
    """Keeps three large images of a study."""

    def kept(study):
        for number in (1, 2, 3):
            web.keep(an_object(study, 1, number, side=1500, value=number))
        return series_path(study)

    return kept


@pytest.mark.logs("object-damaged")
def test_a_lost_object_is_left_out_of_several_and_not_found_alone(
    web, a_series, file_of, until_found
):
    path, lost = a_series(1), instance_path(1, 1, 2)
    forms = [OBJECTS.format(syntax) for syntax in ("*", "1.2.840.10008.1.2")]
    for form in forms:
        whole = web.get(path, form)
        assert (len(parts_of(whole)), "warning" in whole.headers) == (3, False)
    assert web.get(f"{path}/metadata").status_code == 200
    file_of(1, 1, 2).unlink()

    for form in forms:
        answer = web.get(path, form)
        assert answer.headers["warning"] == LEFT_OUT
        parts = parts_of(answer, status=206)
        assert [int(dataset(part.content).InstanceNumber) for part in parts] == [1, 3]
        assert web.get(lost, form).json()["code"] == "not-found"
    answer = web.get(f"{path}/metadata")
    assert (answer.status_code, answer.headers["warning"]) == (206, LEFT_OUT)
    assert [model["00200013"]["Value"] for model in answer.json()] == [[1], [3]]
    assert web.get(f"{lost}/metadata").json()["code"] == "not-found"
    until_found(sop_uid(1, 1, 2))


@pytest.mark.logs("object-suspected", "object-damaged")
def test_a_damaged_object_is_said_to_be(web, a_series, file_of, until_found):
    path = a_series(2)
    short, other = file_of(2, 1, 2), file_of(2, 1, 3)
    short.write_bytes(short.read_bytes()[:-1])
    other.write_bytes(bytes(other.stat().st_size))
    for number in (2, 3):
        answer = web.get(f"{instance_path(2, 1, number)}/metadata")
        assert (answer.status_code, answer.json()["code"]) == (410, "damaged")
    until_found(sop_uid(2, 1, 2), sop_uid(2, 1, 3))
    for each, accept in ((f"{path}/metadata", ""), (path, OBJECTS.format("*"))):
        answer = web.get(each, accept)
        assert answer.headers["warning"] == '299 klinika "2 of 3 objects are left out"'


@pytest.mark.logs("object-suspected", "object-damaged")
def test_a_desktop_gets_no_object_that_was_cut_short(http, signed_in, web, file_of, until_found):
    web.keep(an_object(3))
    path = f"/api/objects/{sop_uid(3, 1, 1)}"
    assert http.get(path, headers=signed_in).status_code == 200
    file = file_of(3, 1, 1)
    file.write_bytes(file.read_bytes()[:-1])
    answer = http.get(path, headers=signed_in)
    assert (answer.status_code, answer.json()["code"]) == (410, "damaged")
    until_found(sop_uid(3, 1, 1))

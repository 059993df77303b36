"""A name is found alike by every way to ask one server: C-FIND, QIDO-RS and the worklist."""

from types import SimpleNamespace

import httpx
import pytest

from app.domain.access import Role
from app.domain.nodes import RemoteNode
from app.domain.study import WorklistQuery
from tests.clinic import NAMES, PASSWORD, a_clinic
from tests.conftest import PATIENCE_S
from tests.server.dimse.asking import found_by_findscu
from tests.server.foreign_archive import needs_dcmtk
from tests.server.samples import an_object, study_uid

PEOPLE = ("Иванов^Иван", "Валевский^Пётр", "Ковалёв Семён Ильич", "Smith^John")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A server with a study of each, which FINDSCU may ask."""
    folder = tmp_path_factory.mktemp("names")
    with a_clinic(folder / "archive") as clinic:
        clinic.signed_in(Role.ADMIN).save_node(RemoteNode("FINDSCU"))
        doctor = clinic.signed_in(Role.DOCTOR)
        for number, name in enumerate(PEOPLE, 1):
            file = folder / f"{number}.dcm"
            file.write_bytes(an_object(number, PatientName=name))
            doctor.store_object(file)
        yield clinic


def by_c_find(clinic, name, folder):
    keys = ("QueryRetrieveLevel=STUDY", "SpecificCharacterSet=ISO_IR 192", "StudyInstanceUID")
    node = SimpleNamespace(port=clinic.embedded.dicom_port)
    answers = found_by_findscu(node, folder, *keys, f"PatientName={name}")
    return {answer.StudyInstanceUID for answer in answers}


def by_qido(clinic, name, _folder):
    answer = httpx.get(
        f"{clinic.embedded.url}/dicom-web/studies",
        params={"PatientName": name},
        auth=(NAMES[Role.DOCTOR], PASSWORD),
        timeout=PATIENCE_S,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    return {each["0020000D"]["Value"][0] for each in answer.json()}


def by_the_worklist(clinic, name, _folder):
    page = clinic.signed_in(Role.DOCTOR).worklist(WorklistQuery(name))
    return {row.study_uid for row in page.rows}


@needs_dcmtk
@pytest.mark.parametrize(
    ("name", "numbers"),
    [("Иванов*", [1]), ("*ВАЛЕВ*", [2, 3]), ("ИВАНОВ^ИВАН", [1]), ("ковалев", [3])],
)
def test_a_name_is_found_by_every_way_to_ask(clinic, name, numbers, tmp_path):
    expected = {study_uid(number) for number in numbers}
    for ask in (by_c_find, by_qido, by_the_worklist):
        assert ask(clinic, name, tmp_path) == expected, ask.__name__

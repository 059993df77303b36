"""Names of every character set are found by QIDO-RS and told by WADO-RS; wrong ones are mended."""

from urllib.parse import quote

import pytest

from app.domain.access import Role
from tests.server.charsets import DESCRIPTION, NAME, objects_of_every_character_set, written_in
from tests.server.samples import study_uid
from tests.server.web.dicomweb.conftest import study_path

PATIENT_NAME, DESCRIPTION_TAG = "00100010", "0008103E"
GROUPS = ("Alphabetic", "Ideographic", "Phonetic")


def names(answer) -> list[str]:
    said = [model[PATIENT_NAME].get("Value", [{}])[0] for model in answer.json()]
    return ["=".join(each.get(group, "") for group in GROUPS).rstrip("=") for each in said]


def test_every_name_is_found_and_told(web, shared_dicom):
    told = {}
    for uid, name, data in objects_of_every_character_set(shared_dicom):
        web.keep(data)
        told[uid] = name.rstrip("=")
    assert len(told) >= 30
    for uid, name in told.items():
        asked = quote(name.replace("\ufffd", "?"))
        answer = web.get(f"/studies?StudyInstanceUID={uid}&PatientName={asked}")
        assert names(answer) == [name]
        assert names(web.get(f"/studies/{uid}/metadata")) == [name]


def test_a_name_with_wrong_letters_is_mended(web):
    web.keep(written_in("koi8_r", 71))
    uid, path = study_uid(71), study_path(71)
    before = web.get(f"{path}/metadata")
    assert names(before) != [NAME]
    offered = web.http.get(f"/api/studies/{uid}/readings", headers=web.headers).json()
    assert (offered[0]["patient_name"], offered[0]["character_set"]) == (NAME, "KOI8-R")
    chosen = {"character_set": "KOI8-R"}
    address = f"/api/studies/{uid}/character-set"
    told = web.http.put(address, json=chosen, headers=web.headers).json()
    assert (told["patient_name"], told["description"]) == (NAME, DESCRIPTION)
    assert names(web.get(f"/studies?PatientName={quote(NAME)}&StudyInstanceUID={uid}")) == [NAME]
    after = web.get(f"{path}/metadata", if_none_match=before.headers["etag"])
    assert names(after) == [NAME]
    assert after.json()[0][DESCRIPTION_TAG]["Value"] == [DESCRIPTION]


@pytest.mark.parametrize("path", ["readings", "character-set"])
def test_who_is_not_signed_in_mends_nothing(http, tokens, path):
    assert set(tokens) == set(Role)
    method = "GET" if path == "readings" else "PUT"
    assert http.request(method, f"/api/studies/1.2/{path}").status_code == 401

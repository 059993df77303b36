"""Settings: one typed place, clear answers to mistakes."""

from pathlib import Path

import pytest

from app.domain.errors import ConfigurationError
from app.settings import Settings, meanings


def test_an_unknown_key_is_answered_with_the_nearest_known_one(tmp_path: Path):
    file = tmp_path / "klinika.toml"
    file.write_text("dicom_prot = 104")
    with pytest.raises(ConfigurationError, match="did you mean 'dicom_port'"):
        Settings.load(file)


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "klinika.toml"
    file.write_text('dicom_port = 104\nae_title = "CLINIC"')
    monkeypatch.setenv("KLINIKA_DICOM_PORT", "11119")
    settings = Settings.load(file)
    assert (settings.dicom_port, settings.ae_title) == (11119, "CLINIC")


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KLINIKA_HTTP_PROT", "80")
    with pytest.raises(ConfigurationError, match="http_port"):
        Settings.load()


def test_an_impossible_value_names_its_setting():
    with pytest.raises(ConfigurationError, match="dicom_port"):
        Settings.load(dicom_port=70000)


def test_a_missing_file_is_a_clear_error(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"absent\.toml"):
        Settings.load(tmp_path / "absent.toml")


def test_every_setting_is_documented():
    assert set(Settings.model_fields) == set(meanings())


def test_a_table_of_titles_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KLINIKA_LOCAL_AE_TITLES", '{"RESEARCH": {"may_store": false}}')
    entities = Settings.load().local_entities(accepts_unknown=True)
    assert set(entities) == {"KLINIKA", "RESEARCH"}
    assert not entities["RESEARCH"].may_store


@pytest.mark.parametrize("said", [None, True, False])
@pytest.mark.parametrize("meant", [True, False])
def test_a_title_accepts_unknown_callers_by_its_row_or_the_setting_or_what_is_meant(
    said: bool | None, meant: bool
):
    settings = Settings(
        accept_unknown_nodes=said,
        local_ae_titles={"OPEN": {"accepts_unknown": True}, "CLOSED": {"accepts_unknown": False}},
    )
    entities = settings.local_entities(accepts_unknown=meant)
    assert {title: entity.accepts_unknown for title, entity in entities.items()} == {
        "KLINIKA": meant if said is None else said,
        "OPEN": True,
        "CLOSED": False,
    }


@pytest.mark.parametrize(
    "broken",
    [
        {"ae_title": "A" * 17},
        {"ae_title": "CT\\1"},
        {"local_ae_titles": {"КЛИНИКА": {}}},
        {"local_ae_titles": {"CT": {"may_stor": False}}},
        {"user_identity": "sometimes"},
        {"private_storage_classes": ["1.3.12", "1.2.03"]},
        {"private_storage_classes": ["siemens"]},
    ],
)
def test_a_broken_title_or_rule_names_its_setting(broken: dict):
    with pytest.raises(ConfigurationError, match=next(iter(broken))):
        Settings.load(**broken)


def test_tag_rules_are_read_from_their_tables(tmp_path: Path):
    file = tmp_path / "klinika.toml"
    file.write_text(
        """
        [[tag_rules]]
        sources = ["CT*"]
        set.IssuerOfPatientID = "BRANCH"
        prefix.AccessionNumber = "B-"
        map.Modality = { DX = "CR" }
        remove = ["OtherPatientIDsSequence"]
        [[tag_rules]]
        kinds = ["import"]
        add.InstitutionName = "Клиника"
        reason = "CORRECT"
        """,
        encoding="utf-8",
    )
    first, second = Settings.load(file).tag_rules
    assert first.set == {"IssuerOfPatientID": "BRANCH"}
    assert first.map == {"Modality": {"DX": "CR"}}
    assert (second.add, second.reason) == ({"InstitutionName": "Клиника"}, "CORRECT")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"set": {"PatientNmae": "X"}}, "did you mean 'PatientName'"),
        ({"set": {"0": "X"}}, "unknown attribute '0'$"),
        ({"remove": ["SOPInstanceUID"]}, "SOPInstanceUID is a UID"),
        ({"set": {"SpecificCharacterSet": "GBK"}}, "how all texts are written"),
        ({"remove": ["RescaleSlope"]}, "RescaleSlope describes pixels"),
        ({"remove": ["PixelData"]}, "PixelData holds data"),
        ({"remove": ["OriginalAttributesSequence"]}, "OriginalAttributesSequence says what"),
        ({"add": {"ReferencedStudySequence": ""}}, "VR SQ"),
        ({"set": {"StudyDate": "29.11.2026"}}, "StudyDate: Invalid value"),
        ({"map": {"Modality": {"DX": "цр"}}}, "a character that VR CS does not have"),
        ({"set": {"PatientComments": "a\tb"}}, "PatientComments: a character"),
        ({"set": {"PatientID": "1"}, "remove": ["PatientID"]}, "PatientID is named twice"),
        ({"sources": ["CT1"]}, "it changes nothing"),
        ({"kinds": ["report"], "remove": ["PatientID"]}, "reports never change"),
        ({"sources": "CT1", "remove": ["PatientID"]}, "tag_rules.0.sources"),
        ({"source": ["CT1"], "remove": ["PatientID"]}, "tag_rules.0.source"),
    ],
)
def test_a_broken_tag_rule_is_told_with_its_place(rule: dict, said: str):
    with pytest.raises(ConfigurationError, match=said) as refusal:
        Settings.load(tag_rules=[rule])
    assert "tag_rules.0" in str(refusal.value)

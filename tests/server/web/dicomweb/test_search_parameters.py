"""What the parameters of QIDO-RS ask for."""

import pytest

from app.domain.errors import InvalidError
from app.domain.query import ATTRIBUTES, Level
from app.server.web.dicomweb.search_parameters import MOST, RETURNED, parsed

NAME, STUDY_UID, SERIES_UID, MODALITIES = 0x00100010, 0x0020000D, 0x0020000E, 0x00080061
STEP_ID, STATION = 0x00400009, 0x00081010


def keys(level, *parameters, **path):
    return parsed(level, path, parameters).query.keys


def test_an_attribute_is_named_by_keyword_digits_or_the_way_to_it():
    for name in ("PatientName", "00100010"):
        assert keys(Level.STUDY, (name, "Иванов*"))[NAME] == "Иванов*"
    for name in ("RequestAttributesSequence.ScheduledProcedureStepID", "00400275.00400009"):
        assert keys(Level.SERIES, (name, "S1"))[STEP_ID] == "S1"


def test_lists_are_of_uids_and_codes_by_commas_and_of_values_by_backslashes_or_repetition():
    assert keys(Level.STUDY, ("StudyInstanceUID", "1.2,1.3"))[STUDY_UID] == "1.2\\1.3"
    assert keys(Level.STUDY, ("PatientName", "a,b"))[NAME] == "a,b"
    asked = (("ModalitiesInStudy", "CT,US"), ("ModalitiesInStudy", "MR\\PT"))
    assert keys(Level.STUDY, *asked)[MODALITIES] == "CT\\US\\MR\\PT"


def test_what_the_path_names_is_a_key_and_is_not_returned_again():
    of_series = keys(Level.SERIES, study="1.2")
    assert of_series == {STUDY_UID: "1.2"} | dict.fromkeys(RETURNED[Level.SERIES], "")
    of_instances = keys(Level.IMAGE, study="1.2", series="1.3")
    assert of_instances[SERIES_UID] == "1.3"
    assert not set(of_instances) & set(RETURNED[Level.SERIES])
    everywhere = keys(Level.IMAGE)
    assert all(set(RETURNED[level]) <= set(everywhere) for level in Level)


def test_fields_are_included_by_name_number_and_all():
    asked = (("includefield", "StationName,00181030"), ("includefield", "Manufacturer,,00091010"))
    found = keys(Level.SERIES, *asked)
    assert {STATION, 0x00181030, 0x00080070} <= set(found)
    requests = {STEP_ID, 0x00401001}
    assert requests <= set(keys(Level.IMAGE, ("includefield", "RequestAttributesSequence")))
    everything = keys(Level.STUDY, ("includefield", "all"))
    known = {each.tag for each in ATTRIBUTES if each.level in (Level.PATIENT, Level.STUDY)}
    assert set(everything) == known


def test_pages_and_fuzzy_names_are_asked_for():
    found = parsed(Level.STUDY, {}, [("limit", "5"), ("offset", "7"), ("fuzzymatching", "true")])
    assert (found.query.limit, found.query.offset, found.query.is_fuzzy) == (5, 7, True)
    assert parsed(Level.STUDY, {}, [("fuzzymatching", "false")]).query.limit == MOST
    assert parsed(Level.STUDY, {}, [("limit", "999999")]).limit == MOST


def test_attributes_that_can_not_be_matched_are_told():
    asked = [
        ("Modality", "CT"),
        ("PixelSpacing", "1"),
        ("00091010", "x"),
        ("NumberOfStudyRelatedSeries", "1"),
        ("ProcedureCodeSequence.CodeValue", "1"),
        ("ProcedureCodeSequence.PatientID", "1"),
        ("accept", "application/json"),
        ("emptyvaluematching", "true"),
    ]
    found = parsed(Level.STUDY, {}, asked)
    assert list(found.unheeded) == [name for name, _ in asked[:6]]
    assert not any(found.query.keys.values())


@pytest.mark.parametrize(
    "name", ["_", "orderby", "PatientsName", "PatientName.", "0010001", "00400275.Nothing"]
)
def test_what_is_no_parameter_is_passed_over_and_told(name):
    found = parsed(Level.STUDY, {}, [(name, "17"), (name, "18"), ("PatientID", "P")])
    assert found.unheeded == (name,)
    assert [value for value in found.query.keys.values() if value] == ["P"]


def test_a_field_that_is_none_is_passed_over_and_told():
    found = parsed(Level.STUDY, {}, [("includefield", "Nothing,StationName")])
    assert found.unheeded == ("Nothing",)
    assert STATION in found.query.keys


def test_what_is_told_fits_into_a_header():
    names = ["a\r\nSet-Cookie: b", "Иванов", "", "x" * 65, *(f"n{n}" for n in range(100))]
    found = parsed(Level.STUDY, {}, [(name, "") for name in names])
    assert found.unheeded == ("others", *(f"n{n}" for n in range(9)))


@pytest.mark.parametrize(("value", "is_fuzzy"), [("True", True), ("FALSE", False), ("true", True)])
def test_truth_is_written_in_any_case(value, is_fuzzy):
    assert parsed(Level.STUDY, {}, [("fuzzymatching", value)]).query.is_fuzzy is is_fuzzy


def test_an_empty_number_is_none():
    found = parsed(Level.STUDY, {}, [("limit", ""), ("offset", "")])
    assert (found.limit, found.query.offset) == (MOST, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "-1"),
        ("limit", "²"),
        ("offset", "x"),
        ("fuzzymatching", "yes"),
        ("fuzzymatching", ""),
    ],
)
def test_a_parameter_that_is_broken_is_refused(name, value):
    with pytest.raises(InvalidError):
        parsed(Level.STUDY, {}, [(name, value)])

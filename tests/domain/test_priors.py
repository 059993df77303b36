"""Which studies of an archive are a patient's, and which of them are fetched."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.priors import Patient, choose
from app.domain.study import StudySummary

PATIENT = Patient("P-17", "Иванов^Пётр=Ivanov^Petr", date(1961, 3, 5))
STUDY = StudySummary("1.2.1", "Ivanov^Petr", "P-17", date(1961, 3, 5))


@pytest.mark.parametrize("patient_id", ["", "*", "P-1?", "P-1\\P-2"])
def test_an_id_that_may_be_many_is_nobodys_own(patient_id):
    assert PATIENT.has_own_id
    assert not replace(PATIENT, patient_id=patient_id).has_own_id


@pytest.mark.parametrize(
    ("changes", "is_theirs"),
    [
        ({}, True),
        ({"patient_id": " P-17 "}, True),
        ({"patient_id": "p-17"}, False),
        ({"patient_name": "Other^Name"}, True),
        ({"birth_date": date(1961, 5, 3)}, False),
        ({"birth_date": None}, True),
        ({"birth_date": None, "patient_name": "ИВАНОВ ПЕТР"}, True),
        ({"birth_date": None, "patient_name": "Петров^Иван"}, False),
        ({"birth_date": None, "patient_name": ""}, False),
    ],
)
def test_the_birth_date_or_the_name_says_it_beside_the_id(changes, is_theirs):
    assert PATIENT.has(replace(STUDY, **changes)) is is_theirs


def test_the_newest_are_chosen_within_their_age():
    studies = [
        replace(STUDY, study_uid=f"1.2.{year}", study_date=date(year, 6, 1))
        for year in (2019, 2025, 2012, 2023)
    ]
    undated = replace(STUDY, study_uid="1.2.0")
    stranger = replace(STUDY, study_uid="1.2.9", patient_id="P-18", study_date=date(2026, 1, 1))
    every = [undated, stranger, *studies]

    def chosen(**limits):
        return [each.study_uid for each in choose(PATIENT, every, **limits)]

    assert chosen(most=2, since=None) == ["1.2.2025", "1.2.2023"]
    assert chosen(most=9, since=None)[-1] == "1.2.0"
    assert chosen(most=9, since=date(2019, 6, 1)) == ["1.2.2025", "1.2.2023", "1.2.2019"]

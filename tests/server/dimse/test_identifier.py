"""Data sets of requests and answers, read and written in the peer's character set."""

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.domain.errors import InvalidError
from app.server.dimse.identifier import decode, encode


def a_step(name: str) -> Dataset:
    ds, item = Dataset(), Dataset()
    ds.PatientName = name
    item.ScheduledPerformingPhysicianName = name
    item.ScheduledProcedureStepStartDate = "20261128"
    ds.ScheduledProcedureStepSequence = [item]
    return ds


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize(
    ("asked", "name", "answered"),
    [
        ("ISO_IR 144", "Иванов^Пётр", "ISO_IR 144"),
        ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎", ["", "ISO 2022 IR 87"]),
        ("ISO_IR 100", "Иванов^Пётр", "ISO_IR 192"),
        ("", "Иванов^Пётр", "ISO_IR 192"),
    ],
)
def test_a_data_set_is_in_the_wanted_set_or_says_that_it_is_in_unicode(
    syntax, asked, name, answered
):
    read = decode(encode(a_step(name), syntax, asked), syntax)
    assert read.SpecificCharacterSet == answered
    assert read.PatientName == name
    assert read.ScheduledProcedureStepSequence[0].ScheduledPerformingPhysicianName == name


def test_a_broken_data_set_is_told():
    with pytest.raises(InvalidError):
        decode(b"\x08\x00\x05\x00CS\x40\x00ISO", ExplicitVRLittleEndian)

"""Attributes changed on receive: what they were can be had back, and pixels never move."""

import io
from datetime import UTC, datetime

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from app.dicom.coercion import coerced
from app.dicom.encoders import JPEG_LS
from app.dicom.header import ParsedObject, read_object
from app.dicom.reading import Reading
from app.dicom.transcode import transcode
from app.domain.ingest import Source, SourceKind
from app.settings import TagRule
from tests.dicom.objects import a_ct, encoded

SCANNER = Source(SourceKind.C_STORE, "CT1", called="KLINIKA")
NOW = datetime(2026, 11, 29, 1, 2, 3, 456789, UTC)
NATIVE = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def changed(data: bytes, *rules: TagRule, source: Source = SCANNER) -> ParsedObject | None:
    found = read_object(data, reading=Reading.of(source.character_set))
    return coerced(found, data, rules, source, system="KLINIKA", now=NOW)


def made(data: bytes, *rules: TagRule, source: Source = SCANNER) -> bytes:
    """The bytes of the object as `rules` make it, which say what was read of it."""
    found = changed(data, *rules, source=source)
    assert found is not None
    stored = found.head + data[found.data_start :]
    again = read_object(stored, reading=Reading.of(source.character_set))
    assert again.study == found.study
    assert again.image == found.image
    assert (again.pixel_offset, again.pixel_length) == (found.pixel_offset, found.pixel_length)
    return stored


def read(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def restored(ds: Dataset) -> Dataset:
    """The object with the values that its OriginalAttributesSequence keeps."""
    for item in reversed(ds.OriginalAttributesSequence):
        for each in item.ModifiedAttributesSequence[0]:
            ds[each.tag] = each
    del ds.OriginalAttributesSequence
    return ds


def said(ds: Dataset) -> dict[int, object]:
    """Its values by tag, without those that are empty."""
    return {int(each.tag): each.value for each in ds if not each.is_empty}


RULE = TagRule(
    set={"InstitutionName": "Северная клиника", "IssuerOfPatientID": "NORTH"},
    add={"StationName": "ROOM 1", "StudyDate": "20200101"},
    prefix={"PatientID": "N-", "AccessionNumber": "N-"},
    map={"Modality": {"CT": "OT"}, "PatientSex": {"1": "M"}},
    remove=["PatientAddress", "ReferencedStudySequence"],
)


@pytest.mark.parametrize("syntax", NATIVE)
def test_every_action_is_done_in_every_uncompressed_syntax(syntax):
    ct = a_ct(frames=2)
    ct.PatientAddress = "Somewhere 1"
    ct.PatientSex = "1"
    ct.AccessionNumber = ""
    ct.ReferencedStudySequence = [Dataset()]
    ct.ReferencedStudySequence[0].ReferencedSOPInstanceUID = "1.2.3"
    sent = encoded(ct, syntax)
    stored = made(sent, RULE)
    ds = read(stored)
    assert ds.file_meta.TransferSyntaxUID == syntax
    assert (ds.InstitutionName, ds.IssuerOfPatientID) == ("Северная клиника", "NORTH")
    assert (ds.StationName, ds.PatientID, ds.Modality, ds.PatientSex) == (
        "ROOM 1",
        "N-7",
        "OT",
        "M",
    )
    assert not ds.AccessionNumber
    assert "PatientAddress" not in ds
    assert "ReferencedStudySequence" not in ds
    (item,) = ds.OriginalAttributesSequence
    assert item.AttributeModificationDateTime == "20261129010203.456789+0000"
    assert (item.ModifyingSystem, item.SourceOfPreviousValues) == ("KLINIKA", "CT1")
    assert item.ReasonForTheAttributeModification == "COERCE"
    before = item.ModifiedAttributesSequence[0]
    assert (before.PatientID, before.PatientAddress) == ("7", "Somewhere 1")
    assert before.ReferencedStudySequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert before["StationName"].is_empty
    assert said(restored(ds)) == said(read(sent))


@pytest.mark.parametrize("syntax", NATIVE[:2])
def test_the_pixels_stay_where_they_lie(syntax):
    sent = encoded(a_ct(rows=64, columns=64), syntax)
    found, before = changed(sent, RULE), read_object(sent)
    assert found is not None
    assert sent[found.data_start :][-before.pixel_length :] == read(sent).PixelData
    assert len(sent) - found.data_start < before.pixel_length + 16
    stored = made(sent, RULE)
    at = found.pixel_offset
    assert stored[at : at + found.pixel_length] == read(sent).PixelData


def test_compressed_pixels_are_kept_as_they_are():
    sent = transcode(encoded(a_ct(frames=3)), JPEG_LS)
    ds = read(made(sent, RULE))
    assert ds.PatientID == "N-7"
    assert ds.PixelData == read(sent).PixelData
    assert said(restored(ds)) == said(read(sent))


def test_compressed_pixels_before_other_elements_are_kept_too():
    """Out of order, all is written anew."""
    sent = transcode(encoded(a_ct(frames=2)), JPEG_LS)
    sent += b"\x10\x00\x00\x40LT\x02\x00ab"
    ds = read(made(sent, TagRule(prefix={"PatientID": "N-"})))
    assert (ds.PatientID, ds.PatientComments) == ("N-7", "ab")
    assert ds.PixelData == read(sent).PixelData


def test_an_object_without_pixels_is_changed_too():
    ct = a_ct()
    del ct.PixelData
    assert read(made(encoded(ct), RULE)).PatientID == "N-7"


def test_rules_that_are_for_others_or_change_nothing_leave_an_object_alone():
    sent = encoded(a_ct())
    action = {"set": {"InstitutionName": "North"}}
    for condition in (
        {"kinds": ["stow"]},
        {"sources": ["CT2", "MR*"]},
        {"called": ["OTHER"]},
        {"modalities": ["MR"]},
        {"stations": ["ROOM?"]},
        {"sop_classes": ["1.2.840.10008.5.1.4.1.1.4"]},
    ):
        assert changed(sent, TagRule(**condition, **action)) is None
    met = {"kinds": ["c-store"], "sources": ["ct?"], "called": ["KLINIKA"], "modalities": ["CT"]}
    assert changed(sent, TagRule(**met, **action)) is not None
    assert changed(sent, TagRule(set={"PatientID": "7"}, remove=["PatientAddress"])) is None
    assert changed(sent, TagRule(prefix={"PatientID": "7"}, add={"Modality": "MR"})) is None
    assert changed(sent, TagRule(map={"StationName": {"": "X"}})) is None
    assert changed(sent, TagRule(**action), source=Source(SourceKind.REPORT, "dora")) is None


def test_rules_follow_each_other_and_each_reason_has_its_item():
    first = TagRule(prefix={"PatientID": "N-"}, map={"Modality": {"CT": "OT"}})
    second = TagRule(map={"PatientID": {"N-7": "8"}}, set={"StationName": "S"}, reason="CORRECT")
    sent = encoded(a_ct())
    ds = read(made(sent, first, second))
    assert ds.PatientID == "8"
    reasons = [each.ReasonForTheAttributeModification for each in ds.OriginalAttributesSequence]
    assert reasons == ["COERCE", "CORRECT"]
    assert said(restored(ds)) == said(read(sent))


def test_what_was_changed_before_stays_on_record():
    first = made(encoded(a_ct()), TagRule(prefix={"PatientID": "A-"}))
    second = made(
        first, TagRule(prefix={"PatientID": "B-"}), source=Source(SourceKind.STOW, "anna")
    )
    ds = read(second)
    items = ds.OriginalAttributesSequence
    assert [each.ModifiedAttributesSequence[0].PatientID for each in items] == ["7", "A-7"]
    assert items[1].SourceOfPreviousValues == ""  # the name of an account is nobody's business
    assert restored(ds).PatientID == "7"


def test_texts_are_written_in_the_character_set_of_the_object():
    rule = TagRule(set={"InstitutionName": "Клиника"}, prefix={"PatientName": "Ж"})
    ct = a_ct()
    ct.SpecificCharacterSet, ct.PatientName = "ISO_IR 144", "Иванов^Иван"
    ds = read(made(encoded(ct), rule))
    assert (ds.SpecificCharacterSet, ds.InstitutionName) == ("ISO_IR 144", "Клиника")
    assert ds.PatientName == "ЖИванов^Иван"


def test_a_set_without_cyrillic_letters_is_extended_and_other_texts_read_as_before():
    ct = a_ct()
    ct.SpecificCharacterSet, ct.PatientName = "ISO_IR 100", "Müller^Zoë"
    sent = encoded(ct)
    stored = made(sent, TagRule(set={"InstitutionName": "Клиника"}))
    ds = read(stored)
    assert ds.InstitutionName == "Клиника"
    assert ds.PatientName == "Müller^Zoë"
    assert list(ds.SpecificCharacterSet) == ["ISO 2022 IR 100", "ISO 2022 IR 144"]
    assert read_object(stored).study.institution == "Клиника"
    assert said(restored(ds)) == said(read(sent))


@pytest.mark.logs("tag-rule-left-out")
@pytest.mark.parametrize("label", ["ISO_IR 100", None, "NOBODY KNOWS"])
def test_a_value_that_can_not_be_written_is_left_out_and_told(label):
    ct = a_ct()
    ct.PatientName = "Smith^John"
    if label is None:
        del ct.SpecificCharacterSet
    sent = encoded(ct)
    if label == "NOBODY KNOWS":
        sent = sent.replace(b"CS\x0a\x00ISO_IR 192", b"CS\x0a\x00ISO_IR 999")
    rule = TagRule(set={"InstitutionName": "診療所" if label == "ISO_IR 100" else "Клиника"})
    if label == "ISO_IR 100":
        ct.SpecificCharacterSet = label
        sent = encoded(ct)
    assert changed(sent, rule) is None


def test_unlabelled_texts_are_written_as_the_node_writes_them():
    ct = a_ct()
    del ct.SpecificCharacterSet
    ct.PatientName = "Smith^John"
    old_station = Source(SourceKind.C_STORE, "OLD", character_set="WINDOWS-1251")
    stored = made(encoded(ct), TagRule(set={"InstitutionName": "Клиника"}), source=old_station)
    assert read(stored).get("SpecificCharacterSet") is None
    found = read_object(stored, reading=Reading.of("WINDOWS-1251"))
    assert found.study.institution == "Клиника"


VALUES = st.text("abc XYZ09-", min_size=1, max_size=12).map(str.strip).filter(bool)
KEYWORDS = ("PatientID", "AccessionNumber", "InstitutionName", "StationName", "PatientComments")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    syntax=st.sampled_from(NATIVE),
    held=st.dictionaries(st.sampled_from(KEYWORDS), VALUES | st.just("")),
    actions=st.dictionaries(
        st.sampled_from(KEYWORDS),
        st.tuples(st.sampled_from(["set", "add", "prefix", "map", "remove"]), VALUES),
        min_size=1,
    ),
)
def test_what_is_on_record_restores_the_object(syntax, held, actions):
    ct = a_ct()
    for keyword, value in held.items():
        setattr(ct, keyword, value)
    told: dict[str, object] = {"remove": [k for k, (do, _) in actions.items() if do == "remove"]}
    for keyword, (do, value) in actions.items():
        if do == "map":
            told.setdefault(do, {})[keyword] = {held.get(keyword, ""): value}
        elif do != "remove":
            told.setdefault(do, {})[keyword] = value
    sent = encoded(ct, syntax)
    if changed(sent, TagRule(**told)) is None:
        return
    ds = read(made(sent, TagRule(**told)))
    assert said(restored(ds)) == said(read(sent))

"""The DICOM JSON model says what the data set says, as pydicom's reading of PS3.18 F does."""

import base64
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from app.dicom import part10
from app.dicom.dicom_json import attribute, from_json, to_json
from app.dicom.elements import EXPLICIT_LE, Budget, scan
from app.dicom.encapsulation import encapsulated
from app.domain.errors import InvalidError
from tests.dicom.objects import a_ct, encoded

ENCODINGS = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
UTF8 = {"vr": "CS", "Value": ["ISO_IR 192"]}


def model_of(ds: Dataset, syntax=ExplicitVRLittleEndian, bulk_uri=None):
    return to_json(part10.data_set(encoded(ds, syntax)), bulk_uri)


def data_set_of(value: bytes):
    return scan(value, 0, len(value), EXPLICIT_LE, Budget())


def decoded(value: bytes) -> Dataset:
    return dcmread(io.BytesIO(value), force=True)


letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="\\=^")
texts = st.text(letters, min_size=1, max_size=12)
names = st.builds(lambda *groups: "=".join(groups).rstrip("="), texts, texts | st.just(""), texts)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-99, max_value=99)
VALUES = {
    "PatientName": names,
    "OtherPatientNames": st.lists(names, min_size=2, max_size=3),
    "PatientID": texts,
    "OtherPatientIDs": st.lists(texts, min_size=2, max_size=3),
    "PatientBirthDate": st.just("19800229"),
    "StudyTime": st.just("101530.5"),
    "PatientAge": st.just("044Y"),
    "ImageComments": st.text(letters | st.just("\\"), min_size=1, max_size=20),
    "ContentDate": st.just(""),
    "ImageType": st.lists(st.sampled_from(("ORIGINAL", "PRIMARY", "AXIAL")), min_size=1),
    "InstanceNumber": st.integers(-(2**31), 2**31 - 1),
    "PixelSpacing": st.lists(decimals.map(str), min_size=2, max_size=2),
    "SmallestImagePixelValue": st.integers(-(2**15), 2**15 - 1),
    "FrameIncrementPointer": st.sampled_from((0x00181063, 0x00540010)),
    "SliceLocationVector": st.lists(st.integers(0, 9).map(str), min_size=2),
    "TagThickness": st.floats(allow_nan=False, allow_infinity=False),
    "RecommendedDisplayFrameRateInFloat": st.floats(
        width=32, allow_nan=False, allow_infinity=False
    ),
    "TableOfXBreakPoints": st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=4),
    "RetrieveURL": st.just("http://peer/a,b"),
    "ICCProfile": st.binary(min_size=2, max_size=8).map(lambda value: value[: len(value) // 2 * 2]),
}


@st.composite
def data_sets(draw, depth=2):
    ds = Dataset()
    for keyword in draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=8)):
        setattr(ds, keyword, draw(VALUES[keyword]))
    if depth and draw(st.booleans()):
        ds.RequestAttributesSequence = draw(st.lists(data_sets(depth - 1), max_size=2))
    return ds


def an_object_like(ds: Dataset) -> Dataset:
    whole = a_ct(rows=2, columns=2)
    whole.update(ds)
    return whole


def pydicoms_model(ds: Dataset):
    """Of what was written, because only then the representations are definite."""
    return decoded(encoded(ds)).to_json_dict(bulk_data_threshold=1 << 20)


def plain(model):
    """A model without what may be written otherwise: character sets, nothing, kinds of numbers."""
    if isinstance(model, list):
        return [plain(each) for each in model]
    if isinstance(model, dict):
        said = {key: value for key, value in model.items() if value not in ([], "")}
        return {key: plain(value) for key, value in said.items() if key != "00080005"}
    return float(model) if isinstance(model, int | float) else model


@settings(deadline=None, max_examples=40)
@given(ds=data_sets(), syntax=st.sampled_from(ENCODINGS))
def test_a_data_set_becomes_the_model_that_pydicom_makes(ds, syntax):
    ds = an_object_like(ds)
    expected = plain(pydicoms_model(ds))
    assert plain(model_of(ds, syntax)) == expected


@settings(deadline=None, max_examples=40)
@given(ds=data_sets())
def test_a_model_becomes_the_data_set_again(ds):
    model = pydicoms_model(an_object_like(ds))
    written = from_json(model)
    assert plain(decoded(written).to_json_dict(bulk_data_threshold=1 << 20)) == plain(model)
    assert from_json(to_json(data_set_of(written))) == written


def test_text_is_utf8_whatever_it_was_written_in():
    ds = a_ct()
    ds.SpecificCharacterSet = "ISO_IR 144"
    ds.PatientComments = "Жалобы \\ нет"
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 192"
    item.RequestedProcedureDescription = "КТ"
    ds.RequestAttributesSequence = [item]
    model = model_of(ds)
    assert model["00080005"] == UTF8
    assert model["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Иванов^Иван"}]}
    assert model["00104000"]["Value"] == ["Жалобы \\ нет"]
    assert model["00400275"]["Value"] == [{"00321060": {"vr": "LO", "Value": ["КТ"]}}]
    assert list(model) == sorted(model)
    assert (
        decoded(from_json(model)).RequestAttributesSequence[0].RequestedProcedureDescription == "КТ"
    )


def test_values_are_exact_or_null():
    assert attribute("DS", ["1.50", "-3", "1e400", "x", "", "0.1234567890123456789", "1,5"]) == {
        "vr": "DS",
        "Value": [1.5, -3, None, None, None, "0.1234567890123456789", 1.5],
    }
    assert attribute("IS", ["12", "1.0", "1.5"])["Value"] == [12, 1, None]
    assert attribute("PN", ["A^B==C", "=", "山=やま"])["Value"] == [
        {"Alphabetic": "A^B", "Phonetic": "C"},
        None,
        {"Alphabetic": "山", "Ideographic": "やま"},
    ]
    assert attribute("LO", []) == attribute("LO", ["", ""]) == {"vr": "LO"}
    ds = a_ct()
    ds.TagThickness = float("nan")
    assert model_of(ds)["00189035"] == {"vr": "FD", "Value": [None]}


def test_large_values_and_pixels_are_fetched_where_they_can_be():
    asked = []

    def bulk_uri(path, element):
        asked.append((path, element.length))
        return "" if path[-1] == 0x00282000 else f"bulk/{path[-1]:08x}"

    ds = a_ct(rows=2, columns=2)
    ds.ICCProfile = bytes(2000)
    ds.DocumentTitle = "т" * 1000
    ds.ImageType = ["DERIVED", *(f"CODE {number}" for number in range(200))]
    item = Dataset()
    item.EncapsulatedDocument = bytes(1026)
    ds.ContentSequence = [Dataset(), item]
    model = model_of(ds, bulk_uri=bulk_uri)
    assert model["7FE00010"] == {"vr": "OW", "BulkDataURI": "bulk/7fe00010"}
    assert model["00420010"] == {"vr": "ST", "Value": ["т" * 1000]}
    assert asked == [
        ((0x00282000,), 2000),
        ((0x0040A730, 1, 0x00420011), 1026),
        ((0x7FE00010,), 8),
    ]


def test_encapsulated_pixels_without_an_address_are_left_empty():
    ds = a_ct()
    ds.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    ds["PixelData"].is_undefined_length = True
    assert model_of(ds, JPEGBaseline8Bit)["7FE00010"] == {"vr": "OB"}


def test_unknown_representations_are_known_by_the_dictionaries():
    def unknown(tag, value, vr=b"UN"):
        return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr, 0, len(value)) + value

    value = (
        unknown(0x00090010, b"PRIVATE ")
        + unknown(0x00091001, b"ab")
        + unknown(0x00100020, b"P-17")
        + unknown(0x00180000, b"\1\0\0\0")
        + unknown(0x00181030, b"x ", b"ZZ")
        + unknown(0x00400275, b"not a sequence", b"SQ")
        + unknown(0x00400555, b"", b"SQ")
        + unknown(0x00880130, b"")
        + unknown(0xFFFCFFFC, b"\0\0", b"OB")
    )
    assert to_json(data_set_of(value)) == {
        "00080005": UTF8,
        "00090010": {"vr": "LO", "Value": ["PRIVATE"]},
        "00091001": {"vr": "UN", "InlineBinary": base64.b64encode(b"ab").decode()},
        "00100020": {"vr": "LO", "Value": ["P-17"]},
        "00181030": {"vr": "UN", "InlineBinary": base64.b64encode(b"x ").decode()},
        "00400275": {"vr": "UN", "InlineBinary": base64.b64encode(b"not a sequence").decode()},
        "00400555": {"vr": "SQ"},
        "00880130": {"vr": "SH"},
    }


def test_a_model_is_read_as_clients_write_it():
    model = {
        "00020010": {"vr": "UI", "Value": ["1.2.840.10008.1.2.1"]},
        "00080000": {"vr": "UL", "Value": [4]},
        "00080005": {"vr": "CS", "Value": ["ISO_IR 100"]},
        "0008002a": {"vr": "DT", "Value": []},
        "00100010": {"vr": "PN", "Value": ["Plain^Name", None, {"Phonetic": "ф"}]},
        "00180050": {"vr": "DS", "Value": [1 / 3, 0.1, 5, 2.0, -1e-20 / 3, "1.50"]},
        "00189035": {"vr": "FD", "Value": [None]},
        "00280008": {"vr": "IS", "Value": ["3", 4]},
        "00282000": {"vr": "OB", "InlineBinary": ["AAE="]},
        "00400555": {"vr": "SQ", "Value": [None, {}]},
        "00480102": {"vr": "UV", "Value": [str(2**63)]},
        "7FE00010": {"vr": "OW", "BulkDataURI": "http://peer/pixels"},
    }
    ds = decoded(from_json(model, {"http://peer/pixels": b"\1\2"}.__getitem__))
    assert ds.SpecificCharacterSet == "ISO_IR 192"
    assert [str(each) for each in ds.PatientName] == ["Plain^Name", "", "==ф"]
    assert ds["SliceThickness"].value[0] == pytest.approx(1 / 3)
    assert [str(each) for each in ds["SliceThickness"].value[1:4]] == ["0.1", "5", "2"]
    assert float(ds["SliceThickness"].value[4]) == pytest.approx(-1e-20 / 3)
    assert str(ds["SliceThickness"].value[5]) == "1.50"
    assert ds.NumberOfFrames == [3, 4]
    assert ds.ICCProfile == b"\0\1"
    assert ds[0x00480102].value == 2**63
    assert [len(item) for item in ds.AcquisitionContextSequence] == [0, 0]
    assert ds.PixelData == b"\1\2"
    assert len(ds) == 10


def test_whole_elements_take_the_place_of_the_models():
    pixels = encapsulated([b"\xff\xd8\xff\xd9"])
    model = {"7FE00010": {"vr": "OW", "BulkDataURI": "not asked for"}}
    found = data_set_of(from_json(model, replaced=pixels))
    assert found.elements[0x7FE00010].items == 2


@pytest.mark.parametrize(
    "model",
    [
        [],
        {"PatientName": {"vr": "PN"}},
        {"00100010": None},
        {"00100010": {"Value": ["x"]}},
        {"00100010": {"vr": "XX", "Value": ["x"]}},
        {"00100010": {"vr": "PN", "Value": "x"}},
        {"00100010": {"vr": "PN", "Value": [5]}},
        {"00100010": {"vr": "PN", "BulkDataURI": "nowhere"}},
        {"00100010": {"vr": "PN", "BulkDataURI": 5}},
        {"00104000": {"vr": "LT", "Value": ["a", "b"]}},
        {"00180050": {"vr": "DS", "Value": [float("inf")]}},
        {"00280009": {"vr": "AT", "Value": ["x"]}},
        {"00280010": {"vr": "US", "Value": [70000]}},
        {"00280010": {"vr": "US", "Value": ["x"]}},
        {"00280010": {"vr": "US", "Value": [1.5]}},
        {"00282000": {"vr": "OB", "InlineBinary": "?"}},
        {"00282000": {"vr": "OB", "Value": [1]}},
        {"00400275": {"vr": "SQ", "Value": ["x"]}},
    ],
)
def test_what_is_no_model_is_refused(model):
    with pytest.raises(InvalidError):
        from_json(model)


def test_a_model_that_is_too_deep_is_refused():
    model = {}
    for _ in range(100):
        model = {"00400275": {"vr": "SQ", "Value": [model]}}
    with pytest.raises(InvalidError):
        from_json(model)

"""Whether two objects say the same is told whatever way they are written."""

import io
import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from app.dicom.sameness import say_the_same
from tests.server.samples import an_object

SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def an_image(**changes) -> Dataset:
    """A CT image with sequences, binary values and texts of odd length."""
    ds = pydicom.dcmread(io.BytesIO(an_object(side=16)))
    ds.PixelData = np.arange(256, dtype=np.uint16).tobytes()
    code, purpose = Dataset(), Dataset()
    code.CodeValue, code.CodeMeaning = "T-1", "Odd"
    purpose.PurposeOfReferenceCodeSequence = [code]
    purpose.ReferencedFrameNumber = 3
    ds.SourceImageSequence = [purpose, Dataset()]
    ds.ProcedureCodeSequence = []
    ds.AcquisitionMatrix = [1, 2, 3, 4]
    ds.add_new(0x00191001, "OB", b"\1\2\3\4")
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


def written(folder, name, ds, syntax, *, undefined=False):
    """The data set as a file in `syntax`, with sequences of undefined length if told."""
    ds.file_meta.TransferSyntaxUID = syntax
    is_little = syntax != ExplicitVRBigEndian
    if not is_little:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    if undefined:
        for element in ds.iterall():
            element.is_undefined_length = element.VR == "SQ"
    file = folder / name
    buffer = io.BytesIO()
    pydicom.dcmwrite(
        buffer, ds, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=is_little
    )
    file.write_bytes(buffer.getvalue())
    return file


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_another_way_of_writing_says_the_same(tmp_path, syntax, undefined):
    original = written(tmp_path, "a", an_image(), ExplicitVRLittleEndian)
    other = written(tmp_path, "b", an_image(), syntax, undefined=undefined)
    assert say_the_same(original, other)
    assert say_the_same(other, original)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "changes",
    [
        {"PatientName": "Иванов^Павел"},
        {"PatientComments": ""},
        {"AcquisitionMatrix": [1, 2, 3, 5]},
        {"PixelData": np.arange(1, 257, dtype=np.uint16).tobytes()},
        {"PixelData": np.arange(255, dtype=np.uint16).tobytes()},
        {"SourceImageSequence": [Dataset()]},
        {"ProcedureCodeSequence": [Dataset()]},
    ],
)
def test_another_value_is_noticed_in_every_way_of_writing(tmp_path, syntax, changes):
    original = written(tmp_path, "a", an_image(), ExplicitVRLittleEndian)
    assert not say_the_same(original, written(tmp_path, "b", an_image(**changes), syntax))


def test_a_change_deep_in_a_sequence_is_noticed(tmp_path):
    changed = an_image()
    changed.SourceImageSequence[0].PurposeOfReferenceCodeSequence[0].CodeMeaning = "Even"
    original = written(tmp_path, "a", an_image(), ExplicitVRLittleEndian)
    assert not say_the_same(original, written(tmp_path, "b", changed, ImplicitVRLittleEndian))


@pytest.mark.skipif(shutil.which("dcmconv") is None, reason="DCMTK is not installed")
@pytest.mark.parametrize("option", ["+ti", "+te", "+tb", "+td", "+g", "-g", "-e", "+p"])
def test_what_dcmtk_writes_anew_says_the_same(tmp_path, option):
    original = written(tmp_path, "a", an_image(), ExplicitVRLittleEndian)
    more = ["2048", "64"] if option == "+p" else []
    subprocess.run(["dcmconv", option, *more, original, tmp_path / "b"], check=True)
    assert say_the_same(original, tmp_path / "b")


def test_what_is_broken_is_not_the_same(tmp_path):
    original = written(tmp_path, "a", an_image(), ExplicitVRLittleEndian)
    (tmp_path / "b").write_bytes(original.read_bytes()[:-300])
    assert not say_the_same(original, tmp_path / "b")

"""Reading headers: identity, names, images, and the exact place of native pixels."""

import io
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from app.dicom.header import read_object
from app.domain.ingest import RefusalReason, RefusedObjectError
from tests.dicom.objects import a_ct, as_stored, encoded


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("frames", [1, 3])
def test_native_pixels_are_found_where_they_lie_in_the_stored_form(syntax, frames):
    ct = a_ct(frames=frames)
    stored = as_stored(encoded(ct, syntax))
    parsed = read_object(stored)
    end = parsed.pixel_offset + parsed.pixel_length
    assert stored[parsed.pixel_offset : end] == ct.PixelData
    assert parsed.image is not None
    assert parsed.image.format.frames == frames


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_pixels_that_need_decoding_have_no_offset(syntax):
    parsed = read_object(encoded(a_ct(), syntax))
    assert (parsed.pixel_offset, parsed.pixel_length) == (-1, 0)
    assert parsed.study.patient_name == "Иванов^Иван"


def test_every_series_of_real_data_has_the_offsets_pydicom_finds(shared_dicom: Path):
    for path in sorted((shared_dicom / "series").rglob("*.dcm"))[::7]:
        parsed = read_object(path)
        if parsed.pixel_offset < 0:
            continue
        stored = as_stored(path.read_bytes())
        pixels = pydicom.dcmread(path, force=True).PixelData
        start = parsed.pixel_offset
        assert stored[start : start + parsed.pixel_length] == pixels, path


def test_a_bare_data_set_gets_meta_information_when_stored():
    data = encoded(a_ct(), ExplicitVRLittleEndian)
    bare = data[read_object(data).data_start :]
    stored = as_stored(bare)
    assert stored[:132] == bytes(128) + b"DICM"
    again = pydicom.dcmread(io.BytesIO(stored))
    assert again.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert again.file_meta.MediaStorageSOPInstanceUID == again.SOPInstanceUID


def test_a_truncated_object_is_refused_as_such():
    data = encoded(a_ct(), ExplicitVRLittleEndian)
    with pytest.raises(RefusedObjectError) as refused:
        read_object(data[:-10])
    assert refused.value.reason is RefusalReason.TRUNCATED

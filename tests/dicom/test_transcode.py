"""Transcoding: every element and every pixel of an object in another transfer syntax."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.dicom import part10, spooled
from app.dicom.codecs import RLE
from app.dicom.encapsulation import Encapsulation
from app.dicom.encoders import HTJ2K, JPEG_2000, JPEG_BASELINE, JPEG_LOSSLESS, JPEG_LS, LOSSLESS
from app.dicom.header import read_object
from app.dicom.pixels import decode
from app.dicom.sameness import say_the_same
from app.dicom.transcode import UntranscodableError, can_transcode, transcode
from tests.dicom.objects import a_ct, as_stored, encoded

NATIVE = sorted(part10.NATIVE)
QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def frames_of(data: bytes) -> list[np.ndarray]:
    image = read_object(data).image
    assert image is not None
    return [decode(data, image, frame) for frame in range(image.format.frames)]


def read(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def assert_same_pixels(one: bytes, other: bytes) -> None:
    first, second = frames_of(one), frames_of(other)
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


@st.composite
def images(draw) -> Dataset:
    """Monochrome or RGB, 8 or 16 bits allocated, any stored, signed or not, some frames."""
    is_colour = draw(st.booleans())
    allocated = 8 if is_colour else draw(st.sampled_from([8, 16]))
    stored = 8 if is_colour else draw(st.integers(2, allocated))
    signed = 0 if is_colour else draw(st.integers(0, 1))
    frames, rows, columns = (draw(st.integers(1, 3)), *draw(st.tuples(*[st.integers(1, 20)] * 2)))
    samples = 3 if is_colour else 1
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    low, high = (-(1 << stored - 1), 1 << stored - 1) if signed else (0, 1 << stored)
    values = random.integers(low, high, (frames, rows, columns, samples))
    ds = a_ct()
    ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, samples
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored, stored - 1
    ds.PixelRepresentation = signed
    if is_colour:
        ds.PhotometricInterpretation = draw(st.sampled_from(["RGB", "YBR_FULL"]))
        ds.PlanarConfiguration = draw(st.integers(0, 1))
        if ds.PlanarConfiguration:
            values = np.moveaxis(values, 3, 1)
    pixels = values.astype(f"<{'i' if signed else 'u'}{allocated // 8}").tobytes()
    ds.PixelData = pixels + b"\0" * (len(pixels) % 2)
    ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
    return ds


@QUICK
@given(images(), st.sampled_from(sorted(LOSSLESS)), st.sampled_from(NATIVE))
def test_lossless_there_and_native_back_keeps_every_pixel(ds, lossless, native):
    original = encoded(ds)
    compressed = transcode(original, lossless)
    assert read_object(compressed).transfer_syntax_uid == lossless
    assert_same_pixels(original, compressed)
    assert_same_pixels(original, transcode(compressed, native))


def test_a_single_pixel_in_planes_is_written():
    ds = a_ct()
    ds.Rows = ds.Columns = 1
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.SamplesPerPixel = 8, 8, 7, 3
    ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 1
    ds.PixelData = b"\1\2\3\0"
    ds["PixelData"].VR = "OB"
    for lossless in LOSSLESS:
        assert_same_pixels(encoded(ds), transcode(encoded(ds), lossless))


@QUICK
@given(images(), st.sampled_from(NATIVE), st.sampled_from(NATIVE))
def test_native_there_and_back_keeps_every_element(tmp_path, ds, first, second):
    one, other = tmp_path / "one.dcm", tmp_path / "other.dcm"
    one.write_bytes(encoded(ds))
    moved = transcode(transcode(one, first), second)
    other.write_bytes(transcode(moved, ExplicitVRLittleEndian))
    assert say_the_same(one, other)


@QUICK
@given(images(), st.sampled_from(NATIVE))
def test_native_syntaxes_are_read_alike_by_others(ds, syntax):
    written = transcode(encoded(ds), syntax)
    assert np.array_equal(
        pydicom.pixels.pixel_array(read(written), raw=True),
        pydicom.pixels.pixel_array(read(encoded(ds)), raw=True),
    )


@pytest.mark.parametrize("source", NATIVE)
@pytest.mark.parametrize("target", NATIVE)
@pytest.mark.parametrize(
    "file",
    [
        "photometric/pydicom-data__data__emri_small.dcm",
        "photometric/pydicom-data__data__color-pl.dcm",
        "objects/pydicom__test_files__waveform_ecg.dcm",
        "objects/pydicom__test_files__rtplan.dcm",
        "objects/pydicom__test_files__test-SR.dcm",
        "charsets/pydicom__charset_files__chrJapMulti.dcm",
    ],
)
def test_real_objects_keep_every_element(shared_dicom: Path, tmp_path, file, source, target):
    """Sequences, private elements, binary values and text, with the representation dictionaries."""
    one, other = tmp_path / "one.dcm", tmp_path / "other.dcm"
    one.write_bytes(transcode(shared_dicom / file, source))
    other.write_bytes(transcode(one, target))
    assert say_the_same(one, other)


SUBJECTS = [
    "syntaxes/wg04/CT1_UNC.dcm",
    "syntaxes/wg04/NM1_UNC.dcm",
    "syntaxes/pydicom__test_files__MR_small_bigendian.dcm",
    "syntaxes/pydicom__test_files__MR_small_RLE.dcm",
    "syntaxes/pydicom__test_files__SC_rgb_jpeg_dcmtk.dcm",
    "syntaxes/pydicom-data__data__emri_small_jpeg_ls_lossless.dcm",
    "syntaxes/pylibjpeg-data__JPEG2000Lossless__TOSHIBA_J2K_SIZ1_PixRep0.dcm",
    "syntaxes/wg04/VL1_J2KR.dcm",
    "syntaxes/syn_encap_uncompressed.dcm",
    "photometric/pydicom__test_files__SC_ybr_full_422_uncompressed.dcm",
    "photometric/pydicom__test_files__examples_palette.dcm",
]


@pytest.mark.parametrize("target", sorted({*NATIVE, *LOSSLESS}))
@pytest.mark.parametrize("file", SUBJECTS)
def test_real_images_look_the_same_in_every_syntax(shared_dicom: Path, file, target):
    original = (shared_dicom / file).read_bytes()
    assert_same_pixels(original, transcode(original, target))


@pytest.mark.parametrize(
    ("syntax", "interpretation", "planar"),
    [
        (JPEG_2000, "YBR_RCT", 0),
        (HTJ2K, "YBR_RCT", 0),
        (JPEG_LS, "RGB", 0),
        (JPEG_LOSSLESS, "RGB", 0),
        (RLE, "RGB", 1),
    ],
)
def test_colour_says_how_it_is_kept(shared_dicom: Path, syntax, interpretation, planar):
    original = shared_dicom / "photometric" / "pydicom-data__data__SC_rgb.dcm"
    ds = read(transcode(original, syntax))
    assert (ds.PhotometricInterpretation, ds.PlanarConfiguration) == (interpretation, planar)
    back = read(transcode(transcode(original, syntax), ImplicitVRLittleEndian))
    assert (back.PhotometricInterpretation, back.PlanarConfiguration) == ("RGB", 0)


@pytest.mark.parametrize("syntax", [JPEG_2000, HTJ2K])
@pytest.mark.parametrize("signed", [0, 1])
def test_a_codestream_says_the_precision_of_the_object(syntax, signed):
    ds = a_ct()
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, signed
    ds.PixelData = (np.arange(192) - 50 * signed).astype("<i2").tobytes()
    stream = transcode(encoded(ds), syntax)
    size = stream.index(b"\xff\x4f\xff\x51") + 42
    assert stream[size] == (signed << 7 | 11)


def test_an_overlay_in_the_pixels_becomes_data_of_its_own():
    ds = a_ct()
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    values, plane = np.arange(192, dtype="<u2"), np.arange(192) % 3 == 0
    ds.PixelData = (values | plane.astype("<u2") << 12).tobytes()
    for number, value in ((0x10, ds.Rows), (0x11, ds.Columns), (0x100, 16), (0x102, 12)):
        ds.add_new(0x60000000 | number, "US", value)
    ds.add_new(0x60000050, "SS", [1, 1])
    written = read(transcode(encoded(ds), JPEG_LS))
    assert (written[0x60000100].value, written[0x60000102].value) == (1, 0)
    assert np.array_equal(written.overlay_array(0x6000).ravel(), plane)
    assert np.array_equal(frames_of(transcode(encoded(ds), JPEG_LS))[0].ravel(), values)


def test_rle_keeps_bits_beside_the_pixels():
    ds = a_ct()
    ds.BitsStored, ds.HighBit = 12, 11
    words = np.arange(192, dtype="<u2") * 331
    ds.PixelData = words.tobytes()
    back = read(transcode(transcode(encoded(ds), RLE), ExplicitVRLittleEndian))
    assert back.PixelData == words.tobytes()


def test_frames_begin_where_the_basic_offset_table_says():
    written = read(transcode(encoded(a_ct(frames=3)), RLE))
    offsets = pydicom.encaps.parse_basic_offsets(io.BytesIO(written.PixelData))
    assert len(offsets) == 3
    frames = pydicom.encaps.generate_frames(written.PixelData, number_of_frames=3)
    assert len(list(frames)) == 3


def test_far_frames_stand_in_the_extended_offset_table():
    frames = [b"one", b"three!", b"2222"]
    found = Encapsulation([3, 6, 4], max_basic_offset=12)
    offsets, lengths = (found.tables()[0x7FE00001 + n][12:] for n in range(2))
    assert np.frombuffer(offsets, "<u8").tolist() == [0, 12, 26]
    assert np.frombuffer(lengths, "<u8").tolist() == [4, 6, 4]
    written = b"".join(found.pixel_data(frames))
    assert written[12:20] == b"\xfe\xff\x00\xe0\0\0\0\0"  # no basic table
    assert written[20:32] == b"\xfe\xff\x00\xe0\4\0\0\0one\0"


@pytest.mark.parametrize("target", [ExplicitVRLittleEndian, JPEG_LS, part10.DEFLATED])
def test_a_frame_with_more_bits_than_those_before_it_is_kept_whole(target):
    """The object says 8 bits of its 16, the second frame's codestream says 12 and needs them."""
    ds = a_ct(frames=2)
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    small, large = np.arange(192, dtype="<u2"), np.arange(192, dtype="<u2") * 21
    ds.PixelData = small.tobytes() + large.tobytes()
    data = transcode(encoded(ds), JPEG_2000)
    stored = data.index(b"\x28\0\x01\1US\2\0") + 8
    data = data[:stored] + b"\x08\0" + data[stored + 2 :]
    back = frames_of(transcode(data, target))
    assert np.array_equal(back[0].ravel(), small)
    assert np.array_equal(back[1].ravel(), large)


def test_what_is_large_is_written_to_a_file_without_a_name(tmp_path, monkeypatch):
    data = encoded(a_ct(frames=9))
    small = transcode(data, JPEG_LS)
    monkeypatch.setattr(spooled, "IN_MEMORY", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with transcode(small, ExplicitVRLittleEndian) as file:
        assert list(tmp_path.iterdir()) == []
        assert_same_pixels(file.readall(), data)
    assert file.closed


def test_an_object_already_so_is_given_as_it_is_stored():
    data = encoded(a_ct())
    assert transcode(data, ExplicitVRLittleEndian) == as_stored(data)


def test_what_lost_pixels_is_still_said_to_have(shared_dicom: Path):
    lossy = shared_dicom / "syntaxes" / "pydicom__test_files__SC_rgb_small_odd_jpeg.dcm"
    assert read(transcode(lossy, ExplicitVRLittleEndian)).LossyImageCompression == "01"


def test_jpeg_baseline_is_written_only_when_a_quality_is_asked_for(shared_dicom: Path):
    original = shared_dicom / "photometric" / "pydicom__test_files__examples_rgb_color.dcm"
    with pytest.raises(UntranscodableError):
        transcode(original, JPEG_BASELINE)
    lossy = transcode(original, JPEG_BASELINE, jpeg_quality=95)
    assert read(lossy).PhotometricInterpretation == "YBR_FULL_422"
    differences = frames_of(lossy)[0].astype(int) - frames_of(original.read_bytes())[0]
    assert np.abs(differences).mean() < 4


def test_a_sequence_in_an_unknown_element_is_left_as_it_is():
    inside = (
        b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
        + b"\x10\0\x10\0\4\0\0\0A^B "
        + (b"\xfe\xff\x0d\xe0\0\0\0\0")
    )
    unknown = b"\x09\0\x01\x10UN\0\0\xff\xff\xff\xff" + inside + b"\xfe\xff\xdd\xe0\0\0\0\0"
    data = encoded(a_ct())
    place = data.index(b"\x10\0\x10\0PN")
    data = data[:place] + unknown + data[place:]
    for syntax in (part10.BIG_ENDIAN, part10.DEFLATED):
        written = transcode(transcode(data, syntax), ExplicitVRLittleEndian)
        assert inside in written


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("objects/pydicom__test_files__test-SR.dcm", RLE),
        ("objects/pydicom-data__data__parametric_map_float.dcm", JPEG_2000),
        ("objects/pydicom-data__data__liver.dcm", JPEG_LS),
        ("syntaxes/syn_hevc_main51.dcm", ExplicitVRLittleEndian),
        ("photometric/pydicom-data__data__SC_rgb_32bit.dcm", JPEG_LS),
    ],
)
def test_what_a_syntax_cannot_hold_is_refused(shared_dicom: Path, file, target):
    with pytest.raises(UntranscodableError):
        transcode(shared_dicom / file, target)


def test_missing_frames_are_not_passed_on_as_a_whole():
    data = transcode(encoded(a_ct(frames=3)), RLE)
    with pytest.raises(UntranscodableError):
        transcode(data.replace(b"IS\2\x003 ", b"IS\2\x009 "), ExplicitVRLittleEndian)


def test_what_can_be_read_and_written_is_known_beforehand():
    assert can_transcode(HTJ2K, ImplicitVRLittleEndian)
    assert can_transcode(JPEG_BASELINE, JPEG_LS)
    assert not can_transcode(ExplicitVRLittleEndian, JPEG_BASELINE)
    assert not can_transcode("1.2.840.10008.1.2.4.102", ImplicitVRLittleEndian)
    assert can_transcode("1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.102")

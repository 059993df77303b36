"""Decoding: every codec bit for bit where it is lossless, every photometric interpretation."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.uid import ExplicitVRLittleEndian, HTJ2KLossless, ImplicitVRLittleEndian, RLELossless

from app.dicom.header import read_object
from app.dicom.pixels import (
    UndecodableError,
    UndecodableReason,
    decode,
    decode_guarded,
    modality_values,
    voi_luts,
)
from tests.dicom.objects import a_ct, encoded


def decoded(source: Path | bytes, frame: int = 0) -> np.ndarray:
    image = read_object(source).image
    assert image is not None
    return decode(source, image, frame)


LOSSLESS = ("J2KR", "JLSL", "JPLL", "RLE")


@pytest.mark.parametrize("subject", ["CT1", "MR1", "MR4", "NM1", "US1", "VL1"])
def test_lossless_codecs_give_the_same_image_bit_for_bit(shared_dicom: Path, subject):
    folder = shared_dicom / "syntaxes" / "wg04"
    reference = decoded(folder / f"{subject}_UNC.dcm")
    files = [path for kind in LOSSLESS if (path := folder / f"{subject}_{kind}.dcm").exists()]
    assert len(files) >= 2
    for file in files:
        pixels = decoded(file)
        assert pixels.dtype == reference.dtype
        assert np.array_equal(pixels, reference), file.name


@pytest.mark.parametrize("subject", ["CT1", "MR1", "MR4", "NM1"])
def test_near_lossless_stays_within_its_bound(shared_dicom: Path, subject):
    folder = shared_dicom / "syntaxes" / "wg04"
    reference = decoded(folder / f"{subject}_UNC.dcm").astype(int)
    assert np.abs(decoded(folder / f"{subject}_JLSN.dcm") - reference).max() <= 4


def test_high_throughput_jpeg_2000(shared_dicom: Path):
    folder = shared_dicom / "syntaxes"
    lossless = decoded(folder / "syn_htj2k_MR4_201.dcm")
    assert np.array_equal(lossless, decoded(folder / "wg04" / "MR4_UNC.dcm"))
    lossy = decoded(folder / "syn_htj2k_VL1_203.dcm").astype(int)
    reference = decoded(folder / "wg04" / "VL1_UNC.dcm")
    assert np.abs(lossy - reference).max() <= 16  # no sample wraps from white to black


def test_encapsulated_uncompressed_frames(shared_dicom: Path):
    file = shared_dicom / "syntaxes" / "syn_encap_uncompressed.dcm"
    y, x = np.mgrid[:96, :80]
    for frame in range(2):
        assert np.array_equal(decoded(file, frame), (3 * x + 5 * y + 40 * frame) % 4096)


@pytest.mark.parametrize(
    "file",
    [
        "photometric/pydicom-data__data__SC_rgb_16bit.dcm",
        "photometric/pydicom-data__data__SC_rgb_32bit.dcm",
        "photometric/pydicom-data__data__SC_ybr_full_uncompressed.dcm",
        "photometric/pydicom__test_files__SC_ybr_full_422_uncompressed.dcm",
        "syntaxes/pydicom-data__data__SC_rgb_expb_16bit.dcm",
        "syntaxes/pydicom__test_files__SC_rgb_rle_32bit.dcm",
        "syntaxes/pydicom__test_files__SC_rgb_jpeg_gdcm.dcm",
        "syntaxes/pydicom__test_files__SC_rgb_dcmtk_+eb+cr.dcm",
        "syntaxes/pydicom__test_files__SC_rgb_dcmtk_+eb+cy+n1.dcm",
        "syntaxes/pydicom__test_files__SC_rgb_dcmtk_+eb+cy+np.dcm",
        "syntaxes/pydicom__test_files__SC_rgb_gdcm_KY.dcm",
    ],
)
def test_the_colour_bars_have_their_colours_in_every_encoding(shared_dicom: Path, file):
    reference = decoded(shared_dicom / "photometric" / "pydicom-data__data__SC_rgb.dcm")
    pixels = decoded(shared_dicom / file).astype(int)
    inside = slice(3, None, 10)  # rows within the bars: 4:2:2 and JPEG blur their edges
    assert np.abs(pixels[inside] - reference[inside]).max() <= 6


@pytest.mark.parametrize("order", ["", "_big_endian"])
def test_samples_of_odd_size_are_complete(shared_dicom: Path, order):
    folder = shared_dicom / ("syntaxes" if order else "photometric")
    pixels = decoded(folder / f"pydicom__test_files__SC_rgb_small_odd{order}.dcm")
    assert pixels[:, 0].tolist() == [[166, 141, 52], [63, 87, 176], [158, 158, 158]]


def test_single_bit_frames_that_share_bytes_are_told_apart(shared_dicom: Path):
    file = shared_dicom / "objects" / "highdicom__test_files__seg_image_sm_dots.dcm"
    theirs = pydicom.dcmread(file).pixel_array
    for frame in (0, 1, 2, 61):
        assert np.array_equal(decoded(file, frame), theirs[frame])


@pytest.mark.parametrize("kind", ["deflate", "expb", "j2k", "rle"])
def test_segmentations_are_the_same_in_every_syntax(shared_dicom: Path, kind):
    reference = decoded(shared_dicom / "objects" / "pydicom-data__data__liver.dcm", 1)
    pixels = decoded(shared_dicom / "objects" / f"pydicom-data__data__liver_{kind}.dcm", 1)
    assert reference.any()
    assert np.array_equal(pixels, reference)


@pytest.mark.parametrize(
    "file",
    [
        "photometric/pydicom__test_files__examples_palette.dcm",
        "photometric/pydicom-data__data__gdcm-US-ALOKA-16.dcm",  # segmented
        "syntaxes/pydicom-data__data__OBXXXX1A_rle_2frame.dcm",
        "malformed/pydicom-data__data__OT-PAL-8-face.dcm",
    ],
)
def test_palettes_give_the_colours_pydicom_gives(shared_dicom: Path, file):
    dataset = pydicom.dcmread(shared_dicom / file, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    theirs = apply_color_lut(dataset.pixel_array, dataset)
    theirs = theirs[0] if theirs.ndim == 4 else theirs
    if theirs.dtype == np.uint16:
        theirs = theirs >> (8 if theirs.max() > 255 else 0)
    assert np.array_equal(decoded(shared_dicom / file), theirs)


@pytest.mark.parametrize(
    ("words", "entries"),
    [
        ((0, 3, 2560, 5120, 7680), [10, 20, 30]),
        ((0, 1, 0, 1, 4, 25600), [0, 25, 50, 75, 100]),
        ((0, 2, 256, 512, 1, 2, 1024, 2, 2, 0, 0), [1, 2, 3, 4, 1, 2, 3, 4]),
    ],
    ids=["discrete", "linear", "indirect"],
)
def test_segmented_tables_are_unrolled(words, entries):
    ct = a_ct()
    ct.PhotometricInterpretation = "PALETTE COLOR"
    ct.BitsAllocated = ct.BitsStored = 8
    ct.HighBit, ct.PixelRepresentation = 7, 0
    ct.PixelData = bytes(range(16 * 12))
    raw = np.array(words, "<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(ct, f"{colour}PaletteColorLookupTableDescriptor", [len(entries), 0, 16])
        setattr(ct, f"Segmented{colour}PaletteColorLookupTableData", raw)
    pixels = decoded(encoded(ct))
    expected = [entries[min(i, len(entries) - 1)] for i in range(16 * 12)]
    assert pixels[..., 0].ravel().tolist() == expected


def test_frames_are_found_however_they_are_fragmented(shared_dicom: Path):
    folder = shared_dicom / "syntaxes"
    kinds = ("fragmented_no_bot", "not_fragmented_bot", "not_fragmented_no_bot")
    stem = "dicomParser__multi-frame__CT0012"
    for frame in (0, 1):
        first, *others = (
            decoded(folder / f"{stem}.{kind}_jpeg_ls.80.dcm", frame) for kind in kinds
        )
        assert all(np.array_equal(first, other) for other in others)
        lossless = decoded(folder / f"{stem}.fragmented_no_bot_jpeg_lossless.70.dcm", frame)
        assert np.array_equal(first, lossless)


@pytest.mark.parametrize("syntax", [b"1.2.840.10008.1.2.4.110", b"1.2.840.10008.1.2.4.112"])
def test_jpeg_xl_is_read(syntax):
    colours = np.random.default_rng(1).integers(0, 255, (16, 12, 3), np.uint8)
    image = a_ct()
    image.SamplesPerPixel, image.PlanarConfiguration = 3, 0
    image.PhotometricInterpretation = "RGB"
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.PixelRepresentation = 7, 0
    stream = imagecodecs.jpegxl_encode(colours, lossless=True)
    image.PixelData = encapsulate([stream])
    image["PixelData"].is_undefined_length = True
    image["PixelData"].VR = "OB"
    labelled = encoded(image, HTJ2KLossless).replace(HTJ2KLossless.encode(), syntax)
    assert np.array_equal(decoded(labelled), colours)


def test_a_twelve_bit_jpeg_keeps_its_bits(shared_dicom: Path):
    folder = shared_dicom / "syntaxes" / "wg04"
    lossy = decoded(folder / "MR4_JPLY.dcm").astype(int)
    reference = decoded(folder / "MR4_UNC.dcm")
    assert np.abs(lossy - reference).mean() < 4
    assert lossy.max() > 255


def test_chroma_of_studio_range_is_stretched():
    image = a_ct(rows=2, columns=2)
    image.SamplesPerPixel, image.PlanarConfiguration = 3, 0
    image.PhotometricInterpretation = "YBR_PARTIAL_422"
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.PixelRepresentation = 7, 0
    image.PixelData = bytes([16, 235, 128, 128, 81, 81, 90, 240])  # black, white; red, red
    pixels = decoded(encoded(image))
    assert pixels[0].tolist() == [[0, 0, 0], [255, 255, 255]]
    assert np.abs(pixels[1].astype(int) - [255, 0, 0]).max() <= 2


def test_float_pixels_stay_float(shared_dicom: Path):
    pixels = decoded(shared_dicom / "objects" / "pydicom-data__data__parametric_map_float.dcm")
    assert pixels.dtype == np.float32


def test_bits_above_the_stored_ones_are_not_pixels():
    ct = a_ct()
    ct.BitsStored, ct.HighBit, ct.PixelRepresentation = 12, 11, 0
    dirty = np.arange(16 * 12, dtype="<u2") | 0xF000
    ct.PixelData = dirty.tobytes()
    assert np.array_equal(decoded(encoded(ct)).ravel(), np.arange(16 * 12))


def test_the_sign_of_twelve_bits_is_extended():
    ct = a_ct()
    ct.BitsStored, ct.HighBit = 12, 11
    values = np.arange(16 * 12) - 100
    ct.PixelData = (values & 0xFFF).astype("<u2").tobytes()
    data = encoded(ct)
    assert read_object(data).pixel_offset == -1
    assert np.array_equal(decoded(data).ravel(), values)


def test_frames_of_rle_come_one_by_one():
    ct = a_ct(frames=3)
    data = encoded(ct)
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.compress(RLELossless, generate_instance_uid=False)
    packed = encoded(dataset, RLELossless)
    for frame in range(3):
        assert np.array_equal(decoded(packed, frame), decoded(data, frame))


def reason_of(data: bytes, frame: int = 0) -> UndecodableReason:
    with pytest.raises(UndecodableError) as error:
        decoded(data, frame)
    return error.value.reason


def test_what_can_not_be_shown_says_why():
    ct = a_ct()
    assert reason_of(encoded(ct), frame=1) is UndecodableReason.NO_SUCH_FRAME
    ct.PixelData = ct.PixelData[:100]
    assert reason_of(encoded(ct)) is UndecodableReason.SHORT
    assert reason_of(encoded(a_ct(rows=0))) is UndecodableReason.DIMENSIONS
    ct = a_ct()
    ct.PhotometricInterpretation = "PALETTE COLOR"
    assert reason_of(encoded(ct)) is UndecodableReason.COLOUR


@pytest.mark.parametrize("kind", ["J2KR", "JLSL", "JPLL", "JPLY", "RLE"])
def test_a_frame_that_is_cut_off_is_not_shown_as_if_it_were_whole(shared_dicom: Path, kind):
    source = (shared_dicom / "syntaxes" / "wg04" / f"NM1_{kind}.dcm").read_bytes()
    start = source.rindex(b"\xe0\x7f\x10\0OB") + 12
    table = int.from_bytes(source[start + 4 : start + 8], "little")
    first = start + 8 + table
    length = int.from_bytes(source[first + 4 : first + 8], "little")
    half = length // 2 & ~1
    cut = source[: first + 4] + half.to_bytes(4, "little") + source[first + 8 : first + 8 + half]
    assert reason_of(cut + b"\xfe\xff\xdd\xe0\0\0\0\0") in (
        UndecodableReason.SHORT,
        UndecodableReason.CORRUPT,
    )


def test_the_worker_gives_the_same_pixels_and_the_same_reasons(shared_dicom: Path):
    file = shared_dicom / "syntaxes" / "wg04" / "US1_J2KR.dcm"
    image = read_object(file).image
    assert image is not None
    assert np.array_equal(decode_guarded(file, image), decode(file, image))
    assert np.array_equal(decode_guarded(file.read_bytes(), image), decode(file, image))
    broken = shared_dicom / "malformed" / "syn_jpeg_sof_65500.dcm"
    with pytest.raises(UndecodableError) as error:
        decode_guarded(broken, image)
    assert error.value.reason is UndecodableReason.DIMENSIONS


def test_a_worker_that_takes_too_long_is_killed_and_replaced():
    data = encoded(a_ct(rows=4000, columns=4000), ExplicitVRLittleEndian)
    image = read_object(data).image
    assert image is not None
    decode_guarded(data, image)
    with pytest.raises(UndecodableError) as error:
        decode_guarded(data, image, timeout_s=0.0001)
    assert error.value.reason is UndecodableReason.TOOK_TOO_LONG
    assert decode_guarded(data, image).shape == (4000, 4000)


def test_a_modality_lut_goes_before_slope_and_intercept(shared_dicom: Path):
    file = shared_dicom / "photometric" / "pydicom-data__data__mlut_18.dcm"
    image = read_object(file).image
    assert image is not None
    stored = decode(file, image)
    theirs = apply_modality_lut(stored, pydicom.dcmread(file))
    assert np.array_equal(modality_values(file, image, stored), theirs)


def test_slope_and_intercept_make_modality_values():
    data = encoded(a_ct())
    image = read_object(data).image
    assert image is not None
    assert modality_values(data, image, decode(data, image))[0, 0] == -50 - 1024


def test_the_voi_lut_of_an_object_is_read(shared_dicom: Path):
    file = shared_dicom / "photometric" / "pydicom-data__data__vlut_04.dcm"
    image = read_object(file).image
    assert image is not None
    (table, *_) = voi_luts(file, image)
    stored = decode(file, image)
    assert np.array_equal(table.apply(stored), apply_voi_lut(stored, pydicom.dcmread(file)))

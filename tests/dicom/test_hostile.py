"""Hostile objects: a refusal or a good result, never anything else, soon and in little memory."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.dicom.header import read_object
from app.dicom.pixels import UndecodableError, decode
from app.domain.ingest import RefusalReason, RefusedObjectError
from tests.dicom.objects import a_ct, as_stored, encoded

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]

READ_ALL = """
import json, sys, time
from pathlib import Path
from app.dicom.header import read_object
from app.dicom.pixels import UndecodableError, decode
from app.domain.ingest import RefusedObjectError
found = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    start = time.thread_time()
    try:
        image = read_object(path).image
        outcome = "stored"
        if image:
            decode(path, image)
            outcome = "shown"
    except RefusedObjectError as error:
        outcome = error.reason
    except UndecodableError as error:
        outcome = "undecodable " + error.reason
    found[path.name] = outcome, time.thread_time() - start
# ru_maxrss would count the tests' own process, too, of which this one was forked.
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(json.dumps([found, int(peak)]))
"""


@pytest.fixture(scope="module")
def outcomes(shared_dicom: Path):
    """(file → (outcome, processor seconds), peak memory in KiB) of reading all that is broken."""
    command = [sys.executable, "-c", READ_ALL, str(shared_dicom / "malformed")]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=100)
    return json.loads(done.stdout)


def test_every_malformed_file_is_answered_soon_and_in_little_memory(outcomes):
    found, peak_kib = outcomes
    assert len(found) > 90
    assert max(seconds for _, seconds in found.values()) < 5
    assert peak_kib < 1024 * 1024


@pytest.mark.parametrize(
    ("file", "outcome"),
    [
        ("syn_empty.dcm", "not-dicom"),
        ("syn_random.dcm", "not-dicom"),
        ("syn_notdicom_text.dcm", "not-dicom"),
        ("syn_trunc_0200.dcm", "truncated"),
        ("syn_len_pixel_4g.dcm", "truncated"),
        ("syn_len_pn_65520.dcm", "truncated"),
        ("syn_nest_deep.dcm", "too-deep"),
        ("syn_sq_no_delim.dcm", "corrupt"),
        ("syn_missing_StudyInstanceUID.dcm", "missing-uid"),
        ("syn_uid_empty.dcm", "missing-uid"),
        ("syn_uid_path.dcm", "bad-uid"),
        ("syn_uid_long.dcm", "bad-uid"),
        ("syn_ts_unknown.dcm", "transfer-syntax"),
        ("syn_dim_65535.dcm", "undecodable too-large"),
        ("syn_jpeg_sof_65500.dcm", "undecodable dimensions"),
        ("syn_j2k_siz_huge.dcm", "undecodable corrupt"),
        ("syn_rle_bomb.dcm", "undecodable corrupt"),
        ("syn_pixel_short.dcm", "undecodable short"),
        ("syn_pixel_absent.dcm", "stored"),
        ("syn_nometa.dcm", "shown"),
        ("syn_nopreamble.dcm", "shown"),
        ("syn_ts_says_implicit.dcm", "shown"),
        ("syn_ts_says_jpegll.dcm", "shown"),
        ("syn_vr_zz.dcm", "shown"),
        ("syn_out_of_order.dcm", "shown"),
        ("syn_trailing_garbage.dcm", "shown"),
        ("syn_frames_999999999.dcm", "shown"),
    ],
)
def test_malformed_files_get_the_answer_they_deserve(outcomes, file, outcome):
    assert outcomes[0][file][0] == outcome


def survive(data: bytes) -> None:
    """Read and decode `data`: only our own two errors may come out."""
    start = time.process_time()
    try:
        image = read_object(data).image
        as_stored(data)
        if image:
            decode(data, image)
    except (RefusedObjectError, UndecodableError):
        pass
    assert time.process_time() - start < 5


GOOD = {syntax: encoded(a_ct(), syntax) for syntax in SYNTAXES}
syntaxes = st.sampled_from(SYNTAXES)


@given(syntaxes, st.integers(0, 2000))
def test_no_cut_makes_it_fail(syntax, at):
    survive(GOOD[syntax][:at])


@given(
    syntaxes,
    st.lists(st.tuples(st.integers(0, 1100), st.integers(0, 255)), min_size=1, max_size=8),
)
@settings(max_examples=400)
def test_no_flipped_bytes_make_it_fail(syntax, flips):
    data = bytearray(GOOD[syntax])
    for at, value in flips:
        data[at % len(data)] = value
    survive(bytes(data))


@given(st.binary(max_size=400))
@example(b"\x08\0\0\0\4\0\0\0" * 20)
def test_no_rubbish_makes_it_fail(rubbish):
    survive(rubbish)
    survive(bytes(128) + b"DICM" + rubbish)


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_flipped_bytes_of_compressed_frames_make_it_fail(shared_dicom: Path, data):
    names = ["SC_rgb_jpeg_dcmtk", "MR_small_RLE", "MR_small_jpeg_ls_lossless", "GDCMJ2K_TextGBR"]
    name = data.draw(st.sampled_from(names))
    source = (shared_dicom / "syntaxes" / f"pydicom__test_files__{name}.dcm").read_bytes()
    broken = bytearray(source)
    start = source.find(b"\xe0\x7f\x10\x00")
    for at in data.draw(st.lists(st.integers(start, len(source) - 1), min_size=1, max_size=12)):
        broken[at] = data.draw(st.integers(0, 255))
    survive(bytes(broken))


def nested(depth: int) -> Dataset:
    """A CT with a sequence in a sequence in a sequence …"""
    inner = Dataset()
    inner.CodeValue = "1"
    for _ in range(depth):
        inner.is_undefined_length_sequence_item = True
        outer = Dataset()
        outer.ContentSequence = Sequence([inner])
        outer["ContentSequence"].is_undefined_length = True
        inner = outer
    ct = a_ct()
    ct.update(inner)
    return ct


def test_nesting_is_bounded():
    assert read_object(encoded(nested(20))).study.patient_name
    with pytest.raises(RefusedObjectError) as refused:
        read_object(encoded(nested(100)))
    assert refused.value.reason is RefusalReason.TOO_DEEP


def test_an_object_larger_than_allowed_is_refused():
    with pytest.raises(RefusedObjectError) as refused:
        read_object(encoded(a_ct()), max_size=100)
    assert refused.value.reason is RefusalReason.TOO_LARGE


def test_a_million_empty_elements_end_in_a_refusal():
    data = bytes(128) + b"DICM" + b"\x08\0\1\0UI\0\0" * 3_000_000
    start = time.thread_time()
    with pytest.raises(RefusedObjectError, match="more elements"):
        read_object(data)
    assert time.thread_time() - start < 20  # a second where nobody counts covered lines


def test_numbers_out_of_range_are_unknown_not_wrong():
    ct = a_ct()
    ct.add_new(0x00200013, "IS", "7")
    data = encoded(ct).replace(b"\x20\0\x13\0IS\x02\x007 ", b"\x20\0\x13\0IS\x0a\x009999999999")
    assert read_object(data).instance_number is None


def test_control_characters_never_leave_the_header():
    """A NUL inside a text would fail in PostgreSQL, an escape in a terminal."""
    data = encoded(a_ct()).replace("Иванов^Иван".encode(), b"Iva\0nov^\x1b[31mRed\0\0\0\0\0")
    data = data.replace(b"CS\2\0CT", b"CS\2\0\0T").replace(b"20260131", b"2026\n131")
    parsed = read_object(data)
    for text in (parsed.study.patient_name, parsed.series.modality, parsed.study.modalities[0]):
        assert text.isprintable()
    assert parsed.study.study_date is None

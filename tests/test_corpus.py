"""Everything real there is, through a whole server: imported, listed by its name, and opened."""

import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from app.client.imports import ImportSummary, import_paths
from app.client.server import Server
from app.dicom.header import ParsedObject, read_object
from app.dicom.pixels import UndecodableError, UndecodableReason, decode
from app.domain.access import POLICY, Actor, Role
from app.domain.ingest import RefusalReason, RefusedObjectError, Source, SourceKind
from app.domain.study import WorklistQuery
from app.server.core import worklist
from app.server.core.ingest import Ingest
from app.server.store.engine import Database
from app.server.store.objects import ObjectStore
from app.settings import Settings
from tests.clinic import STAFF, Clinic, a_clinic, set_up
from tests.conftest import PATIENCE_S
from tests.logs import LOG

FOLDERS = ("cd", "charsets", "objects", "photometric", "series", "syntaxes")
NO_STUDY = {  # objects of no study: palettes, and test images whose makers left the UIDs out
    "fall",
    "hotiron",
    "hotmetalblue",
    "pet",
    "pet20step",
    "spring",
    "summer",
    "winter",
    "dataset",
    "HTJ2KLossless_08_RGB",
    "JLSL_08_07_0_1F",
    "JLSL_16_15_1_1F",
    "JLSL_RGB_ILV0",
    "JLSL_RGB_ILV2",
    "JLSN_RGB_ILV0",
    "JPEGLSNearLossless_08",
    "JPEGLSNearLossless_16",
    "SC_rgb_jls_lossy_line",
    "SC_rgb_jls_lossy_sample",
}
NO_OBJECT = {"chrSQEncoding", "chrSQEncoding1", "empty_charset_LEI"} | {  # no SOP class at all
    f"wklist{number}" for number in range(1, 11)
}
VIDEOS = {"syn_h264_hp41", "syn_hevc_main10", "syn_hevc_main51", "syn_mpeg2_mpml"}
BROKEN = {"JPEG2000-embedded-sequence-delimiter"}  # its SIZ segment was overwritten on purpose
pytestmark = pytest.mark.no_cover  # it runs what others do, many times


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> Iterator[Clinic]:
    with a_clinic(tmp_path_factory.mktemp("corpus")) as clinic:
        yield clinic


@pytest.fixture(scope="module")
def operator(clinic) -> Server:
    return clinic.signed_in(Role.OPERATOR)


@pytest.fixture(scope="module")
def files(shared_dicom: Path) -> list[Path]:
    """Every real file; the folder of hostile ones has its own tests."""
    found = [p for folder in FOLDERS for p in sorted((shared_dicom / folder).rglob("*"))]
    return [path for path in found if path.is_file()]


@pytest.fixture(scope="module")
def objects(files) -> dict[Path, ParsedObject]:
    """What is read of those that are objects."""
    found = {}
    for path in files:
        with suppress(RefusedObjectError):
            found[path] = read_object(path)
    return found


@pytest.fixture(scope="module")
def summary(shared_dicom: Path, operator, files) -> ImportSummary:
    """What importing all folders at once came to."""
    folders = [shared_dicom / folder for folder in FOLDERS]
    summary = import_paths(operator, folders, lambda _: None, lambda: False)
    LOG.expect("object-conflict", PATIENCE_S)
    return summary


def subject(name: str) -> str:
    """The last part of a file's name, without where it comes from."""
    return Path(name.rsplit("__", 1)[-1]).stem


def test_all_but_the_objects_of_no_study_are_taken(summary, files):
    reasons = defaultdict(set)
    for refusal in summary.refusals:
        reasons[refusal.reason].add(subject(refusal.name))
    assert reasons == {
        RefusalReason.MISSING_UID: NO_STUDY,
        RefusalReason.NO_SOP_CLASS: NO_OBJECT,
    }
    taken = summary.stored + summary.duplicates + summary.conflicts
    assert taken + len(summary.refusals) + summary.ignored == len(files)
    assert summary.stored > 1100


def test_what_is_ignored_is_no_object(summary, files):
    ignored = [path for path in files if path.name.startswith(("DICOMDIR", "README"))]
    assert summary.ignored <= len(ignored)


def test_objects_clash_only_with_others_of_their_uid(summary, objects):
    """The same image in many codecs keeps its UID: the first stays, the rest are quarantined."""
    series_of, studies_of = {}, defaultdict(set)
    for parsed in objects.values():
        series_of[parsed.sop_instance_uid] = parsed.series_uid
        studies_of[parsed.series_uid].add(parsed.study_uid)
    in_two_studies = [uid for uid, series in series_of.items() if len(studies_of[series]) > 1]
    assert len(series_of) - len(in_two_studies) <= summary.stored <= len(series_of)
    assert len(in_two_studies) < 10


def test_every_study_is_listed_with_a_name_its_files_declare(summary, operator, objects):
    names = defaultdict(set)
    for path, parsed in objects.items():
        names[parsed.study_uid].add(pydicom_name(path))
    page = operator.worklist(WorklistQuery(limit=2000))
    assert page.total == len(summary.studies) > 100
    mislabelled = {each.study_uid for path, each in objects.items() if path.name.startswith("syn_")}
    checked = [row for row in page.rows if row.study_uid not in mislabelled]
    assert len(checked) > 100
    for row in checked:
        assert row.patient_name in names[row.study_uid]


def pydicom_name(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, specific_tags=["PatientName"], force=True)
        return str(dataset.get("PatientName", "")).rstrip("^= ")


RUSSIAN = "Щербаков^Ёжик^Съёмович"
MADE = {  # what the made-up files were made with
    "syn_ja_2022_noreset": "Yamada^Tarou=山田^太郎",
    "syn_mixed_utf8_cut": "Щерб\ufffd",
    "syn_ru_2022_ir144": "Ivanov^Ivan=Иванов^Иван",
    "syn_zh_gb18030_ok": "张^小东",
    "syn_zh_gbk_label": "张^小东",
}


def test_each_character_set_is_listed_right_in_an_archive_of_its_own(shared_dicom, tmp_path):
    """The made-up files share one study, whose row has the name of the first."""
    operator = Actor("oleg", POLICY[Role.OPERATOR])
    listed = 0
    for number, file in enumerate(sorted((shared_dicom / "charsets").iterdir())):
        if subject(file.name) in NO_OBJECT:
            continue
        with an_archive(tmp_path / str(number)) as (database, ingest):
            ingest.store(operator, Source(SourceKind.IMPORT, "oleg"), file)
            (row,) = worklist.search(database, operator, WorklistQuery()).rows
        made = MADE.get(file.stem, RUSSIAN)
        expected = made if file.name.startswith("syn_") else pydicom_name(file)
        assert row.patient_name == expected, file.name
        listed += 1
    assert listed >= 25


@contextmanager
def an_archive(folder: Path) -> Iterator[tuple[Database, Ingest]]:
    """A fresh archive without a server around it."""
    set_up(folder, STAFF)
    database = Database.open(Settings(data_dir=folder))
    objects = ObjectStore(folder)
    ingest = Ingest(database, objects, max_object_size=1 << 28, clock=lambda: datetime.now(UTC))
    yield database, ingest
    ingest.close()
    objects.close()
    database.close()


def test_every_image_opens_or_says_why(objects):
    opened, closed = 0, {}
    for path, parsed in objects.items():
        image = parsed.image
        if image is None:
            continue
        try:
            pixels = decode(path, image, image.format.frames - 1)
        except UndecodableError as error:
            closed[subject(path.name)] = error.reason
            continue
        assert pixels.shape[:2] == (image.format.rows, image.format.columns)
        assert pixels.ndim == 2 or (pixels.shape[2] == 3 and pixels.dtype == np.uint8)
        opened += 1
    assert opened > 1100
    assert closed == dict.fromkeys(VIDEOS, UndecodableReason.TRANSFER_SYNTAX) | dict.fromkeys(
        BROKEN, UndecodableReason.CORRUPT
    )


def test_stored_images_are_the_same_as_their_files(summary, operator, files, objects):
    """From the archive, by the manifest's own offsets, for some of each kind."""
    originals = {}
    for path in files[::23]:
        if path in objects:
            parsed = objects[path]
            originals.setdefault(parsed.series_uid, {}).setdefault(parsed.sop_instance_uid, path)
    compared = 0
    for series_uid, paths in originals.items():
        for source in operator.manifest(series_uid).images:
            path = paths.get(source.image.sop_instance_uid)
            if path is None or not np.array_equal(read_pixels(path), read_pixels(source.path)):
                continue
            compared += 1
            if source.pixel_offset >= 0:
                assert native_bytes(source) == read_pixels(path).tobytes()
    assert compared > 40


def read_pixels(path: str | Path) -> np.ndarray:
    image = read_object(Path(path)).image
    assert image is not None
    try:
        return decode(Path(path), image)
    except UndecodableError:
        return np.zeros(0)


def native_bytes(source) -> bytes:
    form = source.image.format
    size = form.rows * form.columns * form.bits_allocated // 8
    with Path(source.path).open("rb") as file:
        file.seek(source.pixel_offset)
        return file.read(size)

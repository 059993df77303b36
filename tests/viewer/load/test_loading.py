"""Pixels of a series into memory."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.dicom.encoders import HTJ2K, JPEG_2000, JPEG_LS
from app.dicom.transcode import transcode
from app.domain.errors import NotFoundError
from app.domain.image import ImageSource, Window
from app.viewer.load.loading import NO_MEMORY, UNREADABLE, SeriesLoader
from app.viewer.load.memory import Memory
from app.viewer.load.series import LoadedSeries
from tests.dicom import objects
from tests.viewer.load.manifests import a_manifest, an_image, from_files, remote, stored


def no_server(uid: str) -> bytes:
    raise NotFoundError(uid)


def a_loader(manifest, fetch=no_server, **changes) -> SeriesLoader:
    options = {"progress": lambda _series: None, "cancelled": lambda: False}
    return SeriesLoader(manifest, fetch, **{**options, **changes})


def numbered(index: int, kind=np.int16) -> np.ndarray:
    return np.full((8, 6), index, kind)


@pytest.fixture
def a_ct(tmp_path) -> tuple[ImageSource, ...]:
    return tuple(stored(tmp_path, an_image(index), numbered(index)) for index in range(9))


def test_a_local_series_lies_in_one_slab_in_display_order(a_ct):
    series = a_loader(a_manifest(*a_ct)).load()
    assert series.complete
    assert series.slab is not None
    assert series.slab[:, 0, 0].tolist() == list(range(9))
    assert all(np.shares_memory(series.frame(index), series.slab) for index in range(9))


def test_the_middle_comes_first_and_the_rest_by_its_distance(a_ct):
    seen: list[list[int]] = []

    def note(series: LoadedSeries) -> None:
        seen.append([index for index in range(9) if series.frame(index) is not None])

    loader = a_loader(a_manifest(*a_ct), progress=note)
    assert loader.series.first == 4
    loader.load()
    assert seen[0] == [4]
    assert len(seen) == 9
    assert loader.series.reference == 4


def test_pictures_that_are_looked_at_come_next(a_ct):
    order: list[int] = []
    loader = None

    def note(series: LoadedSeries) -> None:
        order.extend(i for i in range(9) if series.frame(i) is not None and i not in order)
        loader.want(0)

    loader = a_loader(a_manifest(*a_ct), progress=note)
    loader.load()
    assert set(order[1:4]) <= {0, 1, 2, 3}


def test_a_remote_series_is_fetched_and_gives_the_same_pixels(a_ct):
    files = {source.image.sop_instance_uid: Path(source.path).read_bytes() for source in a_ct}
    series = a_loader(a_manifest(*map(remote, a_ct)), files.__getitem__).load()
    assert series.slab is not None
    assert series.slab[:, 7, 5].tolist() == list(range(9))


def test_a_file_that_is_gone_is_fetched_from_the_server(a_ct):
    data = Path(a_ct[0].path).read_bytes()
    Path(a_ct[0].path).unlink()
    series = a_loader(a_manifest(*a_ct), lambda _uid: data).load()
    assert series.loaded == 9


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000, HTJ2K])
def test_an_object_that_was_compressed_since_it_was_listed_gives_the_same_pixels(
    tmp_path, syntax, is_signed
):
    """The archive replaced its file, whose path and offsets the manifest has."""
    ds = objects.a_ct(rows=40, columns=30, frames=2)
    ds.PixelRepresentation = int(is_signed)
    ds.PixelData = np.arange(2400, dtype="<i2").tobytes()
    file = tmp_path / "1.dcm"
    file.write_bytes(objects.encoded(ds))
    manifest = from_files([file])
    before = a_loader(manifest).load()
    compressed = transcode(file, syntax)
    file.unlink()
    after = a_loader(manifest, lambda _uid: compressed).load()
    assert after.loaded == 2
    assert after.slab.dtype == before.slab.dtype
    assert np.array_equal(after.slab, before.slab)


def test_a_picture_that_can_not_be_had_says_why_and_the_others_come(a_ct, tmp_path):
    short = stored(tmp_path, an_image(3), numbered(3), cut=1)
    sources = [*a_ct[:3], short, remote(a_ct[4]), *a_ct[5:]]
    series = a_loader(a_manifest(*sources)).load()
    assert series.failure(3) == "short"
    assert series.failure(4) == "not-found"
    assert series.frame(3) is None
    assert (series.loaded, series.failed, series.complete) == (7, 2, True)


def test_a_header_that_promises_more_than_the_file_has_is_truncated(a_ct):
    lying = replace(a_ct[0], pixel_length=10)
    assert a_loader(a_manifest(lying)).load().failure(0) == "short"


def test_an_unreadable_file_says_so(a_ct, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert a_loader(a_manifest(a_ct[0])).load().failure(0) == UNREADABLE


def test_a_cancelled_load_stops(a_ct):
    stop = threading.Event()
    loader = a_loader(a_manifest(*a_ct), progress=lambda _s: stop.set(), cancelled=stop.is_set)
    assert loader.load().loaded == 1


def test_frames_of_one_object_are_pictures_of_their_own(tmp_path):
    image = an_image(0, frames=3)
    pixels = np.stack([numbered(index) for index in (5, 6, 7)])
    source = stored(tmp_path, image, pixels)
    fetched: list[str] = []

    def fetch(uid: str) -> bytes:
        fetched.append(uid)
        return Path(source.path).read_bytes()

    for each in (source, remote(source)):
        series = a_loader(a_manifest(each), fetch).load()
        assert [int(series.frame(i)[0, 0]) for i in range(3)] == [5, 6, 7]
    assert fetched == ["1.2.1"]


def test_overlays_in_the_unused_bits_are_no_pixels(tmp_path):
    unsigned = an_image(0, bits_stored=12, pixel_representation=0)
    signed = an_image(1, bits_stored=12)
    first = stored(tmp_path, unsigned, np.full((8, 6), 0xF123, np.uint16))
    second = stored(tmp_path, signed, np.full((8, 6), 0x0FFF, np.int16))
    assert a_loader(a_manifest(first)).load().frame(0)[0, 0] == 0x123
    assert a_loader(a_manifest(second)).load().frame(0)[0, 0] == -1


def test_pictures_of_different_size_are_kept_apart(tmp_path):
    first = stored(tmp_path, an_image(0), numbered(1))
    second = stored(tmp_path, an_image(1, rows=4), np.full((4, 6), 2, np.int16))
    series = a_loader(a_manifest(first, second)).load()
    assert series.slab is None
    assert [series.frame(i).shape for i in range(2)] == [(8, 6), (4, 6)]
    assert series.size == (8 + 4) * 6 * 2


def test_what_does_not_fit_into_memory_says_so(a_ct):
    series = a_loader(a_manifest(*a_ct), memory=Memory(4 * 8 * 6 * 2)).load()
    assert series.loaded == 4
    assert {series.failure(i) for i in range(9)} == {"", NO_MEMORY}


def test_a_stack_shares_one_automatic_window_and_projections_have_their_own(tmp_path):
    values = [np.arange(48, dtype=np.int16).reshape(8, 6) * factor for factor in (1, 10, 5)]
    sources = [stored(tmp_path, an_image(i), value) for i, value in enumerate(values)]
    stack = a_loader(a_manifest(*sources)).load()
    assert stack.automatic(0) == stack.automatic(1) == stack.automatic(2)
    films = [
        replace(source, image=replace(source.image, modality="DX", planes=())) for source in sources
    ]
    series = a_loader(a_manifest(*films, modality="DX")).load()
    assert series.first == 0
    assert series.automatic(0) != series.automatic(1)


def test_a_picture_that_is_not_there_yet_has_no_window(a_ct):
    series = LoadedSeries(a_manifest(*a_ct))
    assert series.automatic(0) is None
    assert series.frame(0) is None
    assert series.frame(99) is None
    assert isinstance(series.shots[0].image.windows[0], Window)


def test_what_an_earlier_loading_had_is_taken_over_and_only_the_rest_is_read(a_ct, tmp_path):
    known = a_loader(a_manifest(*a_ct[2:6])).load()
    for source in a_ct[2:6]:
        Path(source.path).unlink()
    loader = a_loader(a_manifest(*a_ct), known=known)
    assert loader.series.loaded == 4
    assert loader.series.automatic(0) == known.automatic(0)
    series = loader.load()
    assert series.failed == 0
    assert series.slab[:, 0, 0].tolist() == list(range(9))


def test_pictures_without_a_slab_are_taken_over_too(tmp_path):
    first = stored(tmp_path, an_image(0), numbered(1))
    second = stored(tmp_path, an_image(1, rows=4), np.full((4, 6), 2, np.int16))
    known = a_loader(a_manifest(first)).load()
    series = a_loader(a_manifest(first, second), known=known).series
    assert series.frame(0) is not None
    assert not np.shares_memory(series.frame(0), known.slab)
    again = a_loader(a_manifest(first, second), known=series).series
    assert again.frame(0) is series.frame(0)

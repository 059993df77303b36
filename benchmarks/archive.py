"""The archive: ready after a start, taking the sample CT, and giving it to the viewer."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import SimpleITK

from app.client.embedded import EmbeddedServer
from app.client.imports import import_paths
from app.client.server import Server
from app.domain.image import SeriesManifest
from app.viewer.load.loading import SeriesLoader
from benchmarks.clinic import a_clinic
from benchmarks.samples import Place
from benchmarks.table import Row, median_ms, paired_ms


def run(place: Place) -> Iterator[Row]:
    """Start, import, open."""
    yield _ready(place.scratch / "ready")
    images = place.chest_ct
    with a_clinic(place.scratch / "archive") as server:
        started = time.perf_counter()
        summary = import_paths(server, [images], lambda _progress: None, lambda: False)
        value = (time.perf_counter() - started) * 1000
        peer = _durable_copy(place)
        yield Row("import of the sample CT, durable", value, "ms", "copy, synced", peer)
        study = server.study(summary.studies[0])
        manifest = server.manifest(study.series[0].series_uid)
        yield from _opening(server, manifest)


def _ready(data_dir: Path) -> Row:
    data_dir.mkdir()

    def start() -> None:
        EmbeddedServer.start_or_join(data_dir, dicom_port=11412).close()

    def timed() -> float:
        started = time.perf_counter()
        server = EmbeddedServer.start_or_join(data_dir, dicom_port=11412)
        taken = (time.perf_counter() - started) * 1000
        server.close()
        return taken

    start()  # the first makes keys and tables
    return Row("server ready", sorted(timed() for _ in range(3))[1], "ms", most=2000)


def _durable_copy(place: Place) -> float:
    target = place.scratch / "copy"
    target.mkdir()
    started = time.perf_counter()
    for source in place.chest_ct.rglob("*.dcm"):
        with (target / source.name).open("wb") as copy:
            copy.write(source.read_bytes())
            copy.flush()
            os.fdatasync(copy.fileno())
    return (time.perf_counter() - started) * 1000


def _opening(server: Server, manifest: SeriesManifest) -> Iterator[Row]:
    files = [Path(source.path) for source in manifest.images]

    def first_image() -> None:
        fresh = server.manifest(manifest.series.series_uid)
        loader = SeriesLoader(
            fresh,
            server.object_bytes,
            progress=lambda _series: None,
            cancelled=lambda: loader.series.loaded > 0,
        )
        loader.load()

    def whole() -> None:
        _load(server, manifest)

    def raw() -> None:
        for file in files:
            file.read_bytes()

    yield Row("first image after opening", median_ms(first_image, 7), "ms", most=150)
    value, peer = paired_ms(whole, raw, runs=7)
    yield Row("volume ready, 300 × 512²", value, "ms", "raw read", peer, most_ratio=3)
    value, peer = paired_ms(whole, _simple_itk(files), runs=3)
    yield Row("volume ready, 300 × 512²", value, "ms", "SimpleITK", peer, most_ratio=1 / 5)


def _load(server: Server, manifest: SeriesManifest) -> None:
    loader = SeriesLoader(
        manifest,
        server.object_bytes,
        progress=lambda _series: None,
        cancelled=lambda: False,
    )
    loader.load()


def _simple_itk(files: list[Path]) -> Callable[[], object]:
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in files])
    return reader.Execute

"""A server that has a folder of DICOM files, for windows that only read."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.dicom.geometry import display_order
from app.dicom.header import ParsedObject, read_object
from app.domain.access import Permission
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.image import SeriesManifest
from app.domain.study import Study
from app.ui.pictures import to_image, to_png
from tests.viewer.load.manifests import source_of


class FolderServer:
    """Answers like `app.client.server.Server` from files; `reachable` turns it off."""

    def __init__(self, *folders: Path, local: bool = True) -> None:
        self.permissions = frozenset(Permission)
        self.reachable = True
        self.local = local
        self._paths: dict[str, Path] = {}
        self._objects: dict[str, list[tuple[ParsedObject, Path]]] = defaultdict(list)
        for folder in folders:
            for path in sorted(folder.iterdir()):
                self.add(path)

    def add(self, path: Path) -> None:
        found = read_object(path)
        self._paths[found.sop_instance_uid] = path
        self._objects[found.series_uid].append((found, path))

    def study(self, study_uid: str = "") -> Study:
        self._answer()
        series = tuple(
            replace(
                objects[0][0].series,
                instance_count=len(objects),
                image_count=sum(found.image is not None for found, _ in objects),
            )
            for objects in self._objects.values()
        )
        first = next(iter(self._objects.values()))[0][0]
        return Study(first.study, tuple(sorted(series, key=lambda each: each.number or 0)))

    def manifest(self, series_uid: str) -> SeriesManifest:
        self._answer()
        held = [item for item in self._objects[series_uid] if item[0].image is not None]
        order = display_order([found.image for found, _ in held])
        sources = [source_of(*held[index]) for index in order]
        if not self.local:
            sources = [replace(source, path="") for source in sources]
        return SeriesManifest(self._objects[series_uid][0][0].series, tuple(sources))

    def thumbnail(self, series_uid: str) -> bytes:
        self._answer()
        ramp = np.add.outer(np.arange(96), np.arange(96)).astype(np.uint8)
        return to_png(to_image(ramp))

    def object_bytes(self, sop_instance_uid: str) -> bytes:
        self._answer()
        if sop_instance_uid not in self._paths:
            raise NotFoundError(sop_instance_uid)
        return self._paths[sop_instance_uid].read_bytes()

    def _answer(self) -> None:
        if not self.reachable:
            raise UnavailableError

"""What the journey plays on: the sample studies, or a folder of one's own files."""

import shutil
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.demo import samples
from app.dicom.header import read_object
from app.domain.errors import Error
from app.domain.study import StudySummary, display_name


@dataclass(frozen=True)
class Material:
    """Files by the way they come in, and the study that is read.

    `sent` goes by C-STORE, `folder` and `archive` are imported, `late` arrives by C-STORE while the
    worklist is on screen. On one's own data these overlap; the answer is then "already there".
    """

    sent: tuple[Path, ...]
    folder: Path
    archive: Path
    late: tuple[Path, ...]
    study: StudySummary
    image_count: int
    search: str
    other_searches: tuple[str, ...]
    note: str
    overlaps: bool = False
    """Whether the same objects come in by several ways."""

    @property
    def patient(self) -> str:
        """The patient's name for people, or their ID when there is no name."""
        return display_name(self.study.patient_name) or self.study.patient_id


def from_samples(cache: Path, work: Path, progress: samples.Progress) -> Material:
    """The generated studies, kept in `cache`."""
    made = {path.name.split("-")[0]: path for path in samples.generate(cache, progress=progress)}
    archive = _zipped(work / "studies.zip", [made["us"], made["pet"], made["mr"]])
    prior = next(path for path in cache.iterdir() if path.name.startswith("ct-prior"))
    current = next(path for path in cache.iterdir() if path.name.startswith("ct-chest"))
    study, count = _main_study(_files(current))
    return Material(
        sent=(*_files(prior), *_files(made["transfer"])),
        folder=current,
        archive=archive,
        late=tuple(_files(made["cr"])),
        study=study,
        image_count=count,
        search="иванов ct 2026",
        other_searches=("смирнова алена", "MÜLLER", "kp-1005"),
        note="sample studies",
    )


def from_folder(folder: Path, work: Path) -> Material:
    """One's own files. Raises ValueError when there is no DICOM image among them."""
    files = _files(folder)
    study, count = _main_study(files)
    mine = [path for path in files if _study_uid(path) == study.study_uid]
    # The first comes alone and live; a third by C-STORE; then the whole folder, and a ZIP of some.
    third = max(1, len(mine) // 3)
    whole = work / "own"
    shutil.copytree(folder, whole)
    return Material(
        sent=tuple(mine[1:third]) or tuple(mine[:1]),
        folder=whole,
        archive=_zipped(work / "studies.zip", mine[:third]),
        late=tuple(mine[:1]),
        study=study,
        image_count=count,
        search=_search_word(study),
        other_searches=(),
        note=f"own data, {len(files)} files",
        overlaps=True,
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


def _main_study(files: Sequence[Path]) -> tuple[StudySummary, int]:
    """The study with most images, and how many it has."""
    counted: Counter[str] = Counter()
    summaries: dict[str, StudySummary] = {}
    for path in files:
        try:
            parsed = read_object(path)
        except Error:
            continue
        if parsed.image is not None:
            counted[parsed.study_uid] += 1
            summaries.setdefault(parsed.study_uid, parsed.study)
    if not counted:
        message = "no DICOM image in this folder"
        raise ValueError(message)
    uid, count = counted.most_common(1)[0]
    return summaries[uid], count


def _study_uid(path: Path) -> str:
    try:
        return read_object(path).study_uid
    except Error:
        return ""


def _search_word(study: StudySummary) -> str:
    """A word of the name in small letters and the modality, as one would type it."""
    words = display_name(study.patient_name).split() or [study.patient_id or study.description]
    longest = max(words, key=len).casefold()
    return " ".join((longest, *(code.casefold() for code in study.modalities[:1])))


def _zipped(archive: Path, sources: Sequence[Path]) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as zipped:
        for source in sources:
            for path in _files(source) if source.is_dir() else [source]:
                zipped.write(path, f"{source.name}/{path.name}")
    return archive

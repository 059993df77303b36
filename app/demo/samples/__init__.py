"""Made-up studies, repeatable from a seed: nobody's data, but shaped like a clinic's.

`generate` makes the whole set in a folder, or finds it there; each study has a function of its own
too. A study is one folder of Part 10 files.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from app.demo.samples import ct, mr, syntaxes, us

__all__ = [
    "SEED", "chest_ct", "chest_radiograph", "generate", "head_mr", "pet", "prior_ct",
    "transfer_syntaxes", "ultrasound",
]  # fmt: skip

SEED = 2026
FORMAT = "5"
"""Rises when the generator makes other files, so that kept ones are made anew."""
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
Told = Callable[[], None]


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def _never() -> bool:
    return False


def chest_ct(
    folder: Path,
    *,
    slices: int = 300,
    seed: int = SEED,
    progress: Progress = _silent,
    cancelled: Cancelled = _never,
) -> Path:
    """The chest and abdomen CT of `slices` × 512², as a folder in `folder`."""
    return _kept(
        folder / f"ct-chest-abdomen-{slices}", seed, slices, progress, cancelled,
        lambda target, told: ct.write_current(target, seed, slices, told, cancelled),
    )  # fmt: skip


def prior_ct(
    folder: Path,
    *,
    slices: int = 100,
    seed: int = SEED,
    progress: Progress = _silent,
    cancelled: Cancelled = _never,
) -> Path:
    """The same patient a year earlier, thicker slices, the lesion smaller."""
    return _kept(
        folder / f"ct-prior-{slices}", seed, slices, progress, cancelled,
        lambda target, told: ct.write_prior(target, seed, slices, told, cancelled),
    )  # fmt: skip


def pet(
    folder: Path,
    *,
    slices: int = 100,
    seed: int = SEED,
    progress: Progress = _silent,
    cancelled: Cancelled = _never,
) -> Path:
    """The FDG PET on the frame of reference of `chest_ct`."""
    return _kept(
        folder / f"pet-{slices}", seed, slices, progress, cancelled,
        lambda target, told: ct.write_pet(target, seed, slices, told, cancelled),
    )  # fmt: skip


def head_mr(
    folder: Path, *, seed: int = SEED, progress: Progress = _silent, cancelled: Cancelled = _never
) -> Path:
    """The head in three sequences, one of them oblique."""
    total = sum(sequence.slices for sequence in mr.SEQUENCES)
    return _kept(
        folder / "mr-head", seed, total, progress, cancelled,
        lambda target, told: mr.write_head(target, seed, told, cancelled),
    )  # fmt: skip


def ultrasound(
    folder: Path,
    *,
    frames: int = 40,
    seed: int = SEED,
    progress: Progress = _silent,
    cancelled: Cancelled = _never,
) -> Path:
    """A cine of the upper abdomen with a calibrated region."""
    return _kept(
        folder / f"us-cine-{frames}", seed, frames, progress, cancelled,
        lambda target, told: us.write_cine(target, seed, frames, told, cancelled),
    )  # fmt: skip


def chest_radiograph(
    folder: Path, *, seed: int = SEED, progress: Progress = _silent, cancelled: Cancelled = _never
) -> Path:
    """A frontal chest radiograph, MONOCHROME1, with ImagerPixelSpacing."""
    return _kept(
        folder / "cr-chest", seed, 1, progress, cancelled,
        lambda target, told: ct.write_radiograph(target, seed, told, cancelled),
    )  # fmt: skip


def transfer_syntaxes(
    folder: Path, *, seed: int = SEED, progress: Progress = _silent, cancelled: Cancelled = _never
) -> Path:
    """One small series in each common transfer syntax."""
    total = len(syntaxes.ALL) * syntaxes.SLICES
    return _kept(
        folder / "transfer-syntaxes", seed, total, progress, cancelled,
        lambda target, told: syntaxes.write_syntaxes(target, seed, told, cancelled),
    )  # fmt: skip


WHOLE_SET = (
    (chest_ct, 300),
    (prior_ct, 100),
    (pet, 100),
    (head_mr, sum(sequence.slices for sequence in mr.SEQUENCES)),
    (ultrasound, 40),
    (chest_radiograph, 1),
    (transfer_syntaxes, len(syntaxes.ALL) * syntaxes.SLICES),
)
"""The studies of `generate` with their number of steps."""


def generate(
    folder: Path, *, seed: int = SEED, progress: Progress = _silent, cancelled: Cancelled = _never
) -> tuple[Path, ...]:
    """Make every study under `folder`, or keep those that are there; one folder for each study.

    `progress` is told (done, total); after `cancelled` the studies that are whole are returned.
    """
    total = sum(steps for _, steps in WHOLE_SET)
    made, before = [], 0
    for make, steps in WHOLE_SET:
        if cancelled():
            break
        path = make(
            folder,
            seed=seed,
            progress=lambda done, _, before=before: progress(before + done, total),
            cancelled=cancelled,
        )
        if path.is_dir():
            made.append(path)
        before += steps
        progress(before, total)
    return tuple(made)


def _kept(
    target: Path,
    seed: int,
    total: int,
    progress: Progress,
    cancelled: Cancelled,
    write: Callable[[Path, Told], None],
) -> Path:
    """`target`, written by `write` unless it is there whole; half a study is never left behind."""
    stamp = target.with_name(f".{target.name}.made")
    wanted = f"{FORMAT} {seed}"
    if target.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return target
    unfinished = target.with_name(f".{target.name}.unfinished")
    for old in (target, unfinished):
        shutil.rmtree(old, ignore_errors=True)
    unfinished.mkdir(parents=True)
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    write(unfinished, told)
    if cancelled():
        shutil.rmtree(unfinished)
        return target
    unfinished.rename(target)
    stamp.write_text(wanted)
    return target

"""The windows on the number keys and in the menu: what 1 to 9 give a picture of each modality."""

from dataclasses import dataclass
from itertools import islice

from app.domain.image import Image, Window
from app.language import mark
from app.viewer.model.windows import AUTOMATIC, NARROW, PET_SUV, WIDE, Percent, presets_for

SUV_RANGES = (PET_SUV, (0.0, 3.0), (0.0, 5.0), (0.0, 10.0), (0.0, 15.0), (0.0, 20.0))
OWN = mark("Window of the image")


@dataclass(frozen=True, slots=True)
class Choice:
    """A window to choose: a fixed one, one by `percent` of the values, or else the image's own.

    `name` is mark()ed, or empty where the window names itself.
    """

    key: str
    name: str = ""
    window: Window | None = None
    percent: Percent | None = None

    @property
    def is_own(self) -> bool:
        """Whether it gives each picture its own window again."""
        return self.window is None and self.percent is None


def choices_for(image: Image) -> tuple[Choice, ...]:
    """CT has presets in HU, a PET ranges of SUV; the rest its own windows and those by values."""
    presets = presets_for(image.modality)
    if presets:
        return tuple(Choice(each.key, each.name, each.window) for each in presets)
    if image.modality == "PT" and image.suv_factor:
        ranges = [_suv_window(image.suv_factor, *limits) for limits in SUV_RANGES]
        fixed = [Choice(str(key), window=window) for key, window in enumerate(ranges, 1)]
        return (*fixed, *_by_values(len(fixed) + 1))
    more = islice(dict.fromkeys(each for each in image.windows if each.width > 0), 1, 6)
    further = [Choice(str(key), window=window) for key, window in enumerate(more, 5)]
    return (Choice("1", OWN), *_by_values(2), *further)


def choice_of(image: Image, key: str) -> Choice | None:
    """What a number key gives."""
    return next((each for each in choices_for(image) if each.key == key), None)


def _by_values(first: int) -> tuple[Choice, ...]:
    names = (
        (mark("Automatic window"), AUTOMATIC),
        (mark("Narrow window"), NARROW),
        (mark("Wide window"), WIDE),
    )
    return tuple(
        Choice(str(key), name, percent=percent) for key, (name, percent) in enumerate(names, first)
    )


def _suv_window(factor: float, low: float, high: float) -> Window:
    return Window((low + high) / 2 / factor, (high - low) / factor)

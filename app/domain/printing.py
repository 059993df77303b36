"""Images on film (PS3.4 H): which, shown how, and what the film is like."""

from dataclasses import dataclass

from app.domain.errors import InvalidError

FILM_SIZES = (
    "8INX10IN",
    "8_5INX11IN",
    "10INX12IN",
    "10INX14IN",
    "11INX14IN",
    "11INX17IN",
    "14INX14IN",
    "14INX17IN",
    "24CMX24CM",
    "24CMX30CM",
    "A4",
    "A3",
)
"""Defined terms of Film Size ID (2010,0050)."""
FILM_BITS = (8, 12)
MOST_IN_LINE = 8
"""Images in a row or column of a film."""
MOST_IMAGES = 300
MOST_COPIES = 20


@dataclass(frozen=True, slots=True)
class Film:
    """What a film is like; one without `size` has the size that the printer takes by itself."""

    size: str = ""
    is_landscape: bool = False
    columns: int = 1
    rows: int = 1

    @property
    def capacity(self) -> int:
        """How many images it holds."""
        return self.columns * self.rows

    def check(self) -> None:
        """Raise InvalidError naming the field that breaks a rule."""
        if self.size and self.size not in FILM_SIZES:
            raise InvalidError("film_size")
        for name in ("columns", "rows"):
            if not 1 <= getattr(self, name) <= MOST_IN_LINE:
                raise InvalidError(f"film_{name}")


@dataclass(frozen=True, slots=True)
class FilmImage:
    """A frame, counted from 1, in a window in modality units; without `width` in its own."""

    sop_instance_uid: str
    frame: int = 1
    centre: float = 0.0
    width: float = 0.0

    def check(self) -> None:
        """Raise InvalidError naming the field that breaks a rule."""
        if self.frame < 1:
            raise InvalidError("frame")
        if not 0 <= self.width < float("inf") or not abs(self.centre) < float("inf"):
            raise InvalidError("window")


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """Images of a study for the printer of that AE title, in their order over as many films as
    they need; `film` is the one of the printer's record unless it says otherwise."""

    ae_title: str
    images: tuple[FilmImage, ...]
    film: Film | None = None
    copies: int = 1

    def check(self) -> None:
        """Raise InvalidError naming the field that breaks a rule."""
        if not 1 <= len(self.images) <= MOST_IMAGES:
            raise InvalidError("images")
        if not 1 <= self.copies <= MOST_COPIES:
            raise InvalidError("copies")
        for image in self.images:
            image.check()
        if self.film:
            self.film.check()

"""How a picture is turned: mirrored left to right first, then by quarter turns clockwise."""

from dataclasses import dataclass

Matrix = tuple[tuple[int, int], tuple[int, int]]

_QUARTERS: tuple[Matrix, ...] = (
    ((1, 0), (0, 1)),
    ((0, -1), (1, 0)),
    ((-1, 0), (0, -1)),
    ((0, 1), (-1, 0)),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the eight ways to lay a picture; each change is as the viewer sees it."""

    quarters: int = 0
    mirrored: bool = False

    def rotated(self, quarters: int) -> "Turn":
        """Turned on by quarter turns, clockwise."""
        return Turn((self.quarters + quarters) % 4, self.mirrored)

    def flipped_across(self) -> "Turn":
        """Left and right exchanged."""
        return Turn(-self.quarters % 4, not self.mirrored)

    def flipped_down(self) -> "Turn":
        """Top and bottom exchanged."""
        return Turn((2 - self.quarters) % 4, not self.mirrored)

    @property
    def sideways(self) -> bool:
        """Whether rows run up and down."""
        return self.quarters % 2 == 1

    @property
    def matrix(self) -> Matrix:
        """What maps image directions (right, down) to directions of the view."""
        (a, b), (c, d) = _QUARTERS[self.quarters % 4]
        sign = -1 if self.mirrored else 1
        return (a * sign, b), (c * sign, d)


UPRIGHT = Turn()

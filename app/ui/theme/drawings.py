"""The drawings under `resources/icons`: 24 px grid, strokes in `currentColor`."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent.parent / "resources" / "icons"


def svg(name: str, colour: str) -> bytes:
    """The drawing `name` in `colour`; raises OSError when there is none."""
    return (FOLDER / f"{name}.svg").read_bytes().replace(b"currentColor", colour.encode())

"""What a place has to offer where objects lie for good."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import FileIO, RawIOBase
from pathlib import Path
from typing import NamedTuple, Protocol

IDENTITY = "archive-id"
"""The name under which a place says of which archive its objects are."""


LISTED_AT_ONCE = 500


class Listed(NamedTuple):
    """An object that lies there, with its bytes and when they were written."""

    key: str
    size: int
    written_at: datetime


class Shelf(Protocol):
    """Objects by their keys, in a folder or in a bucket.

    An object is brought before its row is committed and kept or dropped after it. What goes wrong
    is an OSError of this machine's disk, a StorageFullError or an UnavailableError.
    """

    is_here: bool
    """Whether they lie on this machine."""

    def identity(self) -> str | None:
        """Of which archive the objects are, None before anyone has said."""

    def identify(self, identity: str) -> None:
        """Say it for good."""

    def bring(self, staged: Path, key: str, file: FileIO) -> None:
        """Make an object safe that `file` wrote to `staged`, all but its name, and close it."""

    def keep(self, staged: Path, key: str) -> None:
        """Take over the file of an object whose row is committed."""

    def drop(self, staged: Path, key: str) -> None:
        """Forget an object that gets no row, whether it was brought or not."""

    def open(self, key: str) -> RawIOBase:
        """The object, to be read. Raises NotFoundError, or DamagedError when it was set apart."""

    def read_back(self, key: str) -> RawIOBase:
        """As `open`, and surely from where it lies for good."""

    def size(self, key: str) -> int:
        """Bytes of the object. Raises as `open`."""

    def stat(self, key: str) -> int:
        """Bytes of what lies there for good, whatever a copy says. Raises as `open`."""

    def plain_file(self, key: str) -> Path | None:
        """Where the object lies on this machine, None where it does not. Raises as `open`."""

    def listed(self) -> Iterator[Sequence[Listed]]:
        """All that lie there, LISTED_AT_ONCE at most at a time. That takes long."""

    def set_apart(self, key: str) -> None:
        """Bring a damaged object where nobody reads it."""

    def remove(self, *keys: str) -> None:
        """Delete objects; one that is gone already is no error."""

    def tidy(self) -> None:
        """Do what was put off; called now and then."""

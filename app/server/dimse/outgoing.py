"""An object on its way to a peer: in which of its syntaxes it goes, transcoded where it must be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from io import FileIO, RawIOBase
from pathlib import Path
from typing import Self

from app.dicom import part10, spooled
from app.dicom.guard import transcode_guarded
from app.dicom.header import read_object
from app.dicom.image_header import LOSSY_SYNTAXES
from app.dicom.transcode import UntranscodableError, can_transcode
from app.domain.errors import Error
from app.server.dimse.service import Context


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An object to be sent; `open` gives its Part 10 file, to be closed."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    open: Callable[[], RawIOBase]

    @classmethod
    def of(cls, path: Path) -> Self:
        """The object in a file. Raises RefusedObjectError."""
        parsed = read_object(path)
        return cls(
            parsed.sop_class_uid,
            parsed.sop_instance_uid,
            parsed.transfer_syntax_uid,
            partial(FileIO, path),
        )


class UnsendableError(Exception):
    """The object can't go on this association; the text says why."""


def candidates(source: str, preferred: str, others: Iterable[str] = ()) -> tuple[str, ...]:
    """The syntaxes an object may go in, best first; what has lost stays as it is if it can."""
    wishes = [source, part10.EXPLICIT, part10.IMPLICIT, *others]
    if preferred and source not in LOSSY_SYNTAXES:
        wishes.insert(0, preferred)
    return tuple(syntax for syntax in dict.fromkeys(wishes) if can_transcode(source, syntax))


def written(
    each: Outgoing, contexts: Iterable[Context], preferred: str
) -> tuple[Context, memoryview]:
    """The data set of `each` for the best of `contexts`. Raises UnsendableError."""
    accepted = {
        context.transfer_syntax_uid: context
        for context in contexts
        if context.sop_class_uid == each.sop_class_uid
    }
    reason = "no transfer syntax was accepted"
    for syntax in candidates(each.transfer_syntax_uid, preferred, accepted):
        if syntax not in accepted:
            continue
        try:
            with each.open() as file:
                if syntax == each.transfer_syntax_uid:
                    return accepted[syntax], part10.without_meta(file)
                data = transcode_guarded(file, syntax)
            try:
                return accepted[syntax], part10.without_meta(data)
            finally:
                spooled.close(data)
        except UntranscodableError as error:
            reason = f"can't be written in {syntax}: {error.detail}"
        except (Error, OSError) as error:
            raise UnsendableError(f"can't be read: {type(error).__name__}") from error
    raise UnsendableError(reason)

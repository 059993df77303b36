"""Staged files and their rows: a file ends where its row says, whatever happens between."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from app.dicom.header import ParsedObject
from app.domain.errors import Error, UnavailableError
from app.domain.ingest import Source
from app.server.store import data_keys
from app.server.store.engine import ClashError, Connection, Database
from app.server.store.filing import NewObject
from app.server.store.objects import Kept, ObjectStore, Staged

ATTEMPTS = 5
T = TypeVar("T")

log = structlog.get_logger()


@dataclass(slots=True)
class Placing:
    """A staged object; `has_row` says whether it has one, None where nobody knows."""

    staged: Staged
    has_row: bool | None = False


@contextmanager
def giving_rows(database: Database, placings: Sequence[Placing]) -> Iterator[Connection]:
    """A transaction that may give rows to `placings`; who began it says then which have one.

    After a commit that was not heard of nobody knows.
    """
    try:
        with database.write() as connection:
            data_keys.secure(connection, [each.staged.data_key for each in placings])
            yield connection
            for each in placings:
                each.has_row = None
    except UnavailableError:
        raise
    except Error:
        for each in placings:
            each.has_row = False
        raise


def settle(objects: ObjectStore, placing: Placing) -> None:
    """Keep the file of an object with a row, and discard others; the next start finds the rest."""
    staged = placing.staged
    if placing.has_row is None:
        objects.leave(staged)
        return
    try:
        if placing.has_row:
            objects.keep(staged)
        else:
            objects.discard(staged)
    except OSError as error:
        log.warning("object-left-in-staging", key=staged.key, reason=error.strerror)


def repeated(work: Callable[[], T]) -> T:
    """What `work` answers; it is done again when another was first, or waits for us."""
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except ClashError:
            log.info("ingest-repeated")
    return work()


def new_object(parsed: ParsedObject, image: bytes | None, kept: Kept, source: Source) -> NewObject:
    """What the index takes of an object; `image` is JSON of what `parsed` says of its pixels."""
    return NewObject(
        study=parsed.study,
        issuer_of_patient_id=parsed.issuer_of_patient_id,
        series=parsed.series,
        particulars=parsed.particulars,
        sop_instance_uid=parsed.sop_instance_uid,
        sop_class_uid=parsed.sop_class_uid,
        transfer_syntax_uid=parsed.transfer_syntax_uid,
        instance_number=parsed.instance_number,
        object_key=kept.key,
        size=kept.size,
        sha256=kept.sha256,
        received_sha256=kept.received_sha256,
        pixel_offset=parsed.pixel_offset,
        pixel_length=parsed.pixel_length,
        image=image,
        source=source,
    )

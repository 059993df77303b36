"""How objects are read on their way in, and what the settings change in them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from app.dicom import header, part10, spooled
from app.dicom.coercion import coerced
from app.dicom.compression import is_suited
from app.dicom.guard import compress_guarded
from app.dicom.header import ParsedObject
from app.dicom.reading import Reading
from app.dicom.rewriting import without_group_lengths
from app.dicom.spooled import Written, spool, written
from app.domain.ingest import Source
from app.settings import TagRule

PIECE = 1 << 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Received:
    """An object as it is to be kept: the head of `parsed`, then `data` from its `data_start` on.

    `sha256` is that of the object as it came, None where it is kept so. `data` is to be closed.
    """

    parsed: ParsedObject
    data: Written | Path
    sha256: str | None = None
    is_coerced: bool = False


@dataclass(frozen=True, slots=True)
class Reception:
    """What becomes of objects: `tag_rules` change attributes in the name of `ae_title`.

    Without those, group lengths go where one is wrong. Then objects are compressed, if a
    `transfer_syntax_uid` is named.
    """

    tag_rules: tuple[TagRule, ...] = ()
    ae_title: str = ""
    transfer_syntax_uid: str = ""

    def received(
        self, source: Source, data: bytes | Path, *, max_size: int, clock: Callable[[], datetime]
    ) -> Received:
        """What is to be kept of an object; `clock` tells the time. Raises RefusedObjectError."""
        reading = Reading.of(source.character_set)
        came = header.read_object(data, max_size=max_size, reading=reading)
        source.require_announced(came.sop_class_uid, came.sop_instance_uid)
        if part10.has_preamble(data):
            uid = came.sop_instance_uid
            log.info("preamble-emptied", sop_instance_uid=uid, kind=source.kind, source=source.name)
        changed = self._coerced(came, source, data, clock) if self.tag_rules else None
        mended = None
        if changed is None and came.has_wrong_group_lengths:
            mended = without_group_lengths(data, reading)
        found = changed or mended or came
        packed = None
        if self.transfer_syntax_uid:
            packed = self._compressed(found, data, is_changed=found is not came)
        sha256 = None if found is came and packed is None else _sha256(came, data)
        if packed:
            found = header.read_object(packed, reading=reading)
        return Received(found, packed or data, sha256, is_coerced=changed is not None)

    def _coerced(
        self,
        came: ParsedObject,
        source: Source,
        data: bytes | Path,
        clock: Callable[[], datetime],
    ) -> ParsedObject | None:
        return coerced(came, data, self.tag_rules, source, system=self.ae_title, now=clock())

    def _compressed(
        self, found: ParsedObject, data: bytes | Path, *, is_changed: bool
    ) -> Written | None:
        if not is_suited(found):
            return None
        if not is_changed:
            return compress_guarded(data, self.transfer_syntax_uid)
        with part10.opened(data) as buffer, spool() as file:
            file.write(found.head)
            for start in range(found.data_start, len(buffer), PIECE):
                file.write(buffer[start : start + PIECE])
            whole = written(file)
        try:
            return compress_guarded(whole, self.transfer_syntax_uid)
        finally:
            spooled.close(whole)


def _sha256(came: ParsedObject, data: bytes | Path) -> str:
    """Of an object as it would be kept had nothing been changed."""
    digest = hashlib.sha256(came.head)
    with (
        part10.opened(data) as buffer,
        memoryview(buffer) as whole,
        whole[came.data_start :] as rest,
    ):
        digest.update(rest)
    return digest.hexdigest()

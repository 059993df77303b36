"""How objects are read on their way in, and what the settings change in them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.dicom import header, part10
from app.dicom.coercion import coerced
from app.dicom.header import ParsedObject
from app.dicom.reading import Reading
from app.domain.ingest import Source
from app.settings import TagRule


@dataclass(frozen=True, slots=True)
class Received:
    """An object as it is to be kept: the head of `parsed`, then `data` from its `data_start` on.

    `sha256` is that of the object as it came, None where it is kept so.
    """

    parsed: ParsedObject
    data: bytes | Path
    sha256: str | None = None
    is_coerced: bool = False


@dataclass(frozen=True, slots=True)
class Reception:
    """What becomes of objects: `tag_rules` change attributes in the name of `ae_title`."""

    tag_rules: tuple[TagRule, ...] = ()
    ae_title: str = ""

    def received(
        self, source: Source, data: bytes | Path, *, max_size: int, now: datetime
    ) -> Received:
        """What is to be kept of an object. Raises RefusedObjectError."""
        reading = Reading.of(source.character_set)
        came = header.read_object(data, max_size=max_size, reading=reading)
        changed = coerced(came, data, self.tag_rules, source, system=self.ae_title, now=now)
        if changed is None:
            return Received(came, data)
        return Received(changed, data, _sha256(came, data), is_coerced=True)


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

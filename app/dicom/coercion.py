"""Attributes changed on receive, by the rules of the settings.

What they were stays in OriginalAttributesSequence (PS3.3 C.12.1.1.9), one item for each reason.
Pixel data and what follows it is neither read nor moved: only what lies before is written anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydicom.datadict import dictionary_VR, tag_for_keyword

from app.dicom import charset, part10
from app.dicom.charset_encoder import encoder
from app.dicom.elements import Budget, DataSet, scan
from app.dicom.header import ParsedObject
from app.dicom.reading import Reading
from app.dicom.recoding import element, recoded, sequence
from app.dicom.rewriting import rewritten
from app.domain.ingest import Source, SourceKind
from app.settings import ModificationReason, TagRule

CHARACTER_SET = 0x00080005
ORIGINAL_ATTRIBUTES = 0x04000561
CYRILLIC = "ISO 2022 IR 144"
"""What a character set without Cyrillic letters is extended with."""

log = structlog.get_logger()


def coerced(
    found: ParsedObject,
    data: bytes | Path,
    rules: Sequence[TagRule],
    source: Source,
    *,
    system: str,
    now: datetime,
) -> ParsedObject | None:
    """The object in `data` as `rules` make it, None when they change nothing.

    `found` is what was read of it as it came, and `system` the name of who changes it. Of the
    result again `head` comes first, then `data` from `data_start` on.
    """
    wanted = [
        rule
        for rule in rules
        if rule.is_for(
            source, found.series.modality, found.particulars.station_name, found.sop_class_uid
        )
    ]
    if not wanted:
        return None
    reading = Reading.of(source.character_set)
    with part10.opened(data) as buffer:
        body = part10.body(buffer)
        data_set = scan(body.buffer, body.start, len(body.buffer), body.encoding, Budget())
        attributes = _Attributes(data_set, reading.terms)
        for rule in wanted:
            attributes.follow(rule)
        origin = source.name if source.kind is SourceKind.C_STORE else ""
        changes = attributes.changes(system, origin, now)
        if not changes:
            return None
        return rewritten(body, data_set, changes, reading, size=len(buffer))


class _Attributes:
    """The top level of a data set while rules change it; `terms` are those it inherits."""

    def __init__(self, data_set: DataSet, terms: tuple[str, ...]) -> None:
        self._data_set = data_set
        self._terms = terms
        self._new: dict[int, bytes | None] = {}
        self._reasons: dict[int, ModificationReason] = {}

    def follow(self, rule: TagRule) -> None:
        """Do what `rule` says."""
        for keyword, value in rule.set.items():
            self._write(keyword, value, rule.reason)
        for keyword, value in rule.add.items():
            if not self._raw(_tag(keyword)).strip(b" \0"):
                self._write(keyword, value, rule.reason)
        for keyword, mapped in rule.map.items():
            text = self._text(keyword)
            if text in mapped and _tag(keyword) in self._data_set:
                self._write(keyword, mapped[text], rule.reason)
        for keyword, prefix in rule.prefix.items():
            raw = self._raw(_tag(keyword)).strip(b" \0")
            begin = self._encoded(keyword, prefix)
            if raw and begin is not None and not raw.startswith(begin):
                self._keep(_tag(keyword), begin + raw, rule.reason)
        for keyword in rule.remove:
            self._keep(_tag(keyword), None, rule.reason)

    def changes(self, system: str, origin: str, now: datetime) -> dict[int, bytes]:
        """Whole elements that take the place of others, empty ones where they are removed."""
        changed = {tag: value for tag, value in self._new.items() if self._differs(tag, value)}
        if not changed:
            return {}
        encoding = self._data_set.encoding
        written = {
            tag: b"" if value is None else element(tag, _vr(tag), value, encoding)
            for tag, value in changed.items()
        }
        kept = [recoded(item, encoding) for item in self._data_set.items(ORIGINAL_ATTRIBUTES)]
        for reason in ModificationReason:
            tags = [tag for tag in changed if self._reasons[tag] is reason]
            if tags:
                kept.append(self._item(tags, reason, system, origin, now))
        return written | {ORIGINAL_ATTRIBUTES: sequence(ORIGINAL_ATTRIBUTES, kept, encoding)}

    def _item(
        self, tags: list[int], reason: ModificationReason, system: str, origin: str, now: datetime
    ) -> bytes:
        encoding = self._data_set.encoding
        here = {tag: each for tag, each in self._data_set.elements.items() if tag in tags}
        absent = {tag: element(tag, _vr(tag), b"", encoding) for tag in tags if tag not in here}
        before = recoded(replace(self._data_set, elements=here), encoding, absent)
        moment = f"{now.astimezone(UTC):%Y%m%d%H%M%S.%f}+0000"
        return b"".join(
            (
                sequence(0x04000550, [before], encoding),
                element(0x04000562, b"DT", moment.encode("ascii"), encoding),
                element(0x04000563, b"LO", system.encode("ascii"), encoding),
                element(0x04000564, b"LO", origin.encode("ascii", "ignore"), encoding),
                element(0x04000565, b"CS", reason.encode("ascii"), encoding),
            )
        )

    def _write(self, keyword: str, value: str, reason: ModificationReason) -> None:
        raw = self._encoded(keyword, value)
        if raw is not None:
            self._keep(_tag(keyword), raw, reason)

    def _keep(self, tag: int, raw: bytes | None, reason: ModificationReason) -> None:
        self._new[tag] = raw
        self._reasons.setdefault(tag, reason)

    def _differs(self, tag: int, value: bytes | None) -> bool:
        if value is None:
            return tag in self._data_set
        return tag not in self._data_set or self._was(tag).rstrip(b" \0") != value.rstrip(b" \0")

    def _was(self, tag: int) -> bytes:
        found = self._data_set.elements.get(tag)
        return self._data_set.raw(tag, found.length) if found else b""

    def _raw(self, tag: int) -> bytes:
        return (self._new[tag] or b"") if tag in self._new else self._was(tag)

    def _text(self, keyword: str) -> str:
        declared = charset.declared(self._raw(CHARACTER_SET)) or self._terms
        is_name = dictionary_VR(keyword) == "PN"
        return charset.decode(self._raw(_tag(keyword)), declared, is_name=is_name).strip()

    def _encoded(self, keyword: str, text: str) -> bytes | None:
        """The bytes of a value, None when the object's character set has no way to write it."""
        if text.isascii():
            return text.encode("ascii")
        vr = dictionary_VR(keyword)
        try:
            return self._localized(text, is_name=vr == "PN")
        except UnicodeError:
            log.warning("tag-rule-left-out", keyword=keyword, reason="character set")
            return None

    def _localized(self, text: str, *, is_name: bool) -> bytes:
        """Text in the declared set, extended where Cyrillic is missing in it; else as inherited."""
        label = self._raw(CHARACTER_SET).decode("latin_1").strip(" \0")
        terms = charset.declared(label.encode("latin_1"))
        if not terms:
            inherited = self._terms[0] if self._terms else ""
            return text.encode(charset.CODECS.get(inherited, "ascii"))
        if not charset.SINGLE.keys() >= set(terms):
            return text.encode("ascii")
        try:
            return encoder(label).encode(text, is_name=is_name)
        except UnicodeError:
            label = "\\".join([*(_extended(term) for term in terms), CYRILLIC])
            raw = encoder(label).encode(text, is_name=is_name)
            self._keep(CHARACTER_SET, label.encode("ascii"), ModificationReason.COERCE)
            return raw


def _extended(term: str) -> str:
    """A defined term for use with code extensions (PS3.3 table C.12-3)."""
    return term.replace("ISO_IR", "ISO 2022 IR")


def _tag(keyword: str) -> int:
    return tag_for_keyword(keyword) or 0


def _vr(tag: int) -> bytes:
    return dictionary_VR(tag).encode("ascii")

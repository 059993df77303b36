"""Identifiers of queries and retrievals: level and keys (PS3.4 C.2.2, C.4.1.1.3).

They are read without pydicom, which takes longer for one than the database does for an answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.dicom import charset, elements
from app.dicom.elements import EXPLICIT_LE, IMPLICIT_LE, Budget, DataSet
from app.dicom.part10 import IMPLICIT
from app.domain.errors import InvalidError
from app.domain.ingest import RefusedObjectError
from app.domain.query import BY_TAG, REQUEST_ATTRIBUTES, UNIQUE_KEYS, Attribute, Level
from app.server.dimse.information_model import Root

CHARACTER_SET, QUERY_LEVEL = 0x00080005, 0x00080052
TEXT_VRS = frozenset({"LO", "PN", "SH"})
MAX_VALUES = 30_000
"""Values of all keys together: SQLite takes 32,766 parameters at most."""
REQUEST_KEYS = tuple(each.tag for each in BY_TAG.values() if each.sequence == REQUEST_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a request names: its level as it is written, its keys by tag, and what it wants back.

    `character_sets` are those its answers may be in, the dearest first.
    """

    level: str
    keys: Mapping[int, str]
    asked: frozenset[int]
    character_sets: tuple[str, ...]
    is_implicit: bool

    def values(self, tag: int) -> tuple[str, ...]:
        """The values of a key, such as a list of UIDs."""
        return tuple(value for value in self.keys.get(tag, "").split("\\") if value)

    def level_in(self, root: Root, *, is_relational: bool) -> Level:
        """The level that is meant. Raises InvalidError for one that `root` does not have.

        Unless `is_relational`, also when not one entity of each level above is named (PS3.4
        C.4.1.3.1.1).
        """
        level = next((each for each in root.levels if each == self.level), None)
        if level is None:
            raise InvalidError("QueryRetrieveLevel")
        above = root.levels[: root.levels.index(level)]
        if not is_relational:
            for tag in (UNIQUE_KEYS[each] for each in above):
                if len(self.values(tag)) != 1 or {"*", "?"} & set(self.keys[tag]):
                    raise InvalidError(f"{BY_TAG[tag].keyword}: one value is needed")
        return level


def read(data: bytes, transfer_syntax_uid: str, default_character_set: str) -> Identifier:
    """The identifier in `data`. Raises InvalidError for one that is broken."""
    is_implicit = transfer_syntax_uid == IMPLICIT
    encoding = IMPLICIT_LE if is_implicit else EXPLICIT_LE
    try:
        found = elements.scan(data, 0, len(data), encoding, Budget())
        items = found.items(REQUEST_ATTRIBUTES, limit=1)
    except RefusedObjectError as error:
        raise InvalidError(error.reason) from error
    declared = found.raw(CHARACTER_SET).decode("latin_1").strip(" \0")
    terms = charset.declared((declared or default_character_set).encode("latin_1"))
    # Group lengths name nothing, and the keys of a sequence count in its item alone.
    asked = [tag for tag in found.elements if tag & 0xFFFF and tag not in REQUEST_KEYS]
    keys = _keys(found, asked, terms)
    if REQUEST_ATTRIBUTES in found:
        wanted = list(items[0].elements) if items else []
        keys |= _keys(items[0], wanted, terms) if wanted else dict.fromkeys(REQUEST_KEYS, "")
        asked += wanted or REQUEST_KEYS
    if sum(key.count("\\") for key in keys.values()) > MAX_VALUES:
        raise InvalidError("too many values")
    return Identifier(
        level=found.raw(QUERY_LEVEL).decode("latin_1").strip(" \0").upper(),
        keys=keys,
        asked=frozenset(asked),
        character_sets=tuple(each for each in (declared, default_character_set) if each),
        is_implicit=is_implicit,
    )


def _keys(found: DataSet, tags: Iterable[int], terms: tuple[str, ...]) -> dict[int, str]:
    return {tag: _text(found, BY_TAG[tag], terms) for tag in tags if tag in BY_TAG}


def _text(found: DataSet, attribute: Attribute, terms: tuple[str, ...]) -> str:
    raw = found.raw(attribute.tag, limit=len(found.buffer))
    if attribute.vr == "US":
        return str(int.from_bytes(raw[:2], "little")) if raw else ""
    if attribute.vr in TEXT_VRS:
        return charset.decode(raw, terms, is_name=attribute.vr == "PN").strip(" \0")
    return raw.decode("latin_1").strip(" \0")

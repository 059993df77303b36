"""JSON Schema (2020-12) of what `app.domain.wire` writes and reads, from the same annotations."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.domain.errors import InvalidError

Schema = dict[str, Any]
PLACE = "#/components/schemas/"

_PLAIN: Mapping[type, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
}


class Schemas:
    """Schemas that share those of dataclasses and enumerations by their names."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._classes: dict[str, type] = {}

    def of(self, annotation: Any) -> Schema:  # noqa: ANN401 - an annotation is anything
        """The schema of a value. Raises InvalidError for what has no plain form."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Union, types.UnionType):
            return self._optional(arguments)
        if origin is tuple and arguments[-1] is not Ellipsis:
            items = [self.of(each) for each in arguments]
            return {
                "type": "array",
                "prefixItems": items,
                "items": False,
                "minItems": len(items),
            }
        if origin in (tuple, list, frozenset, set):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if annotation in _PLAIN:
            return dict(_PLAIN[annotation])
        if isinstance(annotation, type):
            return self._reference(annotation)
        raise InvalidError(f"{annotation} has no schema")

    def _optional(self, arguments: tuple[Any, ...]) -> Schema:
        others = [self.of(each) for each in arguments if each is not types.NoneType]
        return {"anyOf": [*others, {"type": "null"}]}

    def _reference(self, cls: type) -> Schema:
        name = cls.__name__
        known = self._classes.setdefault(name, cls)
        if known is not cls:
            raise InvalidError(f"two classes are named {name}")
        if name not in self.named:
            self.named[name] = {}  # for those that hold themselves
            self.named[name] = self._described(cls)
        return {"$ref": PLACE + name}

    def _described(self, cls: type) -> Schema:
        if is_dataclass(cls):
            return self._object(cls)
        if issubclass(cls, Enum):
            values = [each.value for each in cls]
            kind = "string" if isinstance(values[0], str) else "integer"
            return {"type": kind, "enum": values}
        raise InvalidError(f"{cls.__name__} has no schema")

    def _object(self, cls: type) -> Schema:
        hints = get_type_hints(cls)
        given = fields(cls)
        return {
            "type": "object",
            "description": (cls.__doc__ or "").split("\n")[0],
            "properties": {field.name: self.of(hints[field.name]) for field in given},
            "required": [
                field.name
                for field in given
                if field.default is MISSING and field.default_factory is MISSING
            ],
        }

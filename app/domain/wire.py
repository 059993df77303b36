"""Domain values as plain JSON types and back, typed by the dataclasses' annotations.

A dataclass is an object of its fields, an enum its value, dates and times are ISO 8601, tuples and
sets are lists, a dictionary's keys are strings. Used on the wire and for the index's JSON columns.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from app.domain.errors import InvalidError

T = TypeVar("T")
Reader = Callable[[Any], Any]


def to_plain(value: object) -> object:
    """`value` as None, bool, int, float, str, list or dict of such."""
    if isinstance(value, Enum):
        return to_plain(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (date, time)):
        return value.isoformat()
    if is_dataclass(value):
        return {name: to_plain(getattr(value, name)) for name in _field_names(value.__class__)}
    return _plain_collection(value)


def _plain_collection(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, (frozenset, set)):
        return sorted(map(to_plain, value), key=repr)
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    raise InvalidError(f"{type(value).__name__} has no plain form")


def from_plain(cls: type[T], data: object) -> T:
    """A `cls` from what `to_plain` made of one, with absent fields at their defaults.

    Fields that `cls` does not know are passed over, so that either side may be the newer one.
    Raises InvalidError naming the field, never its value, when something is missing or mistyped.
    """
    return cast("T", _reader(cast("Any", cls))(data))


@cache
def _field_names(cls: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass
    return tuple(field.name for field in fields(cls))


@cache
def _reader(annotation: Any) -> Reader:  # noqa: ANN401 - an annotation is anything
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _optional(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin in (list, frozenset, set):
        return _collection(origin, arguments[0])
    if origin is dict:
        return _dictionary(*arguments)
    if isinstance(annotation, type):
        return _class_reader(annotation)
    raise InvalidError(f"{annotation} can't be read")


def _class_reader(cls: type) -> Reader:
    if is_dataclass(cls):
        return _dataclass(cls)
    if issubclass(cls, Enum):
        return _parsed(cls, (str, int))
    if cls in (date, datetime, time):
        return _parsed(cls.fromisoformat, (str,))
    if cls is float:
        return _float
    if cls in (bool, int, str):
        return _exactly(cls)
    raise InvalidError(f"{cls.__name__} can't be read")


def _exactly(cls: type) -> Reader:
    def read(data: object) -> object:
        if type(data) is not cls:
            raise InvalidError(f"not {cls.__name__}")
        return data

    return read


def _float(data: object) -> float:
    if type(data) not in (float, int):
        raise InvalidError("not float")
    return float(data)  # type: ignore[arg-type]  # checked above


def _parsed(parse: Callable[[Any], object], accepted: tuple[type, ...]) -> Reader:
    def read(data: object) -> object:
        if type(data) not in accepted:
            raise InvalidError("wrong type")
        try:
            return parse(data)
        except ValueError as error:
            raise InvalidError("impossible value") from error

    return read


def _optional(arguments: tuple[Any, ...]) -> Reader:
    others = [argument for argument in arguments if argument is not types.NoneType]
    if len(others) != 1:
        raise InvalidError("only a union with None can be read")
    read_other = _reader(others[0])
    return lambda data: None if data is None else read_other(data)


def _list(data: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(data, (list, tuple)):
        raise InvalidError("not a list")
    return data


def _tuple(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return _collection(tuple, arguments[0])
    readers = [_reader(argument) for argument in arguments]

    def read(data: object) -> object:
        items = _list(data)
        if len(items) != len(readers):
            raise InvalidError(f"not {len(readers)} items")
        return tuple(reader(item) for reader, item in zip(readers, items, strict=True))

    return read


def _collection(kind: Callable[[Any], object], item: Any) -> Reader:  # noqa: ANN401 - an annotation
    read_item = _reader(item)
    return lambda data: kind([read_item(each) for each in _list(data)])


def _dictionary(key: Any, value: Any) -> Reader:  # noqa: ANN401 - annotations
    read_key, read_value = _reader(key), _reader(value)
    return lambda data: {read_key(name): read_value(item) for name, item in _mapping(data).items()}


def _mapping(data: object) -> Mapping[Any, Any]:
    if not isinstance(data, Mapping):
        raise InvalidError("not an object")
    return data


def _dataclass(cls: type) -> Reader:
    hints = get_type_hints(cls)
    readers = {field.name: _reader(hints[field.name]) for field in fields(cls)}
    required = {
        field.name
        for field in fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    }

    def read(data: object) -> object:
        given = _mapping(data)
        values = {}
        for name, reader in readers.items():
            if name in given:
                try:
                    values[name] = reader(given[name])
                except InvalidError as error:
                    raise InvalidError(f"{cls.__name__}.{name}: {error.detail}") from error
            elif name in required:
                raise InvalidError(f"{cls.__name__}.{name}: missing")
        return cls(**values)

    return read

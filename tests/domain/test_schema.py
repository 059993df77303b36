"""Schemas say what the wire writes and reads."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum, IntEnum, StrEnum
from typing import Any, TypeVar

import pytest

from app.domain.errors import InvalidError
from app.domain.schema import PLACE, Schemas


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1


@dataclass
class Leaf:
    """A leaf.

    More of it.
    """

    colour: Colour
    size: Size = Size.SMALL
    marks: dict[str, int] = field(default_factory=dict)


@dataclass
class Tree:
    """A tree."""

    leaves: tuple[Leaf, ...]
    children: "tuple[Tree, ...]" = ()


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (bool, {"type": "boolean"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (str, {"type": "string"}),
        (date, {"type": "string", "format": "date"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (time, {"type": "string", "format": "time"}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (frozenset[str], {"type": "array", "items": {"type": "string"}}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (
            tuple[int, str],
            {
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"type": "string"}],
                "items": False,
                "minItems": 2,
            },
        ),
    ],
)
def test_a_plain_value_has_its_schema(annotation, schema):
    assert Schemas().of(annotation) == schema


def test_classes_are_described_once_and_referred_to():
    schemas = Schemas()
    assert schemas.of(Tree) == schemas.of(Tree) == {"$ref": PLACE + "Tree"}
    assert schemas.named["Leaf"] == {
        "type": "object",
        "description": "A leaf.",
        "properties": {
            "colour": {"$ref": PLACE + "Colour"},
            "size": {"$ref": PLACE + "Size"},
            "marks": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["colour"],
    }
    assert schemas.named["Colour"] == {"type": "string", "enum": ["red", "blue"]}
    assert schemas.named["Size"] == {"type": "integer", "enum": [1]}
    children = schemas.named["Tree"]["properties"]["children"]
    assert children == {"type": "array", "items": {"$ref": PLACE + "Tree"}}


@pytest.mark.parametrize("annotation", [bytes, Any, TypeVar("T")])
def test_what_has_no_plain_form_has_no_schema(annotation):
    with pytest.raises(InvalidError):
        Schemas().of(annotation)


def test_two_classes_of_one_name_are_told_apart():
    schemas = Schemas()
    schemas.of(Colour)
    with pytest.raises(InvalidError):
        schemas.of(Enum("Colour", {"GREEN": "green"}))

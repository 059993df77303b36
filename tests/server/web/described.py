"""Whether an answer is what the description of the interface says: enough of JSON Schema for it."""

import re
from typing import Any

import httpx
import orjson

from app.server.web.openapi import document
from app.server.web.routes import ROUTES

DOCUMENT = document(ROUTES)
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "null": type(None),
}


def check(answer: httpx.Response) -> None:
    """Fail unless the answer, to whatever was asked, is described."""
    operation = operation_of(answer.request.method, answer.request.url.path)
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if operation is None or answer.status_code == 304:
        return
    expected = operation["responses"].get(str(answer.status_code))
    if expected is None:
        assert answer.status_code >= 400, f"{answer.status_code} is not described"
        expected = operation["responses"]["default"]
    content = resolved(expected).get("content", {})
    assert media_type in content or (not media_type and not content), media_type
    if media_type.endswith("json"):
        answer.read()
        problems = list(violations(orjson.loads(answer.content), content[media_type]["schema"]))
        assert not problems, f"{answer.request.method} {answer.request.url.path}: {problems}"


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The description of the route that answers, None for what is none of the desktop's."""
    for template, operations in DOCUMENT["paths"].items():
        pattern = re.sub(r"{\w+}", "[^/]+", template.replace(".", r"\."))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            return operations[method.lower()]
    return None


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    while "$ref" in schema:
        found: Any = DOCUMENT
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def violations(value: Any, schema: dict[str, Any], where: str = "$"):
    """Where `value` is not as `schema` says."""
    schema = resolved(schema)
    if "anyOf" in schema:
        if not any(not list(violations(value, each)) for each in schema["anyOf"]):
            yield f"{where}: none of the possible"
        return
    kind = schema.get("type", "")
    is_number_for_bool = isinstance(value, bool) and kind in ("integer", "number")
    if kind and (not isinstance(value, TYPES[kind]) or is_number_for_bool):
        yield f"{where}: no {kind}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not one of them"
    elif kind == "object":
        yield from of_object(value, schema, where)
    elif kind == "array":
        first = schema.get("prefixItems", [])
        if len(value) < schema.get("minItems", 0) or (first and len(value) > len(first)):
            yield f"{where}: {len(value)} items"
        for index, item in enumerate(value):
            item_schema = first[index] if first else schema["items"]
            yield from violations(item, item_schema, f"{where}[{index}]")


def of_object(value: dict[str, Any], schema: dict[str, Any], where: str):
    described = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}.{name}: missing"
    for name, each in value.items():
        if name in described:
            yield from violations(each, described[name], f"{where}.{name}")
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from violations(each, schema["additionalProperties"], f"{where}.{name}")
        elif described:
            yield f"{where}.{name}: not described"

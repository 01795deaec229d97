"""The JSON Schema (draft 2020-12) of circuit files, made of the classes that they are read with."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

from mycoflux.circuit import registry
from mycoflux.circuit.accept import Accept
from mycoflux.circuit.file.body import BODY
from mycoflux.circuit.file.convert import table_row
from mycoflux.circuit.file.fields import CHOSEN, SECTIONS, Field, fields_of
from mycoflux.circuit.file.reader import HEAD, VERSION
from mycoflux.circuit.registry import Kind

_EXPRESSION = {"$ref": "#/$defs/expression"}
_VALUE = {"type": ["number", "string", "boolean", "array"]}
_INDEX = {"anyOf": [{"type": "integer", "minimum": 0}, _EXPRESSION]}


def json_schema(only_builtin: bool = False) -> dict[str, Any]:
    """The schema; with the kinds of installed packages unless `only_builtin`.

    Raises:
        ExtensionBroken: a package registers a kind that cannot be used.
    """
    definitions: dict[str, Any] = {
        "expression": {
            "description": "Arithmetic on parameters, such as ${2 * weight_v}.",
            "type": "string",
            "pattern": r"\$\{",
        },
        "numbers": {
            "description": "A long list as a text: numbers between blanks, row after row.",
            "type": "string",
            "pattern": r"^\s*[-+.0-9]",
        },
        "parameter": _parameter(),
        "include": _include(),
        "change": _by_name({"type": ["object", "null"]}, "Other fields for parts that there are, by name."),
    }
    for word, kind in CHOSEN.items():
        definitions[word] = _choice(kind, only_builtin, definitions)
    for section in SECTIONS:
        definitions[section] = _section(section, definitions)
    body = {key: {"$ref": f"#/$defs/{key}"} for key in SECTIONS} | {
        "include": _by_name({"$ref": "#/$defs/include"}, "Other circuits, under names of their own."),
        "groups": _by_name({"$ref": "#/$defs/group"}, "Parts under a common name: group/part."),
        "change": {"$ref": "#/$defs/change"},
        "remove": {"type": ["array", "null"], "items": {"type": "string"}},
    }
    body = {key: body[key] for key in BODY}
    definitions["group"] = {"type": ["object", "null"], "properties": body, "additionalProperties": False}
    head = {
        "mycoflux": {"const": VERSION, "description": "The version of the language."},
        "name": {"type": "string", "description": "The circuit's name; the file's if left out."},
        "dt_s": _of_hint(float, definitions) | {"description": "Length of a tick, seconds."},
        "accept": _fields(Accept, fields_of(Accept), definitions),
        "extends": {"type": "string", "description": "A circuit whose parts this one begins with."},
        "parameters": _by_name({"$ref": "#/$defs/parameter"}, "What users of the circuit may set."),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mycoflux circuit",
        "type": "object",
        "properties": {key: head[key] for key in HEAD} | body,
        "required": ["mycoflux"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _by_name(inner: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "type": ["object", "null"], "additionalProperties": dict(inner)}


def _parameter() -> dict[str, Any]:
    number = {"anyOf": [{"type": "number"}, _EXPRESSION]}
    declaration = {
        "type": "object",
        "properties": {
            "default": _VALUE,
            "min": number,
            "max": number,
            "choices": {"type": "array"},
            "unit": {"type": "string"},
            "about": {"type": "string"},
        },
        "additionalProperties": False,
    }
    return {"anyOf": [_VALUE, declaration]}


def _include() -> dict[str, Any]:
    reference = {"description": "A .yaml file, file.py:Name, or a registered circuit.", "type": "string"}
    entry = {
        "type": "object",
        "properties": {
            "circuit": reference,
            "parameters": {"type": ["object", "null"], "additionalProperties": _VALUE},
            "count": _INDEX | {"description": "An array: name[0], name[1], ...; `i` is its index."},
            "join": {"type": "boolean", "description": "Take its parts over under their own names."},
        },
        "required": ["circuit"],
        "additionalProperties": False,
    }
    return {"anyOf": [reference, entry]}


def _choice(kind: Kind, only_builtin: bool, definitions: dict[str, Any]) -> dict[str, Any]:
    """A kind by name, with its fields; by its name alone where no field is needed."""
    names = tuple(kind.builtin) if only_builtin else registry.names(kind)
    known = {name: fields_of(registry.get(kind, name)) for name in names}
    alone = [name for name in names if not any(field.required for field in known[name].values())]
    described = {name: _fields(registry.get(kind, name), known[name], definitions) for name in names}
    for name in alone:
        described[name]["type"] = ["object", "null"]
    mapping = {
        "type": "object",
        "properties": described,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [{"enum": alone}, mapping, _EXPRESSION]}


def _fields(thing: type, known: Mapping[str, Field], definitions: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": "object",
        "properties": {key: _of_hint(field.hint, definitions) for key, field in known.items()},
        "additionalProperties": False,
    }
    if required := [key for key, field in known.items() if field.required]:
        result["required"] = required
    first_line = (inspect.getdoc(thing) or "").split("\n")[0]
    return ({"description": first_line} if first_line else {}) | result


def _section(section: str, definitions: dict[str, Any]) -> dict[str, Any]:
    known = fields_of(SECTIONS[section])
    listed = section == "projections"
    properties = {
        key: {"$ref": f"#/$defs/{key}"} if key in CHOSEN else _of_hint(field.hint, definitions)
        for key, field in known.items()
        if listed or key != "name"
    }
    if listed:
        properties["count"] = _INDEX | {"description": "So many of them, with `i` from 0 up."}
    entry = {
        "type": "object",
        "properties": properties,
        "required": [key for key, field in known.items() if field.required and key in properties],
        "additionalProperties": False,
    }
    described = (inspect.getdoc(SECTIONS[section]) or "").split("\n")[0]
    return (
        {"description": described, "type": ["array", "null"], "items": entry}
        if listed
        else _by_name(entry, described)
    )


def _of_hint(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """What pydantic makes of a type, and the expressions and texts that may stand for it."""
    try:
        made = TypeAdapter(hint).json_schema(ref_template="#/$defs/{model}")
    except PydanticSchemaGenerationError:
        return {}  # a type that only the reader can judge
    for name, inner in made.pop("$defs", {}).items():
        definitions[name] = _loosened(inner)
    loose: dict[str, Any] = _loosened(made)
    if is_dataclass(hint):
        return loose
    return {"anyOf": [loose, {"$ref": "#/$defs/numbers"}]} if table_row(hint) else loose


def _loosened(schema: Any) -> Any:
    """The schema with expressions allowed for each scalar, and nothing but what it names in objects."""
    if isinstance(schema, list):
        return [_loosened(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _loosened(value) for key, value in schema.items() if key != "title"}
    if result.get("type") in ("number", "integer", "boolean"):
        return {"anyOf": [result, _EXPRESSION]}
    if "properties" in result:
        result["additionalProperties"] = False
    return result

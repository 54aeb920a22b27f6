"""One wording of a schema, whichever release of pydantic made it: published text must not vary. Pure."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

_NAMED = ("properties", "$defs")  # their keys are names, not words of JSON Schema
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


class Described(GenerateJsonSchema):
    """Tells what a dataclass is, too; releases before 2.14 don't."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """The schema of a dataclass, with its docstring."""
        return {**super().dataclass_schema(schema), "description": inspect.getdoc(schema["cls"])}


def one_wording(part: Any) -> Any:
    """A part of a schema, without what older releases word otherwise and mean the same by."""
    if isinstance(part, list):
        return [one_wording(item) for item in part]
    if not isinstance(part, dict):
        return part
    made: dict[str, Any] = {}
    for key, value in part.items():
        if key in _NAMED:
            made[key] = {name: one_wording(named) for name, named in value.items()}
        elif key == "allOf" and len(value) == 1:
            made |= one_wording(value[0])
        elif key == "title":
            made[key] = value.strip()
        elif key in _LIMITS and value == int(value):
            made[key] = int(value)
        elif (key, value) != ("additionalProperties", True) and not (key == "enum" and "const" in part):
            made[key] = one_wording(value)
    return made

"""A JSON object as an operation, or as `meta`; what is wrong with it in one line to act on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from harness.edits import model
from harness.edits.limits import Limits
from harness.edits.model import Create, Delete, Meta, Mode, Modify, Rename, ReplaceFile
from harness.edits.rejection import Rejection
from harness.paths import shown

OperationModel = Create | ReplaceFile | Modify | Delete | Rename | Mode

OPERATION_TYPES = ("create", "replace_file", "modify", "delete", "rename", "mode")
CHANGE_TYPES = ("append", "insert_after", "replace", "replace_all")
KNOWN_TYPES = frozenset({*OPERATION_TYPES, "meta"})

_WRAPPERS = ("files", "operations")
_ERRORS_TOLD = 3


class SchemaProblem(Rejection):
    """An object is no operation, or (`is_meta`) no `meta`."""

    def __init__(
        self, code: str, message: str, hint: str, path: object = None, is_meta: bool = False
    ) -> None:
        super().__init__(code, message, hint, path if isinstance(path, str) else None)
        self.is_meta = is_meta


def validate(value: dict[str, Any], limits: Limits) -> OperationModel | Meta:
    """The operation, or the `meta`, that an object is; raises `SchemaProblem`."""
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in KNOWN_TYPES:
        raise unknown(value)
    changes = value.get("operations")
    if changes is not None or len(value) > limits.fields:
        _check_size(kind, value, changes, limits)
    if isinstance(changes, list):
        # Strict validation wants the tuple itself, and JSON has only arrays.
        value = {**value, "operations": tuple(changes)}
    try:
        return Meta.model_validate(value) if kind == "meta" else _adapter().validate_python(value)
    except ValidationError as error:
        raise _invalid(kind, value, error) from None


def _check_size(kind: str, value: dict[str, Any], changes: object, limits: Limits) -> None:
    """Validation tells every fault at length; what is far too large isn't given to it."""
    parts = changes if isinstance(changes, list) else []
    if max(len(part) for part in [value, *parts] if isinstance(part, dict)) > limits.fields:
        message = f"{kind}: an object has more than {limits.fields} fields"
    elif len(parts) > limits.operations:
        message = f"{kind}: it has more than {limits.operations} changes"
    else:
        return
    raise SchemaProblem("bad-operation", message, "Send less in one operation.")


@cache
def _adapter() -> TypeAdapter[OperationModel]:
    return TypeAdapter(model.Operation)


def unknown(value: dict[str, Any]) -> SchemaProblem:
    """Why an object is none of the operations."""
    path = value.get("file_path", value.get("path"))
    known = f"The types are {', '.join(OPERATION_TYPES)} and meta."
    if "type" in value:
        kind = value["type"]
        told = f"`{shown(kind)}`" if isinstance(kind, str) else "that is not a string"
        message = f"the object has a `type` {told}, which is unknown"
        if kind in CHANGE_TYPES:
            known = 'It is a change: {"type":"modify","file_path":"…","operations":[…]} says of which file.'
        return SchemaProblem("unknown-operation", message, known, path)
    for key in _WRAPPERS:
        if isinstance(value.get(key), list | dict):
            message = f"an object with `{key}` in a place where only operations can be"
            return SchemaProblem("unknown-operation", message, known, path)
    return SchemaProblem("unknown-operation", "the object has no `type`", known, path)


def _invalid(kind: str, value: dict[str, Any], error: ValidationError) -> SchemaProblem:
    details = error.errors(include_url=False)
    told = [_told(kind, detail) for detail in details[:_ERRORS_TOLD]]
    if len(details) > _ERRORS_TOLD:
        told.append(f"and {len(details) - _ERRORS_TOLD} more faults")
    hint = f"The fields of a {kind} are {', '.join(_fields(kind))}."
    if "path" in value and "file_path" not in value:
        hint = f"The path field is called `file_path`. {hint}"
    message = f"{kind}: {'; '.join(told)}"
    path = value.get("file_path")
    return SchemaProblem("bad-operation", message, hint, path, is_meta=kind == "meta")


def _fields(kind: str) -> list[str]:
    for candidate in (*get_args(OperationModel), Meta):
        if kind in get_args(candidate.model_fields["type"].annotation):
            return [name for name in candidate.model_fields if name != "type"]
    return []


def _told(kind: str, detail: ErrorDetails) -> str:
    field = _field(kind, detail["loc"])
    match detail["type"]:
        case "missing":
            return f"`{field}` is missing"
        case "extra_forbidden":
            return f"`{field}` is not one of its fields"
        case "union_tag_invalid" | "union_tag_not_found":
            return f"`{field}` has no known `type`; a change is one of {', '.join(CHANGE_TYPES)}"
        case "string_type":
            return f"`{field}` must be a string, not {_kind_of(detail['input'])}"
        case "tuple_type":
            return f"`{field}` must be an array, not {_kind_of(detail['input'])}"
        case "model_type" | "model_attributes_type":
            return f"`{field}` must be an object, not {_kind_of(detail['input'])}"
        case "int_type" | "greater_than_equal":
            return f"`{field}` must be a whole number, 0 or more"
        case _:
            return f"`{field}`: {detail['msg']}"


def _field(kind: str, location: Sequence[int | str]) -> str:
    """`operations[1].old_text` of a location that also names the union members it went through."""
    parts = list(location)
    if parts and parts[0] == kind and kind != "meta":
        parts = parts[1:]
    if len(parts) > 2 and parts[0] == "operations":
        del parts[2]
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if text else shown(part)
    return text or "object"


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case dict():
            return "an object"
        case _:
            return "an array"

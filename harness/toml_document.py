"""Reading a TOML file a person wrote into a model, with errors that name file, key and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)
# Bytes; no file of settings that people write is larger.
MOST_BYTES = 16 * 1024 * 1024
_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}")


class SeveralFaults(ValueError):
    """What a validator has against a document, a line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """The tables of `text`; UsageError `invalid-toml` names file, line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError("invalid-toml", f"{name}: {error}", "see https://toml.io for the syntax") from None
    except (ValueError, RecursionError) as error:
        # What TOML allows and no reader takes: a number of thousands of digits, as many arrays in each other.
        why = "it is nested too deep" if isinstance(error, RecursionError) else "a number has too many digits"
        raise UsageError("invalid-toml", f"{name}: {why}", "write less of it") from None


def decode_toml(data: bytes, name: str) -> str:
    """The text of a TOML file, which is UTF-8; a byte-order mark is dropped."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            "invalid-toml", f"{name}: not UTF-8 at byte {error.start}", "save the file as UTF-8"
        ) from None


def validate(model: type[Model], tables: dict[str, Any], text: str, name: str, code: str) -> Model:
    """`tables` as a `model`; UsageError with `code` names every key that is wrong, and its line."""
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        entries = error.errors(include_url=False)
        lines = [line for entry in entries for line in _describe(entry, tables, text, name, model)]
        several = lines if len(lines) > 1 else ()
        raise UsageError(code, "; ".join(lines), f"correct {name} and run it again", several) from None


def _describe(entry: Any, tables: Any, text: str, name: str, model: type[BaseModel]) -> list[str]:
    location = _key_path(entry["loc"], tables)
    line = _line_of(text, location)
    where = f"{name}:{line}" if line else name
    key = ".".join(str(part) for part in location) or "(file)"
    message = _unknown(location, model) if entry["type"] == "extra_forbidden" else entry["msg"]
    fault = entry.get("ctx", {}).get("error")
    messages = fault.faults if isinstance(fault, SeveralFaults) else [message.removeprefix("Value error, ")]
    return [f"{where}: {key}: {text[:1].lower()}{text[1:]}" for text in messages]


def _unknown(location: Sequence[Any], model: type[BaseModel]) -> str:
    # Where a table stood before, `tests = "none"` say is of the table above.
    if len(location) > 1 and location[-1] in model.model_fields:
        return f"unknown key; `{location[-1]}` of the whole file stands above the first [table]"
    return "unknown key"


def _key_path(location: Sequence[Any], tables: Any) -> list[Any]:
    """pydantic's location as keys of the file: the names of union branches in it are left out."""
    keys: list[Any] = []
    value = tables
    for position, part in enumerate(location):
        is_tag = isinstance(value, dict) and value.get("kind") == part
        if is_tag and keys and position + 1 < len(location) and keys[-1] != "kind":
            continue
        if isinstance(value, dict) and (part in value or position + 1 == len(location)):
            keys.append(part)
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            keys.append(part)
            value = value[part]
    return keys


def _line_of(text: str, location: Sequence[Any]) -> int | None:
    """The line of the key at `location`, found by its table header; None where it isn't plain."""
    table = [part for part in location[:-1] if isinstance(part, str)] or [str(part) for part in location[:1]]
    index = next((part for part in location if isinstance(part, int)), 0)
    key = location[-1] if location else None
    seen, inside, header_line = -1, len(location) == 1, None
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        if header:
            same = header[2].split(".") == table
            seen += same
            inside = same and (header[1] == "[" or seen == index)
            header_line = number if inside else header_line
        elif inside and re.match(rf"""\s*["']?{re.escape(str(key))}["']?\s*[=.]""", line):
            return number
    return header_line

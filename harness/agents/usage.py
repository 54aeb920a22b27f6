"""Reading an agent's own account of an attempt, which anyone may have written."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from harness.agents.model import Usage
from harness.process.regular_file import read_regular

_LIMIT = 1 << 20  # bytes
_LONGEST_NAME = 200  # characters
_LARGEST_COUNT = 2**53 - 1  # beyond it a count isn't exact in every JSON reader, and no row has one


def read_usage(path: Path) -> tuple[Usage, str]:
    """(the account, ""), or (an empty account, what is wrong with the file) in one line.

    A missing file is an empty account and no problem: the agent doesn't tell.
    """
    try:
        text = read_regular(path, _LIMIT)
    except FileNotFoundError:
        return Usage(), ""
    except OSError as error:
        return Usage(), f"the usage file {path.name} can't be used: {error.strerror}"
    try:
        usage = Usage.model_validate_json(text)
    except ValidationError as error:
        return Usage(), f"the usage file {path.name} is not valid: {_first(error)}"
    problem = _implausible(usage) or _unknown(usage, text)
    if problem:
        return Usage(), f"the usage file {path.name} is not valid: {problem}"
    return usage, ""


def _unknown(usage: Usage, text: bytes) -> str:
    """What to say of keys of which none is ours, as when an API's own account was put there."""
    if usage.model_fields_set:
        return ""
    names = [name[:_LONGEST_NAME] for name in from_json(text) if name.isprintable()]
    known = ", ".join(Usage.model_fields)
    return f"it has {', '.join(names[:5])}, and none of {known}" if names else ""


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = " ".join(str(first["msg"]).split())[:_LONGEST_NAME]
    return f"{where}: {message}" if where else message


def _implausible(usage: Usage) -> str:
    for name, value in usage.model_dump().items():
        if isinstance(value, str) and (len(value) > _LONGEST_NAME or not value.isprintable()):
            return f"{name}: not a printable string of at most {_LONGEST_NAME} characters"
        if isinstance(value, int | float) and value > _LARGEST_COUNT:
            return f"{name}: larger than {_LARGEST_COUNT}"
    return ""

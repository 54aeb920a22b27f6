"""Whether bytes parse as Python, JSON, TOML or YAML, in linear time and without building anything of it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from typing import NoReturn

from harness.paths import shown
from harness.policy.python_source import CostlyError, parse_python
from harness.policy.secrets import masked

# tomllib takes quadratic time for the parts of one key, libyaml for nesting and for %TAG lines.
_PART = rb"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rb"(?<![\w-])" + _PART + rb"(?:[ \t]*+\.[ \t]*+" + _PART + rb"){32}")
_MAX_TAG_LINES = 100
_MAX_YAML_DEPTH = 100
# Without libyaml, PyYAML reads some 20 kB a second.
_MAX_SLOW_YAML = 64 * 1024


def parse_problem(path: str, data: bytes, limit: int) -> str | None:
    """Why `data` is not what the suffix of `path` says, in one line; empty where it is.

    None where that isn't known: another suffix, more than `limit` bytes (JSON may have any number),
    or a form that takes a parser more than linear time.
    """
    read = _READERS.get(posixpath.splitext(path)[1].lower())
    if read is None or (len(data) > limit and read is not _read_json):
        return None
    try:
        read(data)
    except CostlyError:
        return None
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    except SyntaxError as error:
        return _at_line(error.lineno, _told(str(error.msg)))
    except ValueError as error:
        return _told(str(error))
    return ""


def _at_line(line: int | None, message: str) -> str:
    return f"line {line}: {message}" if line else message


def _told(message: str) -> str:
    """A parser's message on one line; what it repeats of the file may be a secret."""
    return shown(masked(message))


def _read_python(data: bytes) -> None:
    parse_python(data)


def _read_json(data: bytes) -> None:
    # Strict JSON; numbers are not converted, which takes more than linear time.
    json.loads(data.decode("utf-8-sig"), parse_int=bool, parse_float=bool, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _read_toml(data: bytes) -> None:
    import tomllib

    if _LONG_KEY.search(data):
        raise CostlyError
    tomllib.loads(data.decode("utf-8-sig"))


def _read_yaml(data: bytes) -> None:
    # Events only: no tag is resolved, no alias followed.
    import yaml  # type: ignore[import-untyped]

    if data.count(b"%TAG") > _MAX_TAG_LINES or (not yaml.__with_libyaml__ and len(data) > _MAX_SLOW_YAML):
        raise CostlyError
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    depth = 0
    try:
        for event in yaml.parse(data, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_YAML_DEPTH:
                raise RecursionError
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError(_at_line(mark.line + 1 if mark else None, str(error.problem))) from None
    except yaml.YAMLError as error:
        raise ValueError(str(error).partition("\n")[0]) from None


_READERS: dict[str, Callable[[bytes], None]] = {
    ".py": _read_python,
    ".pyi": _read_python,
    ".pyw": _read_python,
    ".json": _read_json,
    ".ipynb": _read_json,
    ".toml": _read_toml,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}

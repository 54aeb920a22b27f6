"""The TOML tables of this package, each read once."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    """The table of that file, its path relative to this package."""
    return tomllib.loads(resources.files("harness.commands").joinpath(name).read_text("utf-8"))


@cache
def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def matches(name: str, key: str, text: str) -> bool:
    """Whether one of the patterns under `key` in that file is all of `text`, case ignored."""
    return bool(_any_of(name, key).fullmatch(text))


@cache
def _any_of(name: str, key: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in read(name)[key].split()), re.IGNORECASE)


def may_be(name: str, key: str, value: str) -> bool:
    """Whether the table `valued` of that file admits `value` for `key`."""
    return any(
        re.fullmatch(keys, key, re.IGNORECASE) and re.fullmatch(values, value, re.IGNORECASE)
        for keys, values in read(name)["valued"].items()
    )

"""The stable codes: one TOML file a family, one table a code, read by `harness explain`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means and what to do about it."""

    code: str
    family: str
    title: str
    meaning: str
    remedy: str


def all_explanations() -> dict[str, Explanation]:
    """Every code the harness can utter, by code."""
    found: dict[str, Explanation] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            family = file.name.removesuffix(".toml")
            for code, entry in tomllib.loads(file.read_text("utf-8")).items():
                found[code] = Explanation(code, family, **entry)
    return found

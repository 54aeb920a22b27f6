"""Variables set for a command: those that only inform it, and those that make it run or lose something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.commands import tables
from harness.commands.git import configuration
from harness.commands.model import Refusal
from harness.commands.shell.words import is_literal, shown

_FILE = "environment.toml"
_INSTEAD = "run it without that variable; the run's configuration sets the environment of its commands"


def refuse_assignments(assignments: Iterable[tuple[str, str]]) -> Iterator[Refusal]:
    """Why variables may not be set so, whether for one command or for all that follow."""
    pairs = list(assignments)
    settings = {name: value for name, value in pairs if name.startswith("GIT_CONFIG_")}
    for name, value in pairs:
        if re.fullmatch(r"GIT_CONFIG_(KEY|VALUE)_\d+", name):
            yield from _setting(name, value, settings)
        elif not _may_be_set(name, value):
            effect = "disables-guard" if tables.matches(_FILE, "guards", name) else "runs-code"
            what = (
                "switches a guard off"
                if effect == "disables-guard"
                else "can make a program run something else"
            )
            yield Refusal(effect, f"{name}={shown(value)!r} {what}", _INSTEAD)


def _may_be_set(name: str, value: str) -> bool:
    if not tables.matches(_FILE, "steering", name) or tables.matches(_FILE, "free", name):
        return True
    return tables.may_be(_FILE, name, value)


def _setting(name: str, value: str, settings: dict[str, str]) -> Iterator[Refusal]:
    number = name.rpartition("_")[2]
    key = settings.get(f"GIT_CONFIG_KEY_{number}", "")
    refusal = configuration.refuse_setting(key, settings.get(f"GIT_CONFIG_VALUE_{number}", "\x01"))
    if refusal and is_literal(key):
        yield refusal
    elif not is_literal(value) or refusal:
        yield Refusal("changes-config", f"{name} sets configuration that isn't known", _INSTEAD)

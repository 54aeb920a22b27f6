"""Programs that read and print: the few options by which some of them write or run something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.options import options_in
from harness.commands.places import refuse_writes
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import is_literal, shown


def judge(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of a reading program with its arguments."""
    hazards = tables.read("programs/programs.toml")["hazards"].get(name)
    if name == "printf":
        words = words[:1]  # what follows the format is only printed
    found = [option for option in options_in(words) if hazards and _is_hazard(option, hazards)]
    if name in ("less", "more"):
        found += [word for word in words if word.startswith("+")]
    if found:
        what = f"`{name} {shown(found[0])}` can run or write something"
        yield Refusal("runs-code", what, f"`{name}` without that option")
    elif hazards and not all(is_literal(word) for word in words):
        yield unreadable(f"`{name}` gets arguments that only a shell would know")
    elif name == "sort":
        yield from refuse_writes(_sort_output(words), scene)


def _is_hazard(option: str, hazards: dict[str, Any]) -> bool:
    if option.startswith("--"):
        spelled = option[2:].partition("=")[0]
        return any(name.startswith(spelled) for name in hazards["names"])
    return bool(set(option[1:]) & set(hazards["letters"]))


def _sort_output(words: Sequence[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        following = words[at + 1 : at + 2]
        if word == "--":
            return
        if word.startswith("--o"):
            yield from [word.partition("=")[2]] if "=" in word else following
        elif re.match("-[^-]*o", word):
            glued = word.partition("o")[2]
            yield from [glued] if glued else following


def judge_copying(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `uniq` and `xxd`: they write what is named behind their input."""
    yield from refuse_writes([word for word in words if not word.startswith("-")][1:], scene)


def judge_ripgrep(words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """The refusals of `rg`: a preprocessor is a program."""
    if any(re.match("--(pre|hostname-bin)", word) for word in options_in(words)):
        yield Refusal("runs-code", "`rg --pre` runs a program for each file", "`rg PATTERN`")


def judge_yq(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `yq`: with -i it writes its files."""
    if any(re.match("-[a-zA-Z]*[is]|--(inplace|in-place|split)", word) for word in words):
        yield from refuse_writes([word for word in words if not word.startswith("-")][1:], scene)

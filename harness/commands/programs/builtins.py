"""Builtins of the shell that change what the rest of a text means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands.environment import refuse_assignments
from harness.commands.model import Refusal
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import UNKNOWN, is_literal

DECLARING = frozenset(["export", "declare", "typeset", "local", "readonly"])


def judge_harmless(_words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """A builtin without an effect of its own; what `cd` changes is seen to where steps are judged."""
    return iter(())


def judge_declaration(words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """The refusals of `export WORDS…` and its like: words that assign, quoted ones too."""
    for word in words:
        name, equals, value = word.partition("=")
        if not is_literal(name):
            yield unreadable("which variable it sets is only known to a shell")
        elif equals and not word.startswith("-"):
            yield from refuse_assignments([(name.rstrip("+"), value)])
        elif re.fullmatch("-[a-zA-Z]*n[a-zA-Z]*", word):
            yield unreadable("it gives a variable another name")


def judge_read(words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """The refusals of `read` and `getopts`: variables that are set to what nobody knows."""
    names = [word for word in words if re.fullmatch(r"[A-Za-z_]\w*", word)]
    yield from refuse_assignments([(name, UNKNOWN) for name in names])
    if any(not is_literal(word) or "[" in word for word in words):
        yield unreadable("which variable it sets is only known to a shell")


def judge_shopt(words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """The refusals of `shopt`: settings by which words or names mean something else."""
    if (
        set(words) & {"dotglob", "expand_aliases", "extglob", "nocaseglob", "nocasematch"}
        and "-u" not in words
    ):
        yield unreadable("it changes how the rest of the text is read")


def judge_alias(words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """The refusals of `alias`: naming one is fine, making one isn't."""
    if any("=" in word or not is_literal(word) for word in words):
        yield unreadable("it changes what commands mean", "write the command out")


def judge_set(words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    """The refusals of `set`: options are fine, but for those that trace through a prompt."""
    if "-k" in words or "keyword" in words:
        yield unreadable("it changes how the rest of the text is read")

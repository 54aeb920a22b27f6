"""Shells, `eval` and the like: the text they run is judged; a script of the worktree may run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.places import Place, locate
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import is_literal, shown

IN_A_FILE = "put the code in a script of the worktree and run that"
_ASKING = frozenset(("--version", "--help", "-V"))


def names() -> frozenset[str]:
    """The shells whose text is read."""
    return tables.words(tables.read("programs/programs.toml")["shells"]["names"])


def judge(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of a shell: of its -c text, of its script, or of what it reads."""
    harmless = tables.words(tables.read("programs/programs.toml")["shells"]["options"])
    rest, flags = list(words), ""
    while rest and rest[0][:1] in ("-", "+"):
        word = rest.pop(0)
        if word in _ASKING:
            return
        if word in ("--", "-"):
            break
        if word in harmless:
            continue
        if not re.fullmatch(r"[-+][a-zA-Z]+", word):
            yield unreadable(f"`{name} {shown(word)}` isn't known to be harmless")
            return
        flags += word[1:] if word[0] == "-" else ""
        if re.search("[oO]", word) and rest:
            rest.pop(0)
    yield from _input(name, rest, flags, scene)


def _input(name: str, rest: Sequence[str], flags: str, scene: Scene) -> Iterator[Refusal]:
    if "c" in flags:
        yield from judge_nested(rest[0] if rest else "", scene)
    elif rest and "s" not in flags:
        yield from refuse_script(rest[0], scene)
    elif scene.document is not None:
        yield from judge_nested(scene.document, scene)
    else:
        yield unreadable(f"`{name}` runs what it reads, and that isn't known", IN_A_FILE)


def judge_nested(text: str, scene: Scene) -> Iterator[Refusal]:
    """The refusals of text that is run as shell text in its turn."""
    if is_literal(text):
        yield from scene.judge_text(text, scene.deeper())
    else:
        yield unreadable("the text that a shell runs is only known to a shell")


def judge_eval(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `eval WORDS…`."""
    yield from judge_nested(" ".join(words), scene)


def judge_trap(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `trap TEXT SIGNAL…`."""
    rest = [word for word in words if word != "--"]
    if len(rest) > 1 and rest[0] not in ("-", "-l", "-p"):
        yield from judge_nested(rest[0], scene)


def judge_source(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `source FILE`."""
    for path in [word for word in words if word != "--"][:1]:
        yield from refuse_script(path, scene)


def refuse_script(path: str, scene: Scene) -> Iterator[Refusal]:
    """Why a script may not be run; one that the worktree holds may."""
    place = locate(path, scene)
    if place is Place.UNKNOWN or not path or path.startswith("-"):
        yield unreadable("which script it runs is only known to a shell")
    elif place is not Place.INSIDE:
        yield Refusal(
            "outside-worktree",
            f"it runs {shown(path)!r}, which isn't a script of the worktree",
            "run scripts that the worktree holds, by their path from its root",
        )
    elif path.rpartition("/")[2] in scene.written:
        yield unreadable(f"it runs {path!r}, which it writes itself", "write the script in a fix of its own")

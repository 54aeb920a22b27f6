"""Test, lint and build tools: they run the worktree's own code, and are kept from doing more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands.model import Refusal
from harness.commands.places import Place, locate, refuse_writes
from harness.commands.programs.derived import is_derived
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import SPLIT, is_literal, shown

# Options that name a file to write, and options whose value may be KIND:PATH.
_WRITING = re.compile(r"--(junit-?xml|json-report-file|report-log|html|log-file|output-file|outfile)")
_WRITING_KIND = re.compile(r"--(cov-report|report|debug)=\w+:(.+)")
# Options of which the value is a path; those that name an interpreter are harmless.
_WITH_PATH = re.compile(r"--(?!.*(python|executable|color))[\w-]+=((/|~|\.\.).*)")


def judge_tool(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of a tool: what it would write or delete elsewhere, or send away."""
    yield from refuse_elsewhere(name, scene)
    if name in ("pytest", "py.test"):
        yield from _pytest_options(words, scene)
    for word in words:
        valued = _WITH_PATH.fullmatch(word)
        yield from _refuse_operand(name, valued[2] if valued else word, scene)
    yield from refuse_writes(_written(words), scene)


def refuse_elsewhere(name: str, scene: Scene) -> Iterator[Refusal]:
    """Why a tool that changes files may not run where it may be outside the worktree."""
    if scene.may_be_outside():
        yield Refusal("outside-worktree", f"`{name}` may run outside the worktree", "run it in the worktree")


def _refuse_operand(name: str, word: str, scene: Scene) -> Iterator[Refusal]:
    if name in ("tox", "nox") and (word in ("exec", "devenv") or re.match("-x|--override", word)):
        yield Refusal("runs-code", f"`{name} {word}` runs a command of its own", f"`{name}` by itself")
    if name == "mypy" and word.startswith("--install"):
        yield Refusal("installs-software", f"`mypy {word}` installs software", "`mypy` without it")
    if not is_literal(word) or word.startswith("-"):
        return
    place = locate(word, scene)
    if place is Place.REPOSITORY:
        what = f"`{name}` is given the repository's own files"
        yield Refusal("drops-commits", what, "name files of the project")
    elif place is Place.OUTSIDE and re.match(r"/|~|\.\.(/|$)", word):
        yield Refusal("outside-worktree", f"`{name}` is given {word!r}", "name files of the worktree")


def _written(words: Sequence[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        kind = _WRITING_KIND.fullmatch(word)
        if kind:
            yield kind[2]
        elif _WRITING.fullmatch(name):
            path = value if equals else "".join(words[at + 1 : at + 2])
            yield from [path] if path and not path.startswith("-") else []


def _pytest_options(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if SPLIT in word:
            yield unreadable("`pytest` gets arguments that only a shell would know")
        elif name == "--basetemp":
            path = value if equals else "".join(words[at + 1 : at + 2])
            if not is_literal(path) or not (locate(path, scene) is Place.TEMPORARY or is_derived(path)):
                what = f"`pytest --basetemp` deletes {shown(path)!r} first"
                yield Refusal("deletes-worktree", what, "leave it out, or name a folder under /tmp")
        elif re.fullmatch(r"(-o|--override-ini=?)?(cache_dir|log_file)=(/|~|\.\.).*", word):
            yield Refusal("outside-worktree", f"`pytest` writes elsewhere: {shown(word)!r}", "leave it out")
        elif name == "--pastebin":
            yield Refusal("network", "`pytest --pastebin` publishes the log", "leave it out")

"""`find` and `fd`: what they run and delete, for whatever they find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.commands.model import Refusal
from harness.commands.places import Place, locate, refuse_write
from harness.commands.programs.derived import is_derived, is_derived_pattern
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import UNKNOWN, is_literal, shown

_RUNNING = ("-exec", "-execdir", "-ok", "-okdir")
_WRITING = ("-fprint", "-fprint0", "-fls", "-fprintf")
_NAMING = ("-name", "-iname", "-path", "-wholename", "-ipath")
_NAME_FILES = "list them with `-print`, and narrow them with `-name` to files that tools make again"


def judge(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `find WORDS…`."""
    starts, rest = _starting_points(words)
    if any(not is_literal(word) for word in words):
        yield unreadable("what `find` looks for is only known to a shell")
        return
    at = 0
    while at < len(rest):
        word = rest[at]
        if word in _RUNNING:
            end = _end_of_command(rest, at)
            command: Sequence[str] = rest[at + 1 : end]
            if "-L" not in words and "-follow" not in words:
                command = _placed(command, starts, rest[:at], scene)
            yield from _run(command, _bounded(starts, rest[:at]), scene)
            at = end
        elif word in _WRITING:
            for path in rest[at + 1 : at + 2]:
                yield from filter(None, [refuse_write(path, scene)])
        elif word == "-delete":
            yield from _delete(starts, rest[:at], scene)
        elif word in ("-files0-from",):
            yield unreadable("`find -files0-from` starts where a file says")
        at += 1


def _starting_points(words: Sequence[str]) -> tuple[list[str], list[str]]:
    at = 0
    while at < len(words) and (words[at] in ("-H", "-L", "-P") or re.match("-[DO]", words[at])):
        at += 2 if words[at] == "-D" else 1
    start = at
    while at < len(words) and not (words[at].startswith("-") or words[at] in ("(", "!", ")", ",")):
        at += 1
    return list(words[start:at]) or ["."], list(words[at:])


def _end_of_command(rest: Sequence[str], at: int) -> int:
    for end in range(at + 1, len(rest)):
        if rest[end] == ";" or (rest[end] == "+" and rest[end - 1] == "{}"):
            return end
    return len(rest)


def _bounded(starts: Sequence[str], tests: Sequence[str]) -> bool:
    """Whether only files come so far that tools make again."""
    if all(is_derived(start) for start in starts):
        return True
    if any(word in ("-o", "-or", "!", "-not", "(", ",") for word in tests):
        return False
    names = [tests[at + 1] for at, word in enumerate(tests[:-1]) if word in _NAMING]
    return (
        any(is_derived_pattern(re.sub(r"^(\./|\*/)*|(/\*)*$", "", name)) for name in names)
        or "-empty" in tests
    )


def _outside(starts: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    for start in starts:
        place = locate(start, scene)
        if place is Place.REPOSITORY:
            yield Refusal(
                "drops-commits", f"`find` changes the repository's own files below {start!r}", _NAME_FILES
            )
        elif place not in (Place.INSIDE, Place.ROOT):
            yield Refusal("outside-worktree", f"`find` changes what is below {start!r}", _NAME_FILES)


def _delete(starts: Sequence[str], tests: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    yield from _outside(starts, scene)
    if not _bounded(starts, tests):
        where = " ".join(starts)
        yield Refusal(
            "deletes-worktree", f"`find {shown(where)} -delete` deletes what the project holds", _NAME_FILES
        )


_EDITING = ("chmod", "sed", "touch")
# Names that nothing in a repository's own folder has.
_SOURCES = re.compile(
    r"\*\.(py|pyi|js|jsx|ts|tsx|css|scss|html|md|rst|txt|json|ya?ml|toml|cfg|ini|sh|bash|c|h|cc|cpp|hpp|rs|go|java|rb|php)"
)


def _placed(words: Sequence[str], starts: Sequence[str], tests: Sequence[str], scene: Scene) -> Sequence[str]:
    """The command with a file of the worktree, where it edits and can only be given such files."""
    if not words or words[0] not in _EDITING or scene.may_be_outside():
        return words
    below = all(locate(start, scene) is Place.INSIDE for start in starts)
    inside = all(locate(start, scene) in (Place.INSIDE, Place.ROOT) for start in starts)
    named = any(
        one == "-name" and _SOURCES.fullmatch(tests[at + 1]) for at, one in enumerate(tests[:-1])
    ) and not {"-o", "-or", "!", "-not", "(", ","} & set(tests)
    if not (below or (inside and named)):
        return words
    return ["./found" if word == "{}" else word for word in words]


def _run(words: Sequence[str], bounded: bool, scene: Scene) -> Iterator[Refusal]:
    """What is run for each file; deleting is fine where only files come that tools make again."""
    if not words:
        return
    scene = replace(scene.deeper(), piped=False, document=None)
    if bounded and words[0] in ("rm", "rmdir", "unlink") and words[-1] == "{}" and not scene.may_be_outside():
        words = [word for word in words[:-1] if word in ("rm", "rmdir", "unlink") or word.startswith("-")]
        yield from scene.judge_words([*words, "build"], scene)
        return
    # A path that is found begins with its starting point, so it can't be an option.
    yield from scene.judge_words([_found(word) for word in words], scene)


def _found(word: str) -> str:
    return word.replace("{}", "./" + UNKNOWN) if word.startswith("{}") else word.replace("{}", UNKNOWN)


_FD_RUNNING = ("-x", "-X", "--exec", "--exec-batch")


def judge_fd(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `fd WORDS…`: what it runs for each file it finds."""
    for at, word in enumerate(words):
        if (word.startswith("--exec") and "=" in word) or (
            re.match("-[a-zA-Z]*[xX]", word) and word not in _FD_RUNNING
        ):
            yield unreadable("what `fd` runs isn't written plainly", "`fd PATTERN` lists them")
            return
        if word in _FD_RUNNING:
            inner = [word for word in words[at + 1 :] if word != ";"]
            inner = inner if any("{" in word for word in inner) else [*inner, "{}"]
            found = [re.sub(r"\{[./]*\}", UNKNOWN, word) for word in inner]
            yield from scene.judge_words(found, replace(scene.deeper(), piped=False, document=None))
            return

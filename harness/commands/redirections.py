"""What redirections of a command write, empty or bring back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.commands.model import Refusal
from harness.commands.places import Place, is_glob, locate, refuse_write
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.steps import GROUP, Redirect, Step

_RESTORE_INSTEAD = "`git show REV:FILE` prints it; write it under /tmp, or edit the file"
_EMPTY_INSTEAD = "`git rm FILE` deletes it, and says if it changed"
# Programs that write their input to the files they are given.
_COPYING = ("tee", "dd", "sponge")


def refuse_redirects(step: Step, scene: Scene) -> Iterator[Refusal]:
    """Why a command may not be redirected so."""
    silent = bool(step.redirects) and _prints_nothing(step)
    for redirect in step.redirects:
        yield from _refuse_redirect(redirect, silent, scene)
    if step.words[:1] and step.words[0] in _COPYING:
        if scene.restoring:
            yield from _refuse_restoring(step.words[1:], scene)
        if scene.feeds_nothing or _inputs(step) == ["/dev/null"]:
            yield Refusal("overwrites-worktree", f"`{step.words[0]}` empties files", _EMPTY_INSTEAD)


def arguments_of(step: Step) -> frozenset[str]:
    """The arguments of a command and what it reads, as far as they may name files."""
    printed = step.words[:1] in (("echo",), ("printf",))
    read = [one.target for one in step.redirects if one.operator == "<"]
    return frozenset(map(_same, [*(() if printed else step.words[1:]), *read]))


def arguments_by_pipeline(steps: Iterable[Step]) -> dict[int, frozenset[str]]:
    """What all commands of a pipeline name, by its number."""
    found: dict[int, set[str]] = {}
    for step in steps:
        if step.pipeline:
            found.setdefault(step.pipeline, set()).update(arguments_of(step))
    return {pipeline: frozenset(arguments) for pipeline, arguments in found.items()}


def silent_pipelines(steps: Sequence[Step]) -> frozenset[int]:
    """The pipelines that begin with a command which prints nothing."""
    first: dict[int, Step] = {}
    for step in steps:
        if step.pipeline:
            first.setdefault(step.pipeline, step)
    return frozenset(number for number, step in first.items() if _prints_nothing(step))


def _same(path: str) -> str:
    return path.removeprefix("./")


def _refuse_redirect(redirect: Redirect, silent: bool, scene: Scene) -> Iterator[Refusal]:
    path = redirect.target
    if redirect.operator in ("<<", "<<<"):
        return
    if path.startswith(("/dev/tcp/", "/dev/udp/")):
        yield Refusal("network", f"it connects through {path!r}", "a person connects to other machines")
    elif ">" in redirect.operator:
        refusal = refuse_write(path, scene)
        if refusal:
            yield refusal
        elif ">>" not in redirect.operator and locate(path, scene) is Place.INSIDE:
            yield from _refuse_truncation(path, silent, scene)


def _refuse_truncation(path: str, silent: bool, scene: Scene) -> Iterator[Refusal]:
    if _same(path) in scene.together:
        what = f"it empties {path!r} before it reads it"
        yield Refusal("overwrites-worktree", what, "write to another file, then `mv`")
    elif scene.context.is_absent_path(path):
        return
    elif is_glob(path):
        yield unreadable(f"it writes to whatever {path!r} matches")
    elif scene.restoring:
        yield from _refuse_restoring([path], scene)
    elif silent:
        yield Refusal("overwrites-worktree", f"it empties {path!r}", _EMPTY_INSTEAD)


def _refuse_restoring(paths: Iterable[str], scene: Scene) -> Iterator[Refusal]:
    for path in paths:
        path = path.removeprefix("of=")
        if locate(path, scene) is Place.INSIDE and not path.startswith("-"):
            what = f"it overwrites {path!r} with an old version of a file"
            yield Refusal("overwrites-worktree", what, _RESTORE_INSTEAD)


def _inputs(step: Step) -> list[str]:
    """What a command reads that isn't told to read anything; something unknown where it is piped."""
    found = [one.target for one in step.redirects if one.operator.startswith("<")]
    return found or (["-"] if step.piped else [])


def _prints_nothing(step: Step) -> bool:
    """Whether a command is known to print nothing, so that its output empties a file."""
    words = [word for word in step.words if not (word.startswith("-") and len(word) < 3)]
    if step.words == GROUP:
        return False
    if not words or words == ["exec"] or words[0] in (":", "true", "false", "test", "[", "sleep", "unset"):
        return True
    if words[0] in ("echo", "printf", "cat"):
        sources = words[1:] if words[0] != "cat" or words[1:] else _inputs(step)
        return all(word in ("", "/dev/null") for word in sources)
    return False

"""Commands on files: fine on named files inside the worktree, not on whole trees, not elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.options import Parsed, parse, read_table
from harness.commands.places import (
    Place,
    is_glob,
    locate,
    names_repository,
    refuse_placing,
    refuse_writes,
    repository_refusal,
)
from harness.commands.programs.derived import is_derived
from harness.commands.programs.file_modes import hides_from_owner
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import is_literal, shown

Judged = Iterator[Refusal]
_NAME_FILES = "name the files: `rm FILE`, or `git rm -r FOLDER`, which stops where there are changes"
_COPY_ASIDE = "keep to paths inside the worktree; a copy can go under /tmp"
_LINK_INSIDE = "link to files of the worktree, and write the link's own path out: `ln -s ../FILE FOLDER/NAME`"
_DELETE_IT = "`git rm FILE` deletes a file, and says if it changed"


def refuse_deletion(path: str, scene: Scene, recursive: bool) -> Judged:
    """Why a path may not be deleted: only named files go, and whole folders that tools make again."""
    place = locate(path, scene)
    if place is Place.UNKNOWN:
        yield unreadable(f"it deletes {shown(path)!r}, which can't be known", _NAME_FILES)
    elif place is Place.REPOSITORY:
        yield repository_refusal(path)
    elif place is not Place.INSIDE:
        effect = "deletes-worktree" if place is Place.ROOT else "outside-worktree"
        yield Refusal(effect, f"it deletes {path!r}, which is not inside the worktree", _NAME_FILES)
    elif is_derived(path) and not any(names_repository(part) for part in path.split("/")):
        return
    elif recursive:
        yield Refusal("deletes-worktree", f"it deletes {path!r} with everything in it", _NAME_FILES)
    elif is_glob(path):
        yield Refusal("deletes-worktree", f"it deletes whatever {path!r} matches", _NAME_FILES)


def _rm(parsed: Parsed, scene: Scene) -> Judged:
    recursive = parsed.has("--recursive", "-R")
    for path in parsed.all_operands:
        yield from refuse_deletion(path, scene, recursive)


def _write_all(parsed: Parsed, scene: Scene) -> Judged:
    yield from refuse_writes(parsed.all_operands, scene)


def _sources_and_targets(parsed: Parsed) -> tuple[list[str], list[str]]:
    operands = parsed.all_operands
    targets = parsed.values("--target-directory")
    return (operands, targets) if targets else (operands[:-1], operands[-1:])


def _is_temporary(path: str, scene: Scene) -> bool:
    return locate(path, scene) is Place.TEMPORARY or path.rstrip("/") == "/tmp"


def _cp(parsed: Parsed, scene: Scene) -> Judged:
    sources, targets = _sources_and_targets(parsed)
    yield from refuse_placing(targets, scene)
    recursive = parsed.has("--recursive", "-R", "--archive")
    aside = all(_is_temporary(target, scene) for target in targets)
    for path in sources:
        yield from _refuse_source(path, recursive, aside, scene)
    if recursive and parsed.has("--remove-destination", "--symbolic-link", "--link"):
        yield unreadable("it copies in a way that isn't judged", "plain `cp`")


def _refuse_source(path: str, recursive: bool, aside: bool, scene: Scene) -> Judged:
    """Why a path may not be copied from."""
    place = locate(path, scene)
    if place is Place.UNKNOWN:
        yield unreadable(f"it copies {shown(path)!r}, which can't be known", _COPY_ASIDE)
    elif path == "/dev/null":
        yield Refusal("overwrites-worktree", "it empties a file", _DELETE_IT)
    elif place in (Place.OUTSIDE, Place.DEVICE):
        yield Refusal("outside-worktree", f"it copies {path!r} from outside the worktree", _COPY_ASIDE)
    elif place is Place.ROOT and recursive:
        yield Refusal("outside-worktree", "it copies the whole worktree", "name the folders to copy")
    elif place is Place.REPOSITORY and recursive and not aside:
        yield Refusal("drops-commits", f"it makes another repository of {path!r}", "`git clone . FOLDER`")


def _mv(parsed: Parsed, scene: Scene) -> Judged:
    sources, targets = _sources_and_targets(parsed)
    yield from refuse_placing(targets, scene)
    away = any(_is_temporary(target, scene) for target in targets)
    for path in sources:
        place = locate(path, scene)
        if place is Place.UNKNOWN:
            yield unreadable(f"it moves {shown(path)!r}, which can't be known", _COPY_ASIDE)
        elif place is Place.REPOSITORY:
            yield repository_refusal(path)
        elif place not in (Place.INSIDE, Place.TEMPORARY):
            what = f"it moves {path!r}, which is not inside the worktree"
            yield Refusal("outside-worktree", what, _COPY_ASIDE)
        elif place is Place.INSIDE and away:
            what = f"it moves {path!r} out of the worktree"
            yield Refusal("deletes-worktree", what, "`git mv` inside it, or `cp` to /tmp")


def _ln(parsed: Parsed, scene: Scene) -> Judged:
    several = len(parsed.all_operands) > 1
    sources, targets = _sources_and_targets(parsed) if several else (parsed.all_operands, [])
    yield from refuse_placing(targets, scene)
    for path in sources:
        # A relative link is read from where it lies, so it may climb as far as that is down.
        climbs = re.match(r"(\.\./)*", path)
        steps = climbs.end() // 3 if climbs else 0
        within = all(_steps_down(target) >= steps for target in targets) if targets else not steps
        if not within or locate(path[3 * steps :], scene) is not Place.INSIDE:
            yield Refusal("outside-worktree", f"it links to {shown(path)!r}", _LINK_INSIDE)
    if parsed.has("--force"):
        yield Refusal("overwrites-worktree", "`ln --force` replaces what is there", "`ln` without it")


def _steps_down(target: str) -> int:
    """How many folders below the root a link of that name lies."""
    parts = [part for part in target.split("/") if part not in ("", ".")]
    if ".." in parts or target.startswith(("/", "~")):
        return 0
    return len(parts) - (0 if target.endswith("/") else 1)


def _chmod(parsed: Parsed, scene: Scene) -> Judged:
    operands = parsed.all_operands
    if parsed.values("--reference"):
        yield from refuse_writes(operands, scene)
        return
    mode = operands[0] if operands else ""
    yield from refuse_writes(operands[1:], scene)
    if not is_literal(mode) or hides_from_owner(mode):
        what = f"`chmod {shown(mode)}` takes files away from their owner"
        yield Refusal("deletes-worktree", what, "`chmod +x FILE`, `chmod 644 FILE`")


def _truncate(parsed: Parsed, scene: Scene) -> Judged:
    yield from refuse_writes(parsed.all_operands, scene)
    grows = all(re.match(r"[+>]", size) for size in parsed.values("--size"))
    if not grows or parsed.values("--reference"):
        yield Refusal("overwrites-worktree", "`truncate` cuts files off", _DELETE_IT)


def _install(parsed: Parsed, scene: Scene) -> Judged:
    if parsed.has("--directory"):
        yield from refuse_writes(parsed.all_operands, scene)
    else:
        yield from _cp(parsed, scene)


def _dd(words: Sequence[str], scene: Scene) -> Judged:
    values = dict(word.partition("=")[::2] for word in words)
    source, target = values.get("if", ""), values.get("of", "")
    if not all(is_literal(word) for word in words):
        yield unreadable("what `dd` copies is only known to a shell", _COPY_ASIDE)
        return
    yield from refuse_writes([target] if target else [], scene)
    if target and values.get("count", "").strip("0") == "" and "count" in values:
        yield Refusal("overwrites-worktree", "`dd count=0` empties a file", _DELETE_IT)
    elif source.startswith("/dev/") and target:
        what = f"`dd` fills a file from {source}"
        yield Refusal("overwrites-worktree", what, "write the file's content plainly")
    elif source and locate(source, scene) not in (Place.INSIDE, Place.TEMPORARY, Place.DEVICE):
        yield Refusal("outside-worktree", f"`dd` reads {source!r}", _COPY_ASIDE)


def _patch(parsed: Parsed, scene: Scene) -> Judged:
    if parsed.has("--dry-run"):
        return
    if parsed.has("--reverse"):
        what = "`patch --reverse` takes changes away that may be nowhere else"
        yield Refusal("overwrites-worktree", what, "`patch --reverse --dry-run` only looks")
    yield from refuse_writes([*parsed.values("--output", "--reject-file"), *parsed.operands[:1]], scene)
    yield from refuse_placing(parsed.values("--directory"), scene)


_JUDGES: dict[str, Callable[[Parsed, Scene], Judged]] = {
    "rm": _rm,
    "unlink": _rm,
    "rmdir": _write_all,
    "mkdir": _write_all,
    "touch": _write_all,
    "tee": _write_all,
    "mktemp": _write_all,
    "cp": _cp,
    "mv": _mv,
    "ln": _ln,
    "install": _install,
    "chmod": _chmod,
    "truncate": _truncate,
    "patch": _patch,
}


def names() -> frozenset[str]:
    """The commands on files."""
    return frozenset((*_JUDGES, "dd"))


def judge(name: str, words: Sequence[str], scene: Scene) -> Judged:
    """The refusals of a file command with its arguments."""
    if name == "dd":
        yield from _dd(words, scene)
    elif tuple(words[:1]) not in (("--help",), ("--version",)):
        # A mode that takes something away looks like an option.
        modes = [":" + word if re.fullmatch(r"-[rwxXst]+", word) else word for word in words]
        options = read_table(tables.read("programs/file_commands.toml")[name])
        parsed = parse(modes if name == "chmod" else words, options)
        if parsed.problem:
            yield unreadable(f"`{name}` with {parsed.problem} isn't known to be harmless")
        else:
            yield from _JUDGES[name](parsed, scene)

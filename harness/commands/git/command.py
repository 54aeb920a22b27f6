"""A git command line: its global options, its aliases, and its subcommand by the tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.commands.git import configuration, rules
from harness.commands.git.call import Call
from harness.commands.git.outputs import refuse_output
from harness.commands.git.subcommands import Subcommand, known_subcommands, subcommand
from harness.commands.model import Refusal
from harness.commands.options import Parsed, find_long, may_be_option, parse
from harness.commands.places import Place, locate, refuse_write, within
from harness.commands.scene import Scene, unknown, unreadable
from harness.commands.shell.words import is_literal, shown

_FLAGS = frozenset(
    [
        "-p",
        "--paginate",
        "-P",
        "--no-pager",
        "--bare",
        "--no-replace-objects",
        "--no-lazy-fetch",
        "--literal-pathspecs",
        "--glob-pathspecs",
        "--noglob-pathspecs",
        "--icase-pathspecs",
        "--no-optional-locks",
        "--no-advice",
    ]
)
# These print something and end, whatever follows.
_PRINTING = frozenset(
    [
        "-v",
        "--version",
        "-h",
        "--help",
        "--html-path",
        "--man-path",
        "--info-path",
        "--exec-path",
        "--list-cmds",
    ]
)
_NAMING = frozenset(["--namespace", "--super-prefix", "--attr-source"])
_INSTEAD_HERE = "run git in the worktree, without pointing it elsewhere"


@dataclass(slots=True)
class _Front:
    """What stands before the subcommand."""

    scene: Scene
    rest: list[str]
    aliases: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    elsewhere: bool = False
    ends: bool = False


def judge(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `git WORDS…`."""
    front = _Front(scene, list(words), elsewhere=scene.may_be_outside())
    while front.rest and not front.ends and not front.refusals and front.rest[0].startswith("-"):
        _global_option(front)
    yield from front.refusals
    if front.refusals or front.ends or not front.rest:
        return
    aliases = {name.lower(): text for name, text in scene.context.aliases.items()} | front.aliases
    yield from _named(front, aliases)


def _global_option(front: _Front) -> None:
    name, equals, value = front.rest.pop(0).partition("=")
    if name in _FLAGS and not equals:
        return
    if name in _PRINTING and not (equals and name == "--exec-path"):
        front.ends = True
        return
    if name == "--exec-path":
        front.refusals.append(_refuse("runs-code", "`git --exec-path=` runs programs of another place"))
        return
    if name not in ("-C", "-c", "--git-dir", "--work-tree", "--config-env", *_NAMING):
        front.refusals.append(unreadable(f"`git {shown(name)}` isn't known to be harmless"))
        return
    if not equals or name in ("-C", "-c"):
        if not front.rest:
            front.ends = True
            return
        value = front.rest.pop(0)
    _valued_option(front, name, value)


def _valued_option(front: _Front, name: str, value: str) -> None:
    if name in ("-c", "--config-env"):
        key, equals, setting = value.partition("=")
        if name == "--config-env":
            setting = "\x01"
        elif not equals:
            setting = "true"
        _configure(front, key, setting)
    elif name == "-C":
        front.elsewhere |= bool(value) and locate(value, front.scene) not in (Place.INSIDE, Place.ROOT)
        front.scene = within(front.scene, value or ".")
    elif name == "--work-tree":
        front.elsewhere |= locate(value, front.scene) is not Place.ROOT
    elif name == "--git-dir":
        front.elsewhere |= value not in (".git", "./.git")


def _configure(front: _Front, key: str, setting: str) -> None:
    section, _, name = key.lower().partition(".")
    if section == "alias" and is_literal(key + setting):
        front.aliases[name] = setting
        return
    refusal = configuration.refuse_setting(key, setting)
    if refusal:
        front.refusals.append(refusal)


def _refuse(effect: str, reason: str, instead: str = _INSTEAD_HERE) -> Refusal:
    return Refusal(effect, reason, instead)


def _named(front: _Front, aliases: Mapping[str, str]) -> Iterator[Refusal]:
    name, *rest = front.rest
    if not is_literal(name) or may_be_option(name):
        yield unreadable("which git subcommand it runs is only known to a shell")
    elif " " not in name and name in known_subcommands():
        yield from judge_subcommand(name, rest, front.scene, front.elsewhere)
    elif name.lower() in aliases:
        yield from _alias(aliases[name.lower()], rest, front, aliases)
    else:
        yield unknown(f"git {shown(name)}")


def _alias(text: str, rest: Sequence[str], front: _Front, aliases: Mapping[str, str]) -> Iterator[Refusal]:
    scene = front.scene.deeper()
    if scene.too_deep():
        yield unreadable("its aliases are nested too deep")
        return
    scene = replace(scene, context=replace(scene.context, aliases=dict(aliases)))
    if text.startswith("!"):
        if not all(is_literal(word) for word in rest):
            yield unreadable("its alias gets arguments that only a shell would know")
            return
        # git runs the text by a shell, with the arguments behind it.
        yield from scene.judge_text(" ".join([text[1:], *map(shlex.quote, rest)]), scene)
        return
    try:
        words = shlex.split(text)
    except ValueError:
        yield unreadable("its alias can't be read")
        return
    if not words:
        yield unreadable("its alias is empty")
        return
    yield from judge([*words, *rest], scene)


def judge_subcommand(
    name: str, words: Sequence[str], scene: Scene, elsewhere: bool = False
) -> Iterator[Refusal]:
    """The refusals of a subcommand with its arguments; `elsewhere` is in another repository."""
    table = subcommand(name)
    assert table is not None
    if list(words[:1]) == ["--help"] or list(words) == ["-h"]:
        return
    if table.subcommands:
        yield from _second_level(table, list(words), scene, elsewhere)
        return
    parsed = _parse(table, words)
    if parsed.problem and not table.any and not table.whole:
        yield unreadable(f"`git {name}` with {parsed.problem} isn't known to be harmless", _PLAIN)
        return
    dry = bool(table.dry) and parsed.has(*table.dry)
    for refusal in _by_table(table, parsed, scene):
        if not dry or refusal.effect == "runs-code":
            yield refusal
    if table.rule:
        yield from rules.RULES[table.rule](Call(name, parsed, list(words), scene))
    if elsewhere and not table.reads:
        yield _refuse("outside-worktree", f"`git {name}` changes another repository or folder")


_PLAIN = "leave that option out, or write it out in full"


def _parse(table: Subcommand, words: Sequence[str]) -> Parsed:
    if table.any or (table.whole and not table.dry):
        return Parsed(operands=list(words))
    risky = table.refuse or table.writes or table.folders or table.rule or table.whole
    return parse(words, table.options, tolerant=not risky)


def _second_level(table: Subcommand, words: list[str], scene: Scene, elsewhere: bool) -> Iterator[Refusal]:
    at = 0
    while at < len(words) and words[at].startswith("-") and _is_leading(words[at], table):
        option = words[at].partition("=")
        found = find_long(option[0], table.options)
        at += 2 if found and found[0].takes == "value" and not option[1] else 1
    second = words[at] if at < len(words) else ""
    if second and (not is_literal(second) or may_be_option(second)):
        yield unreadable(f"what `git {table.name}` does is only known to a shell")
    elif second in table.subcommands:
        yield from judge_subcommand(f"{table.name} {second}", words[at + 1 :], scene, elsewhere)
    elif words[:1] in (["-h"], ["--help"]) or (not words and not table.default):
        return
    elif table.default:
        yield from judge_subcommand(f"{table.name} {table.default}", words[at:], scene, elsewhere)
    else:
        yield unknown(f"git {table.name} {shown(second)}".rstrip())


def _is_leading(word: str, table: Subcommand) -> bool:
    name = word.partition("=")[0]
    return name in table.options or bool(re.match("--", word) and find_long(name, table.options))


def _by_table(table: Subcommand, parsed: Parsed, scene: Scene) -> Iterator[Refusal]:
    if table.whole:
        yield table.whole.refusal(f"git {table.name}")
    for row in table.refuse:
        for given in parsed.given:
            off = given.no or given.value in ("false", "no")
            if given.name in row.options and not off:
                yield row.refusal(f"git {table.name} {given.name}")
    for path in parsed.values(*table.writes):
        yield from refuse_output(path, f"git {table.name}", table.suffixes, scene)
    for path in parsed.values(*table.folders):
        refusal = refuse_write(path.rstrip("/") or "/", scene)
        if refusal and locate(path, scene) is not Place.ROOT:
            yield refusal

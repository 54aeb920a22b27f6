"""Which program a command runs, and who judges it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from harness.commands import tables
from harness.commands.git import command as git_command
from harness.commands.model import Refusal
from harness.commands.places import is_glob
from harness.commands.programs import (
    archives,
    builtins,
    file_commands,
    find,
    interpreters,
    reading,
    shells,
    text,
    tools,
    verbs,
    wrappers,
)
from harness.commands.scene import Scene, unknown, unreadable
from harness.commands.shell.words import is_literal, shown

Judge = Callable[[Sequence[str], Scene], Iterator[Refusal]]

# Folders whose programs are the ones everyone means by their names.
_SYSTEM = re.compile(r"(/usr(/local)?|/opt/homebrew)?/s?bin/[^/]+|/usr/lib(exec)?/git-core/git(-[\w-]+)?")
_ENVIRONMENT = re.compile(
    r"(\./)?(\.?venv|env|\.tox/[\w.-]+|\.nox/[\w.-]+)/(bin|Scripts)/[^/]+|(\./)?node_modules/\.bin/[^/]+"
)
_ANY_GIT = re.compile(r"git(-[\w-]+)?", re.IGNORECASE)


def judge_program(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of a simple command: its program decides who judges its arguments."""
    program, arguments = words[0], words[1:]
    pattern = is_glob(program) and program != "["
    if not is_literal(program) or pattern or program.startswith("~"):
        yield unreadable("which program it runs is only known to a shell")
        return
    name = _name(program)
    if name is None:
        yield from shells.refuse_script(program, scene)
    elif name == "git" or re.fullmatch(r"git-[a-z][\w-]*", name):
        front = [name[4:]] if name != "git" else []
        yield from git_command.judge([*front, *arguments], scene)
    elif program not in scene.functions:
        yield from _judge_of(name)(arguments, scene)


def _name(program: str) -> str | None:
    """The name that a program is known by; None for a file that is only a path."""
    name = re.sub(r"\.(exe|cmd|bat)$", "", program.rpartition("/")[2], flags=re.IGNORECASE)
    if "/" not in program or _SYSTEM.fullmatch(program) or _ENVIRONMENT.fullmatch(program):
        return name
    # A git found anywhere is a git.
    return name if _ANY_GIT.fullmatch(name) else None


def _judge_of(name: str) -> Judge:
    found = _judges().get(name)
    if found:
        return found
    return interpreters.judge_python if interpreters.is_python(name) else partial(_unknown, name)


def _unknown(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    if "git" in words:
        # It may well start the program behind it, as many do that set limits or an environment.
        yield from git_command.judge(words[words.index("git") + 1 :], scene)
    if name == "harness":
        yield from verbs.refuse_approval(words)
    yield unknown(shown(name))


# Programs refused whatever their arguments: their key in programs.toml, the effect, why, the safe way.
_REFUSED = (
    ("installers", "installs-software", "installs or removes software", verbs.NO_INSTALL),
    ("network", "network", "connects to other machines", "put what is needed in the worktree"),
    (
        "machine",
        "outside-worktree",
        "reaches beyond the worktree",
        "a fix changes files of the worktree only",
    ),
    ("erasing", "deletes-worktree", "erases files past recovery", "`git rm FILE` says if the file changed"),
)


def _refused(
    effect: str, name: str, why: str, instead: str, words: Sequence[str], _scene: Scene
) -> Iterator[Refusal]:
    if tuple(words) not in (("--version",), ("--help",), ("-V",)):
        yield Refusal(effect, f"`{name}` {why}", instead)


def _unjudged(name: str, _words: Sequence[str], _scene: Scene) -> Iterator[Refusal]:
    yield unreadable(f"`{name}` runs commands in a way that isn't judged")


@cache
def _judges() -> dict[str, Judge]:
    """Who judges the arguments of which program."""
    table = tables.read("programs/programs.toml")
    judges: dict[str, Judge] = {}
    for key, effect, why, instead in _REFUSED:
        for name in tables.words(table[key]):
            judges[name] = partial(_refused, effect, name, why, instead)
    named: list[tuple[frozenset[str], Callable[[str, Sequence[str], Scene], Iterator[Refusal]]]] = [
        (tables.words(table["reading"]), reading.judge),
        (tables.words(table["tools"]), tools.judge_tool),
        (tables.words(table["unjudged"]), _unjudged),
        (tables.words(table["compressors"]), archives.judge_compressor),
        (tables.words(table["makers"]), verbs.judge_make),
        (verbs.names(), verbs.judge),
        (wrappers.names(), wrappers.judge),
        (shells.names(), shells.judge),
        (interpreters.names(), interpreters.judge_other),
        (file_commands.names(), file_commands.judge),
    ]
    for names, judge in named:
        judges |= {name: partial(judge, name) for name in names}
    return judges | _SPECIAL


_SPECIAL: dict[str, Judge] = {
    "pip3": partial(verbs.judge, "pip"),
    "coverage": interpreters.judge_coverage,
    "env": wrappers.judge_env,
    "xargs": wrappers.judge_xargs,
    "watch": wrappers.judge_watch,
    "script": wrappers.judge_script,
    "flock": wrappers.judge_flock,
    "find": find.judge,
    "fd": find.judge_fd,
    "eval": shells.judge_eval,
    "trap": shells.judge_trap,
    ".": shells.judge_source,
    "source": shells.judge_source,
    "tar": archives.judge_tar,
    "zip": archives.judge_zip,
    "unzip": archives.judge_unzip,
    "rsync": archives.judge_rsync,
    "sed": text.judge_sed,
    "awk": text.judge_awk,
    "gawk": text.judge_awk,
    "mawk": text.judge_awk,
    "uniq": reading.judge_copying,
    "xxd": reading.judge_copying,
    "rg": reading.judge_ripgrep,
    "yq": reading.judge_yq,
    "set": builtins.judge_set,
    "shopt": builtins.judge_shopt,
    "alias": builtins.judge_alias,
    "unalias": builtins.judge_harmless,
    "read": builtins.judge_read,
    "getopts": builtins.judge_read,
    **dict.fromkeys(("cd", "pushd", "popd", "chdir"), builtins.judge_harmless),
    **dict.fromkeys(builtins.DECLARING, builtins.judge_declaration),
}


def brings_back(words: Sequence[str]) -> bool:
    """Whether a git command prints an old version of a file, which then may overwrite the present one."""
    if not words or _name(words[0]) != "git":
        return False
    shows = "show" in words and any(":" in word and not word.startswith("-") for word in words[1:])
    return shows or "cat-file" in words

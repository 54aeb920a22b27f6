"""Programs with subcommands (installers, package and build tools), and `make`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.places import Place, locate
from harness.commands.programs.tools import judge_tool, refuse_elsewhere
from harness.commands.scene import Scene, unknown, unreadable
from harness.commands.shell.words import is_literal, shown

NO_INSTALL = "name what the project needs in its metadata; a person installs it"
_A_PERSON = "a person publishes when the work is accepted"
_QUIET = re.compile("-q|-s|--(quiet|silent|no-color|no-input|isolated|offline|locked|frozen)")
_ASKING = ("--version", "-V", "-h", "--help", "version")
# What may stand between `run` and the command: options that neither install nor choose an interpreter.
_RUN_OPTIONS = re.compile("--|-q|-v|--(no-sync|frozen|locked|offline|quiet)")
# Programs of which every other word installs.
_INSTALLING = ("pip", "uv", "ensurepip", "yarn")


def names() -> frozenset[str]:
    """The programs that are told by a word what to do."""
    return frozenset(tables.read("programs/verbs.toml"))


def judge(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of such a program with its arguments."""
    verbs = tables.read("programs/verbs.toml")[name]
    given = list(words)
    while given and _QUIET.fullmatch(given[0]):
        given.pop(0)
    verb = given[0] if given else ""
    renames = verb == "version" and any(not word.startswith("-") for word in given[1:])
    if (verb in _ASKING and not renames) or (not given and verbs.get("bare", False)):
        return
    if any(re.match(verbs.get("forbidden", "(?!)"), word) for word in given):
        yield unreadable(f"`{name}` with such an option isn't known to be harmless", "leave that option out")
    elif verb in tables.words(verbs.get("alone", "")) and all(word.startswith("--") for word in given[1:]):
        return
    elif verb in tables.words(verbs.get("allowed", "")):
        yield from judge_tool(name, given[1:], scene)
    elif (
        name == "uv" and verb == "pip" and " ".join(given[1:2]) in ("list", "show", "freeze", "check", "tree")
    ):
        return
    elif verb in tables.words(verbs.get("runs", "")):
        yield from _run(name, given[1:], scene)
    else:
        yield _refusal(name, verb, verbs)


def refuse_approval(words: Sequence[str]) -> Iterator[Refusal]:
    """The refusal of `harness` with these arguments where it lets something pass in a person's name."""
    rest = list(words)
    while rest[:1] and rest[0].startswith("-"):
        del rest[: 2 if rest[0] == "-C" else 1]
    if rest[:1] == ["approve"] and not {"-h", "--help"} & set(rest):
        why = "`harness approve` lets what was refused pass, which is a person's word"
        yield Refusal("disables-guard", why, "say what should be approved, and why; a person does it")


def _refusal(name: str, verb: str, verbs: dict[str, str]) -> Refusal:
    called = f"{name} {shown(verb)}".rstrip()
    if verb in tables.words(verbs.get("remote", "")):
        return Refusal("touches-remote", f"`{called}` publishes or asks a server", _A_PERSON)
    installs = verb in tables.words(verbs.get("installs", "")) or name in _INSTALLING
    if installs or not is_literal(verb):
        return Refusal("installs-software", f"`{called}` installs or removes software", NO_INSTALL)
    if name == "pre-commit":
        return Refusal("disables-guard", f"`{called}` changes which hooks run", "`pre-commit run` runs them")
    return unknown(called)


def _run(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    inner = list(words)
    while inner and _RUN_OPTIONS.fullmatch(inner[0]):
        inner.pop(0)
    if inner and inner[0].startswith("-"):
        what = f"`{name} run {shown(inner[0])}` isn't known to be harmless"
        yield unreadable(what, "leave that option out")
    elif inner:
        front = ["python"] if inner[0].endswith(".py") else []
        yield from scene.judge_words([*front, *inner], scene.deeper())


_MAKE_OPTIONS = re.compile(
    r"-[kniqrsBwtSR]+|-j\d*|-l[\d.]*|-O\w*|--(keep-going|dry-run|just-print|silent|quiet|question|always-make"
    r"|no-print-directory|print-directory|jobs(=\d+)?|version|help|no-builtin-rules|warn-undefined-variables"
    r"|output-sync(=\w+)?|ignore-errors|trace|touch)|-v|-h"
)
_MAKE_PATHS = ("-C", "-f", "--directory", "--file", "--makefile")
_MAKE_INSTALLS = re.compile(r"(un)?install\b.*|setup|bootstrap")
_MAKE_PUBLISHES = re.compile(r"(deploy|publish|release|upload|push)\b.*")
_MAKEFILES = frozenset(("Makefile", "makefile", "GNUmakefile"))
_OWN_MAKEFILE = "run a target of the worktree's own Makefile, like `make test`"


def judge_make(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `make`: targets of the worktree's own Makefile may run, nothing else."""
    yield from refuse_elsewhere(name, scene)
    if _MAKEFILES & scene.written:
        yield unreadable(f"`{name}` runs a Makefile that the same command writes", _OWN_MAKEFILE)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        glued = re.fullmatch(r"(-[Cf])(?!-)(.+)|(--(?:directory|file|makefile))=(.*)", word)
        if word in _MAKE_PATHS:
            yield from _make_path(name, word, rest.pop(0) if rest else "", scene)
        elif glued:
            yield from _make_path(name, glued[1] or glued[3], glued[2] or glued[4] or "", scene)
        else:
            yield from _make_word(name, word, scene)


def _make_path(name: str, option: str, path: str, scene: Scene) -> Iterator[Refusal]:
    own = locate(path, scene) in (Place.INSIDE, Place.ROOT) and path != "-"
    if not own or path.rpartition("/")[2] in scene.written:
        what = f"`{name} {option} {shown(path)}` runs what isn't the worktree's"
        yield Refusal("runs-code", what, _OWN_MAKEFILE)


def _make_word(name: str, word: str, scene: Scene) -> Iterator[Refusal]:
    if not is_literal(word):
        yield unreadable(f"what `{name}` makes is only known to a shell")
    elif word.startswith("-") and not _MAKE_OPTIONS.fullmatch(word):
        yield unreadable(f"`{name} {word}` isn't known to be harmless", _OWN_MAKEFILE)
    elif "=" in word and not word.startswith("-"):
        variable, _, value = word.partition("=")
        yield from _make_variable(variable, value, scene)
    elif _MAKE_INSTALLS.fullmatch(word):
        yield Refusal("installs-software", f"`{name} {word}` installs software", NO_INSTALL)
    elif _MAKE_PUBLISHES.fullmatch(word):
        yield Refusal("touches-remote", f"`{name} {word}` publishes", _A_PERSON)


def _make_variable(name: str, value: str, scene: Scene) -> Iterator[Refusal]:
    name = name.rstrip(":+?!")
    if re.fullmatch(r"SHELL|\.SHELLFLAGS|MAKE.*|MFLAGS|\.\w+", name) or re.search(r"[;&|$`<>(){}\n]", value):
        yield Refusal("runs-code", f"{name}={value!r} lets make run something else", _OWN_MAKEFILE)
    elif " " in value and not value.startswith("-"):
        yield from scene.judge_text(value, scene.deeper())

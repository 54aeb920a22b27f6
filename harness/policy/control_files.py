"""Files that decide what git hides, fetches or shows, and what tools run of their own accord."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache

from harness.globs import Globs, compile_globs
from harness.paths import shown
from harness.policy.contents import is_file
from harness.policy.model import TreeChange, Violation

_HISTORY = "decides what git says of who wrote what"
_FETCHES = "decides what git fetches, and from where"
_HOOKS = "decides what runs when somebody commits or pushes"
_OPENS = "can run programs when somebody opens the folder"
_TOOLS = "names programs that coding agents run"

# Patterns of gitignore semantics, compared as case-folding file systems do, and what such a file does.
_REASONS = {
    ".gitignore": "decides which files git overlooks",
    ".gitattributes": "decides how git shows, merges and stores files",
    ".git-blame-ignore-revs": _HISTORY,
    ".mailmap": _HISTORY,
    ".gitmodules": _FETCHES,
    ".lfsconfig": _FETCHES,
    ".gitconfig": "is a git configuration, which can name programs to run",
    "CODEOWNERS": "decides who must review a change",
    ".pre-commit-config.*": _HOOKS,
    ".overcommit.yml": _HOOKS,
    "lefthook.*": _HOOKS,
    ".lefthook.*": _HOOKS,
    "lefthook-local.*": _HOOKS,
    ".lefthook-local.*": _HOOKS,
    ".simple-git-hooks.*": _HOOKS,
    ".huskyrc*": _HOOKS,
    ".husky/": _HOOKS,
    ".githooks/": _HOOKS,
    ".git-hooks/": _HOOKS,
    ".envrc": _OPENS,
    ".devcontainer/": _OPENS,
    ".devcontainer.json": _OPENS,
    "**/.vscode/tasks.json": _OPENS,
    "**/.vscode/settings.json": _OPENS,
    "**/.vscode/launch.json": _OPENS,
    "*.code-workspace": _OPENS,
    ".mcp.json": _TOOLS,
    "**/.claude/settings*.json": _TOOLS,
    "**/.codex/config.toml": _TOOLS,
    "**/.cursor/hooks.json": _TOOLS,
    "**/.cursor/mcp.json": _TOOLS,
    "**/.gemini/settings.json": _TOOLS,
}

# What people change for good reasons every week, beside what tools they use, is theirs; what makes git
# itself fetch, convert or run something is looked at whoever changes it.
_OF_THE_HARNESS = ("/telemetry/.gitattributes", "/.pre-commit-config.yaml")
_WILD = re.compile(r"[*?\[\\!]")


@cache
def _control_files() -> Globs:
    return compile_globs(_REASONS, casefold=True)


@cache
def _of_everybody() -> Globs:
    patterns = [
        *(".gitattributes", ".gitmodules", ".lfsconfig", ".gitconfig"),
        *(pattern for pattern, reason in _REASONS.items() if reason == _HOOKS),
        *(f"!{path}" for path in _OF_THE_HARNESS),
    ]
    return compile_globs(patterns, casefold=True)


def named_files(*lists: Iterable[str]) -> frozenset[str]:
    """The entries that name one exact file, of deliverables, scope and `allow`: no folder, no glob."""
    entries = (entry.strip().removeprefix("./").removeprefix("/") for entries in lists for entry in entries)
    return frozenset(entry for entry in entries if not entry.endswith("/") and not _WILD.search(entry))


def check_control_files(changes: Sequence[TreeChange], named: Collection[str]) -> list[Violation]:
    """Violations for every changed path, on either side, that is a control file and not `named`."""
    return [
        _control(change.path, _REASONS[pattern])
        for change in changes
        if change.path not in named and (pattern := _control_files().match(change.path))
    ]


def control_file_of_everybody(path: str) -> Violation | None:
    """The violation of a path that steers git itself, which people too are asked about; None for others."""
    pattern = _of_everybody().match(path)
    if pattern is None:
        return None
    hint = 'who means it sets `people = ["control-file"]` under [policy] in harness.toml, in a commit before'
    return Violation("control-file", path, _REASONS[pattern], hint)


def check_bare_repositories(
    changes: Sequence[TreeChange], names: Callable[[str], Iterable[str]]
) -> list[Violation]:
    """Violations for changes within what git would take for a bare repository.

    `names` answers what the candidate has in a folder ("" is the root). git takes any folder for a
    repository that has a HEAD beside `objects` and `refs`, or beside a `commondir` that leads to them,
    and runs what its `config` names.
    """
    found: dict[str, bool] = {}
    violations = []
    for change in changes:
        if change.new_oid is None:
            continue
        for folder in _folders(change.path):
            if folder not in found:
                found[folder] = _is_repository(names(folder))
            if found[folder]:
                violations.append(_bare_repository(change.path, folder))
                break
    return violations


def check_filtered(changes: Sequence[TreeChange], filtered: Callable[[str], bool]) -> list[Violation]:
    """Violations for changed files that git stores otherwise than they are worked on.

    `filtered` answers whether base or candidate give the path a `filter` or a `working-tree-encoding`:
    what agents see and write there, large-file pointers say, is not what the file holds.
    """
    return [
        _filtered(change.path)
        for change in changes
        if (is_file(change.old_mode) or is_file(change.new_mode)) and filtered(change.path)
    ]


def _folders(path: str) -> Iterable[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]


def _is_repository(names: Iterable[str]) -> bool:
    found = {name.lower() for name in names}
    return "head" in found and ({"objects", "refs"} <= found or "commondir" in found)


def _control(path: str, reason: str) -> Violation:
    return Violation(
        "control-file",
        path,
        f"{reason}; agents may not change it unasked",
        "leave it alone; the plan's author can name this very file among the phase's deliverables",
    )


def _bare_repository(path: str, folder: str) -> Violation:
    return Violation(
        "bare-repository-files",
        path,
        f"is in a folder that git would take for a repository of its own: {shown(folder or '.')}",
        "keep HEAD, objects and refs out of one folder; make repositories for tests while they run",
    )


def _filtered(path: str) -> Violation:
    return Violation(
        "filtered-path",
        path,
        "has a filter or an encoding in .gitattributes: what git stores is not what people work on",
        "leave it to a person who has the filter set up, of Git LFS say",
    )

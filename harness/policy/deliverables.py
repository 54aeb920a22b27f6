"""Whether what a phase must deliver is there: in the candidate, whoever made it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from harness.policy.model import EXECUTABLE, REGULAR, Violation
from harness.policy.python_source import CostlyError, parse_python
from harness.tree_entry import Entry

# Files that do their work by being there.
_MAY_BE_EMPTY = ("__init__.py", ".gitkeep", "py.typed")
# Of the Python the harness runs on, whose grammar counts here.
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


class CandidateTree(Protocol):
    """The candidate, read by path."""

    def entry(self, path: str) -> Entry | None: ...

    def content(self, path: str) -> bytes: ...

    def is_folder(self, path: str) -> bool: ...


def missing_deliverables(
    deliverables: Sequence[str],
    symbols: Mapping[str, Sequence[str]],
    tree: CandidateTree,
    added: Sequence[str] = (),
) -> list[Violation]:
    """A violation for each deliverable that isn't there, is empty, or lacks a name it must define.

    `added` are the change's new files: one that has the name of a missing deliverable is misplaced, and told.
    """
    found = [_placed(violation, added) for path in deliverables if (violation := _check(path, tree))]
    wrong = {violation.path for violation in found}
    for path, names in symbols.items():
        if path not in wrong:
            found += _check_symbols(path, names, tree)
    return found


def _check(path: str, tree: CandidateTree) -> Violation | None:
    if path.endswith("/"):
        # git keeps no empty folders, so a folder that is there has a file in it.
        return None if tree.is_folder(path.removesuffix("/")) else _missing(path, "is not there yet")
    if tree.is_folder(path):
        return _missing(path, "is a folder; a file is expected")
    entry = tree.entry(path)
    if entry is None:
        return _missing(path, "is not there yet")
    if entry.mode not in (REGULAR, EXECUTABLE):
        return _missing(path, "is not a regular file")
    if not path.endswith(_MAY_BE_EMPTY) and not tree.content(path).strip():
        return Violation("deliverable-empty", path, "is there but empty", "write its content")
    return None


def _placed(violation: Violation, added: Sequence[str]) -> Violation:
    """The violation, with the new file that has a missing one's name, if there is one."""
    wanted = violation.path or ""
    same = [
        path for path in added if path.rpartition("/")[2].casefold() == wanted.rpartition("/")[2].casefold()
    ]
    if violation.code != "deliverable-missing" or not same:
        return violation
    message = f"{violation.message}; {same[0]} was added instead"
    return replace(violation, message=message, hint=f"move {same[0]} to {wanted}")


def _missing(path: str, message: str) -> Violation:
    return Violation("deliverable-missing", path, message, f"create {path}")


def _check_symbols(path: str, names: Sequence[str], tree: CandidateTree) -> list[Violation]:
    if tree.entry(path) is None:
        return [_missing(path, "is not there yet")]
    try:
        defined = _defined_names(tree.content(path))
    except (SyntaxError, ValueError):
        return [_unread(path, f"can't be parsed as Python {_VERSION}", "correct its syntax")]
    except (RecursionError, MemoryError):
        return [_unread(path, "is nested too deeply to be read", "nest it less deeply")]
    except CostlyError:
        return [_unread(path, "is too long to be read", "split it into smaller files")]
    return [
        Violation("symbol-missing", path, f"doesn't define {name}", f"define {name} in {path}")
        for name in names
        if name not in defined
    ]


def _unread(path: str, why: str, hint: str) -> Violation:
    """What isn't read defines nothing that is known of."""
    return Violation("symbol-missing", path, f"{why}, so what it defines isn't known", hint)


def _defined_names(source: bytes) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(parse_python(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names

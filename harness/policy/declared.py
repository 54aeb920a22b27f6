"""Declared = changed: the edits do what they say, and nothing they don't say."""

from __future__ import annotations

from harness.policy.model import Declaration, Violation


def check_declared(declaration: Declaration) -> list[Violation]:
    """Violations for paths changed in silence, paths declared but unchanged, and creates of what exists."""
    undeclared = sorted(declaration.changed - declaration.declared)
    unchanged = sorted(declaration.declared - declaration.changed - declaration.copied_from)
    over = sorted(declaration.created_over)
    return [
        *(_over(path) for path in over),
        *(_undeclared(path) for path in undeclared),
        *(_unchanged(path) for path in unchanged if path not in declaration.created_over),
    ]


def _over(path: str) -> Violation:
    return Violation(
        "create-exists",
        path,
        "the edits create it, but it exists already",
        "modify it, or replace its whole content with `replace_file`",
    )


def _undeclared(path: str) -> Violation:
    return Violation(
        "undeclared-change",
        path,
        "would change although the edits don't name it",
        "name every path you change in the headers of the diff, both sides of a rename included",
    )


def _unchanged(path: str) -> Violation:
    return Violation(
        "no-effect",
        path,
        "is named by the edits but would stay as it is",
        "leave it out, or make the change you meant",
    )

"""Files that parsed and no longer do, and new Python and deliverables that don't."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Collection, Iterator, Sequence

from harness.globs import compile_globs
from harness.policy.content_settings import ContentSettings
from harness.policy.contents import Contents, is_file, is_new, new_text, old_text, replaced
from harness.policy.model import TreeChange, Violation
from harness.policy.parsing import parse_problem
from harness.policy.python_source import is_python

CODE = "does-not-parse"
# JSON by their names, but their readers take comments.
_WITH_COMMENTS = compile_globs(
    [
        "tsconfig*.json", "jsconfig*.json", "tslint*.json", "api-extractor*.json", "turbo.json", "biome.json",
        "deno.json", "wrangler.json", "renovate.json", "babel*.json", ".babelrc.json", ".eslintrc.json",
        ".jshintrc.json", ".devcontainer.json", "devcontainer.json", ".vscode/", "**/.vscode/", ".zed/",
        "*language-configuration.json", "*.code-workspace.json",
    ]
)  # fmt: skip
# What templates are written in; such a file may only parse once it is filled in.
_TEMPLATE_SIGNS = (b"{{", b"{%", b"<%")


def check_syntax(
    changes: Sequence[TreeChange],
    contents: Contents,
    settings: ContentSettings,
    deliverables: Collection[str] = (),
) -> list[Violation]:
    """Violations for files whose old side parsed and whose new side doesn't.

    Of new files, Python and `deliverables` must parse, templates apart; other new files need not, nor
    do those that only moved and kept their suffix.
    """
    violations = []
    for change in _read_anew(changes):
        if settings.skips(CODE, change.path) or _unknown(change.path, settings):
            continue
        problem = _problem(change, contents, settings, deliverables)
        if problem:
            violations.append(_violation(change, problem))
    return violations


def of_python(violations: Sequence[Violation]) -> list[Violation]:
    """Those of them that say of Python that it doesn't parse."""
    return [v for v in violations if v.code == CODE and v.path is not None and is_python(v.path)]


def without_python(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """The others: what is said where the project's Python is newer than the harness's."""
    told = of_python(violations)
    return tuple(violation for violation in violations if violation not in told)


def _read_anew(changes: Sequence[TreeChange]) -> Iterator[TreeChange]:
    """The changes after which other bytes are read as what the suffix says, or the same as something else."""
    yield from replaced(changes)
    held = {(c.old_oid, _suffix(c.path)) for c in changes if is_file(c.old_mode)}
    for change in changes:
        if is_file(change.new_mode) and is_new(change) and (change.new_oid, _suffix(change.path)) not in held:
            yield change


def _suffix(path: str) -> str:
    return posixpath.splitext(path)[1].lower()


def _unknown(path: str, settings: ContentSettings) -> bool:
    """Whether what the file may look like isn't known here."""
    if is_python(path):
        return settings.python is not None and settings.python > sys.version_info[:2]
    return path.endswith(".json") and _WITH_COMMENTS.match(path) is not None


def _problem(
    change: TreeChange, contents: Contents, settings: ContentSettings, deliverables: Collection[str]
) -> str | None:
    new = new_text(change, contents)
    # An emptied file has a code of its own.
    if new is None or not new.strip():
        return None
    problem = parse_problem(change.path, new, settings.parse_bytes)
    if not problem:
        return None
    if is_new(change):
        expected = is_python(change.path) or change.path in deliverables
        return problem if expected and not _is_template(change.path, new) else None
    old = old_text(change, contents)
    parsed = old is not None and parse_problem(change.path, old, settings.parse_bytes) == ""
    return problem if parsed else None


def _is_template(path: str, data: bytes) -> bool:
    if "{{" in path:
        return True
    return not is_python(path) and any(sign in data for sign in _TEMPLATE_SIGNS)


def _violation(change: TreeChange, problem: str) -> Violation:
    kind = "doesn't parse" if is_new(change) else "no longer parses"
    return Violation(
        CODE,
        change.path,
        f"{kind}: {problem}",
        "correct the file; write it whole if the edits left it broken",
    )

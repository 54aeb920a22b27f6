"""Annotations and the job summary of GitHub Actions, which hostile names can't get out of."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

from harness.guard.violation import Violation, shown

# A step shows ten annotations of a kind; the tenth says what became of the others.
MOST_ANNOTATIONS = 9
# A step's summary above this is not shown at all.
MOST_SUMMARY_BYTES = 1024 * 1024
_HEADING = "### harness guard: refused\n\n| file | line | code | reason |\n|---|---|---|---|\n"
_LAST_ROW_BYTES = 200
_HARMLESS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 /-")


def print_annotations(violations: Sequence[Violation]) -> None:
    """Print the annotations, and append all violations to the file `GITHUB_STEP_SUMMARY` names."""
    sys.stdout.write("".join(workflow_commands(violations)))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and violations:
        _append(summary, violations)


def workflow_commands(violations: Sequence[Violation]) -> list[str]:
    """A workflow command a violation; after the ninth, one for all that are left."""
    lines = [_annotation(violation) for violation in violations[:MOST_ANNOTATIONS]]
    left = len(violations) - len(lines)
    if left:
        lines.append(f"::error title=harness guard::{left} further violations; the job summary lists all\n")
    return lines


def _annotation(violation: Violation) -> str:
    properties = {"title": f"harness guard: {violation.code}"}
    if violation.path is not None:
        properties = {"file": shown(violation.path), "line": str(violation.line)} | properties
    text = f"{violation.code}: {shown(violation.message)}\n{shown(violation.hint)}"
    listed = ",".join(f"{name}={escaped_property(value)}" for name, value in properties.items())
    return f"::error {listed}::{escaped_data(text)}\n"


def escaped_data(text: str) -> str:
    """Text as the data of a workflow command (`@actions/core`, escapeData)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Text as a property of a workflow command (`@actions/core`, escapeProperty)."""
    return escaped_data(text).replace(":", "%3A").replace(",", "%2C")


def _append(summary: str, violations: Sequence[Violation]) -> None:
    try:
        with open(summary, "ab") as stream:  # noqa: PTH123
            stream.write(summary_text(violations, MOST_SUMMARY_BYTES - stream.tell()))
    except OSError as error:
        sys.stderr.write(f"harness guard: the job summary can't be written: {error.strerror}\n")


def summary_text(violations: Sequence[Violation], room: int) -> bytes:
    """A table of the violations in Markdown, at most `room` bytes: what doesn't fit is counted."""
    rows, used = [], len(_HEADING) + _LAST_ROW_BYTES
    for violation in violations:
        row = _row(violation)
        used += len(row)
        if used > room:
            break
        rows.append(row)
    left = len(violations) - len(rows)
    if not rows and used > room:
        return b""
    last = f"\n{left} more are left out.\n" if left else "\n"
    return b"".join([_HEADING.encode(), *rows, last.encode()])


def _row(violation: Violation) -> bytes:
    reason = f"{violation.message}. {violation.hint}"
    cells = (violation.path or ".", str(violation.line), violation.code, reason)
    return f"| {' | '.join(_cells(cells))} |\n".encode()


def _cells(texts: Iterable[str]) -> Iterable[str]:
    return ("".join(c if c in _HARMLESS else f"&#{ord(c)};" for c in shown(text)) for text in texts)

"""Printing a verdict: data on standard output, remarks on standard error."""

from __future__ import annotations

import os
import sys

from harness.guard.violation import Violation, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def print_verdict(
    output: str, bases: Sequence[str], violations: Sequence[Violation], remarks: Sequence[str]
) -> None:
    """Print what `output` names: `--text`, `--json`, `--sarif` or `--github`."""
    for remark in remarks:
        note(remark)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if output == "--json":
        print_json(bases[0] if len(bases) == 1 else None, violations)
    elif output == "--sarif":
        from harness.guard.sarif import sarif_text

        sys.stdout.write(sarif_text(violations))
    elif output == "--github":
        from harness.guard.github import print_annotations

        print_annotations(violations)
    else:
        print_text(violations)
    sys.stdout.flush()
    if violations:
        note(f"refused; reasons: {len(violations)}")


def print_text(violations: Sequence[Violation]) -> None:
    """A line `path:line: code message` a violation; its hint below, once for those that share it."""
    lines = []
    for number, violation in enumerate(violations):
        place = f"{shown(violation.path or '.')}:{violation.line}"
        lines.append(f"{place}: {violation.code} {shown(violation.message)}\n")
        last = number + 1 == len(violations) or violations[number + 1].hint != violation.hint
        if violation.hint and last:
            lines.append(f"  hint: {shown(violation.hint)}\n")
    if lines and os.environ.get("GITHUB_ACTIONS") == "true":
        # There a line of output can be a command to the runner, and names are anybody's to choose.
        token = os.urandom(16).hex()
        lines = [f"::stop-commands::{token}\n", *lines, f"::{token}::\n"]
    sys.stdout.write("".join(lines))


def print_json(base: str | None, violations: Sequence[Violation]) -> None:
    """The document `harness.guard/1`."""
    import json

    fields = ("code", "path", "line", "message", "hint")
    found = [{name: _unicode(getattr(violation, name)) for name in fields} for violation in violations]
    decision = "refused" if found else "accepted"
    document = {"schema": "harness.guard/1", "decision": decision, "base": base, "violations": found}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _unicode(value: object) -> object:
    # JSON with half surrogate pairs, as bytes that are no UTF-8 become, isn't JSON to every reader.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def note(text: str) -> None:
    """Print a remark for the person."""
    sys.stderr.write(f"harness guard: {shown(text)}\n")

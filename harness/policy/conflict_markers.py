"""Conflict markers of a merge left in a file; standard library only."""

from __future__ import annotations

import re

from harness.policy.contents import new_text, old_text, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.policy.contents import Change, Contents
    from harness.policy.model import Violation
    from harness.policy.tree_settings import TreeSettings

CODE = "conflict-markers"
# git writes seven characters, a blank and a label; the label may have been lost, the middle has none.
_MARKER = re.compile(rb"^(?:([<>])\1{6}(?:( \S)|[ \t\r]*$)|(=)={6}\r?$)", re.MULTILINE)


def check_conflict_markers(
    changes: Sequence[Change], contents: Contents, settings: TreeSettings
) -> list[Violation]:
    """A violation for each text file with more conflict markers than its old side had.

    What counts is a full set (`<<<<<<<`, `=======`, `>>>>>>>`, in order), and each first or last marker
    that has a label: half a conflict is left as easily as a whole one. `=======` alone underlines headings.
    """
    violations = []
    for change in written(changes):
        new = new_text(change, contents)
        if new is None or settings.exempts(CODE, change.path):
            continue
        found, line = _markers(new)
        if line and any(n > o for n, o in zip(found, _markers(old_text(change, contents))[0], strict=True)):
            violations.append(_violation(change.path, line))
    return violations


def _markers(data: bytes | None) -> tuple[tuple[int, int, int], int]:
    """((full sets, labelled first markers, labelled last markers), line of the first; 0 without any)."""
    if data is None or (b"<" * 7 not in data and b">" * 7 not in data):
        return (0, 0, 0), 0
    sets = starts = ends = 0
    first, begun, state = -1, 0, b""
    for match in _MARKER.finditer(data):
        kind, labelled = match[1] or match[3], match[2] is not None
        begun = match.start() if kind == b"<" else begun
        state, complete = _next(state, kind)
        sets += complete
        starts += labelled and kind == b"<"
        ends += labelled and kind == b">"
        if first < 0 and (labelled or complete):
            first = begun if complete else match.start()
    return (sets, starts, ends), data.count(b"\n", 0, first) + 1 if first >= 0 else 0


def _next(state: bytes, kind: bytes) -> tuple[bytes, bool]:
    """The state after a marker, and whether it completes a set."""
    if kind == b"<":
        return b"<", False
    if kind == b"=":
        return (b"=" if state else b""), False
    return b"", state == b"="


def _violation(path: str, line: int) -> Violation:
    from harness.policy.model import Violation

    return Violation(
        CODE,
        path,
        f"would have conflict markers of a merge, at line {line}",
        "resolve the conflict: keep the lines that are meant, and take the markers out",
    )

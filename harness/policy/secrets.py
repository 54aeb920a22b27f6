"""Secrets that a change would add, and masking those that stand in other texts."""

from __future__ import annotations

import bisect
import itertools

from harness.policy.contents import new_text, old_text, written
from harness.policy.secret_detection import Secret, find_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.policy.contents import Change, Contents
    from harness.policy.model import Violation
    from harness.policy.tree_settings import TreeSettings

CODE = "secret-added"
_SHOWN = 3
_MAX_COMMENT = 512


def check_secrets(changes: Sequence[Change], contents: Contents, settings: TreeSettings) -> list[Violation]:
    """A violation for each file that gets a secret which no changed file had.

    Only lines that weren't in the file are searched. Messages name kind, line and a digest, never the value.
    """
    violations = []
    known: set[bytes] | None = None
    for change in written(changes):
        new = new_text(change, contents)
        if new is None or settings.exempts(CODE, change.path):
            continue
        added = _AddedLines(new, old_text(change, contents))
        found = find_secrets(added.text, change.path)
        if found:
            known = _known_values(changes, contents) if known is None else known
            fresh = [secret for secret in found if secret.value not in known]
            if settings.allow_comments:
                fresh = [secret for secret in fresh if not _is_allowed(added, secret, change.path)]
            if fresh:
                places = [(secret, added.line_number(secret.start)) for secret in fresh[:_SHOWN]]
                violations.append(_violation(change.path, places, len(fresh)))
    return violations


def masked(text: str) -> str:
    """`text` with each secret in it replaced by `[masked:sha256:` and the digest of its value.

    For replies, briefs and logs, before they are stored. What is masked once stays as it is.
    """
    data = text.encode("utf-8", "surrogatepass")
    pieces, position = [], 0
    for secret in find_secrets(data):
        pieces += [data[position : secret.start], f"[masked:sha256:{secret.digest}]".encode()]
        position = secret.end
    return b"".join([*pieces, data[position:]]).decode("utf-8", "surrogatepass")


class _AddedLines:
    """The lines of a file that its old side hasn't, as one text, and where they are in the file."""

    def __init__(self, new: bytes, old: bytes | None) -> None:
        had = frozenset((old or b"").split(b"\n"))
        self._lines = new.split(b"\n")
        self._indexes = [index for index, line in enumerate(self._lines) if line not in had]
        self.text = b"\n".join(self._lines[index] for index in self._indexes)
        self._ends: list[int] = []

    def line_number(self, offset: int) -> int:
        """The number in the file, from 1, of the line that an offset into `text` is on."""
        if not self._ends:
            lengths = (len(self._lines[index]) + 1 for index in self._indexes)
            self._ends = list(itertools.accumulate(lengths))
        return self._indexes[bisect.bisect_right(self._ends, offset)] + 1

    def line(self, number: int) -> bytes:
        """A line of the file; empty before its first."""
        return self._lines[number - 1] if number else b""


def _is_allowed(added: _AddedLines, secret: Secret, path: str) -> bool:
    """Whether a comment on the line, or alone on the line above, says that this is no secret."""
    from detect_secrets.filters.allowlist import is_line_allowlisted
    from detect_secrets.util.code_snippet import CodeSnippet

    number = added.line_number(secret.start)
    # The comment ends its line, or begins it where it stands above; the patterns are quadratic.
    line = added.line(number)[-_MAX_COMMENT:].decode("latin-1").rstrip("\r")
    above = added.line(number - 1)[:_MAX_COMMENT].decode("latin-1").rstrip("\r")
    context = CodeSnippet([above, line], start_line=0, target_index=1)
    return bool(is_line_allowlisted(path, line, context))


def _known_values(changes: Sequence[Change], contents: Contents) -> set[bytes]:
    """The secrets that the old sides of all changed files have."""
    return {
        secret.value
        for change in changes
        if (old := old_text(change, contents))
        for secret in find_secrets(old, change.path)
    }


def _violation(path: str, places: Sequence[tuple[Secret, int]], count: int) -> Violation:
    from harness.policy.model import Violation

    shown = ", ".join(f"{secret.kind} at line {line} (sha256 {secret.digest})" for secret, line in places)
    more = f", and {count - len(places)} more" if count > len(places) else ""
    return Violation(
        CODE,
        path,
        f"would hold what looks like a secret: {shown}{more}",
        "read it from the environment instead; let a made-up value say so, with `example` in it",
    )

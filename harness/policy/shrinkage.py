"""Files that lost nearly all of what they held, or swelled beyond what one change plausibly adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.policy.content_settings import ContentSettings
from harness.policy.contents import Contents, is_new, new_text, old_text, replaced, written
from harness.policy.model import TreeChange, Violation

_GROWN = "file-grown"
# Files that do their work by being there.
_MAY_BE_EMPTY = ("__init__.py", ".gitkeep", "py.typed")
# Written by tools, at their own length.
_LOCK_FILES = (
    ".lock", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "packages.lock.json",
    ".lock.json", ".lockb", "go.sum", "Package.resolved", "Cartfile.resolved",
)  # fmt: skip


def check_shrinkage(
    changes: Sequence[TreeChange], contents: Contents, settings: ContentSettings
) -> list[Violation]:
    """Violations for changed text files: `file-emptied`, `file-shrunk`, `file-grown`.

    Lines that the same change adds to other files have moved and are not lost. Lock files may have any
    length, and what does its work by being there may be empty.
    """
    violations = []
    moved = _MovedLines(changes, contents)
    # What another file held brings nothing new, but may take all that stood here.
    new_here = {change.path for change in written(changes)}
    for change in replaced(changes):
        old, new = old_text(change, contents), new_text(change, contents)
        if old is None or new is None or change.path.endswith(_LOCK_FILES):
            continue
        violation = _check(change.path, old, new, settings, moved)
        if violation and violation.code == _GROWN and change.path not in new_here:
            continue
        if violation and not settings.skips(violation.code, change.path):
            violations.append(violation)
    return violations


def _check(
    path: str, old: bytes, new: bytes, settings: ContentSettings, moved: _MovedLines
) -> Violation | None:
    if old.strip() and not new.strip():
        return None if path.endswith(_MAY_BE_EMPTY) else _emptied(path)
    before, after = _line_count(old), _line_count(new)
    if before >= settings.growth_min_lines and after > settings.growth_ratio * before:
        return _grown(path, before, after)
    least = (1 - settings.shrink_ratio) * before
    if before < settings.shrink_min_lines or after >= least:
        return None
    return None if after + moved.count(old) >= least else _shrunk(path, before, after)


def _line_count(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


class _MovedLines:
    """Lines that a change adds, counted when first asked for."""

    def __init__(self, changes: Sequence[TreeChange], contents: Contents) -> None:
        self._changes = changes
        self._contents = contents
        self._added: dict[bytes, int] | None = None

    def count(self, old: bytes) -> int:
        """How many lines of a file's former content the change adds to other files."""
        if self._added is None:
            self._added = self._count_added()
        return sum(min(n, self._added.get(line, 0)) for line, n in _lines(old).items())

    def _count_added(self) -> dict[bytes, int]:
        """By line: how many more of it the changed files have than they had, each file by itself."""
        added: Counter[bytes] = Counter()
        for change in self._changes:
            new = new_text(change, self._contents)
            old = None if is_new(change) else old_text(change, self._contents)
            if new is not None:
                added.update(_lines(new) - _lines(old or b""))
        return added


def _lines(data: bytes) -> Counter[bytes]:
    """The lines that say something, without indentation, which moving may change."""
    return Counter(line for line in map(bytes.strip, data.split(b"\n")) if len(line) > 1)


def _emptied(path: str) -> Violation:
    return Violation(
        "file-emptied",
        path,
        "would be left without content",
        "keep its content; delete the file if it is no longer needed",
    )


def _shrunk(path: str, before: int, after: int) -> Violation:
    return Violation(
        "file-shrunk",
        path,
        f"would shrink from {before} lines to {after}",
        "edit what is meant and keep the rest; leave nothing out for brevity",
    )


def _grown(path: str, before: int, after: int) -> Violation:
    return Violation(
        _GROWN,
        path,
        f"would grow from {before} lines to {after}",
        "look for text that was added twice; put new code into files of its own",
    )

"""Why a hunk has no place, or none for sure, told for whoever writes the next diff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.block_match import Fit, exact_fits
from harness.edits.diff_hunks import UNENDED, Hunk
from harness.edits.free_lines import MOST_PLACES, FreeLines
from harness.edits.model import Window
from harness.edits.nearest import nearest, told_places, windows_at
from harness.edits.rejection import Rejection
from harness.paths import shown

_COPY = "Copy the lines from the file as it is now, blank for blank."
_NO_TEXT = "The file is not UTF-8 text, so its lines can't be copied: leave it alone or replace it whole."
_MORE_CONTEXT = "Give more lines of context and the real line numbers, so that the hunk has one place."
_LINES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class HunkRejections:
    """The rejections of one file's hunks; each with excerpts of the file where it could have stood."""

    path: str
    free: FreeLines

    def missing(
        self, hunk: Hunk, code: str = "hunk-missing", what: str = "doesn't match the file"
    ) -> Rejection:
        lines, old = self.free.lines, hunk.old
        if not self.free.work.may_explain(self.free.size):
            return self._rejection(hunk, code, what, _COPY)
        taken = exact_fits(lines, old) if self.free.placed else []
        if taken:
            what = "has lines that an earlier hunk has already taken, changed or as context"
            places = windows_at(lines, [fit.start for fit in taken], min(len(old), _LINES_SHOWN))
            return self._rejection(hunk, code, what, "Make one hunk of the two.", places)
        near = nearest(lines, old)
        copy = _COPY if self._is_text() else _NO_TEXT
        return self._rejection(hunk, code, what, f"{near.hint} {copy}".strip(), near.windows)

    def _is_text(self) -> bool:
        """Whether the file is what a reply can repeat: UTF-8 without NUL, as UTF-16 is full of."""
        content = "\n".join(self.free.lines).replace(UNENDED, "").encode("latin-1")
        try:
            return "\0" not in content.decode()
        except UnicodeDecodeError:
            return False

    def elsewhere(self, hunk: Hunk, fit: Fit) -> Rejection:
        what = f"stands at line {fit.start + 1}, not where its header says ({_header_says(hunk)})"
        places = windows_at(self.free.lines, [fit.start], min(len(hunk.old), _LINES_SHOWN))
        return self._rejection(hunk, "hunk-elsewhere", what, "Give the real line numbers.", places)

    def ambiguous(self, hunk: Hunk, fits: Sequence[Fit]) -> Rejection:
        why = "has wrong line counts"
        if not hunk.miscounted:
            why = f"is not where its header says ({_header_says(hunk)})"
        return self._several(hunk, fits, f"{why}, but fits")

    def undecided(self, hunk: Hunk, fits: Sequence[Fit]) -> Rejection:
        """For a hunk whose header names one place, and whose lines, or its other number, another one."""
        return self._several(hunk, fits, f"says {_header_says(hunk)}, which settles nothing, as it fits")

    def _several(self, hunk: Hunk, fits: Sequence[Fit], what: str) -> Rejection:
        starts = sorted(fit.start for fit in fits)[:MOST_PLACES]
        told = told_places([start + 1 for start in starts], MOST_PLACES)
        places = windows_at(self.free.lines, starts, min(len(hunk.old), _LINES_SHOWN))
        return self._rejection(hunk, "hunk-ambiguous", f"{what} {told}", _MORE_CONTEXT, places)

    def apart(self, hunk: Hunk) -> Rejection:
        what = "stands behind an empty line, where git reads no more hunks of the file"
        return self._rejection(hunk, "bad-diff", what, "Put hunks right behind each other.")

    def without_context(self, hunk: Hunk) -> Rejection:
        what = "has neither context nor a removed line, so nothing but its number says where it belongs"
        return self._rejection(hunk, "hunk-without-context", what, "Give it lines of context on both sides.")

    def _rejection(
        self, hunk: Hunk, code: str, what: str, hint: str, nearest: Sequence[Window] = ()
    ) -> Rejection:
        message = f"hunk {hunk.number} of `{shown(self.path)}` {what}"
        return Rejection(code, message, hint, self.path, [_as_utf8(window) for window in nearest])


def _header_says(hunk: Hunk) -> str:
    return f"old line {hunk.old_start}, new line {hunk.new_start}"


def _as_utf8(window: Window) -> Window:
    """A window of a text that is a character a byte, as it reads."""
    lines = (line.removesuffix(UNENDED).encode("latin-1").decode("utf-8", "replace") for line in window.lines)
    return Window(window.line, tuple(lines))

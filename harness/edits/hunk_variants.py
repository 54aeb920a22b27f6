"""What a hunk would be, were it written for a file with other line ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.edits.diff_hunks import UNENDED, Hunk


def lines_of(text: str) -> list[str]:
    """The lines of a file as hunks have them; the last one marked if it has no line end."""
    lines = text.split("\n")
    if lines[-1]:
        lines[-1] += UNENDED
    else:
        lines.pop()
    return lines


def text_of(lines: Sequence[str]) -> str:
    """The text whose lines these are."""
    text = "\n".join(lines) + "\n" if lines else ""
    return text.removesuffix(f"{UNENDED}\n")


def without_line_end(hunk: Hunk) -> Hunk | None:
    """The hunk where its last old line has no line end; its last new line has none either.

    None if it says so already, or has no old lines.
    """
    lines = list(hunk.lines)
    last_old = max((at for at, line in enumerate(lines) if line[0] != "+"), default=None)
    last_new = max((at for at, line in enumerate(lines) if line[0] != "-"), default=None)
    if last_old is None or lines[last_old].endswith(UNENDED):
        return None
    if last_new is not None and last_new != last_old and lines[last_new][0] == "+":
        lines[last_new] = lines[last_new].removesuffix(UNENDED) + UNENDED
    kept = lines[last_old][0] == " " and last_new != last_old
    text = lines[last_old][1:]
    # A line of context that gets a line end, as others come behind it, is a change.
    lines[last_old : last_old + 1] = (
        [f"-{text}{UNENDED}", f"+{text}"] if kept else [lines[last_old] + UNENDED]
    )
    return replace(hunk, lines=tuple(lines))


def other_line_ends(lines: Sequence[str], hunks: Sequence[Hunk]) -> list[Hunk] | None:
    """The hunks with the line ends of the file, where all of its lines have the one kind, all of theirs
    the other; None elsewhere."""
    ended = [line for line in lines if not line.endswith(UNENDED)]
    theirs = [line for hunk in hunks for line in hunk.lines if not line.endswith(UNENDED)]
    if not ended or not theirs or not any(hunk.old for hunk in hunks):
        return None
    file_has, patch_has = _all_crlf(ended), _all_crlf(theirs)
    if file_has and not any(line.endswith("\r") for line in theirs):
        return [_each(hunk, _with_cr) for hunk in hunks]
    if patch_has and not any("\r" in line for line in lines):
        return [_each(hunk, _without_cr) for hunk in hunks]
    return None


def _all_crlf(lines: Sequence[str]) -> bool:
    return all(line.endswith("\r") for line in lines)


def _with_cr(line: str) -> str:
    return line if line.endswith(UNENDED) else line + "\r"


def _without_cr(line: str) -> str:
    if line.endswith(UNENDED):
        return line.removesuffix(f"\r{UNENDED}").removesuffix(UNENDED) + UNENDED
    return line.removesuffix("\r")


def _each(hunk: Hunk, form: Callable[[str], str]) -> Hunk:
    return replace(hunk, lines=tuple(map(form, hunk.lines)))

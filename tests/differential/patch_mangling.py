"""Patches spoiled in the ways replies are spoiled; the same seed spoils in the same way."""

import random
import re
from collections.abc import Callable

_HEADER = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def mangled(patch: bytes, chance: random.Random) -> bytes:
    """The patch with one to three of the faults below."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        patch = chance.choice(FAULTS)(patch, chance)
    return patch


def truncated(patch: bytes, chance: random.Random) -> bytes:
    return patch[: chance.randrange(len(patch) + 1)]


def line_dropped(patch: bytes, chance: random.Random) -> bytes:
    lines = patch.splitlines(keepends=True)
    del lines[_somewhere(lines, chance)]
    return b"".join(lines)


def line_doubled(patch: bytes, chance: random.Random) -> bytes:
    lines = patch.splitlines(keepends=True)
    at = _somewhere(lines, chance)
    return b"".join([*lines[:at], lines[at] if lines else b"", *lines[at:]])


def lines_swapped(patch: bytes, chance: random.Random) -> bytes:
    lines = patch.splitlines(keepends=True)
    at, other = _somewhere(lines, chance), _somewhere(lines, chance)
    if lines:
        lines[at], lines[other] = lines[other], lines[at]
    return b"".join(lines)


def hunk_moved(patch: bytes, chance: random.Random) -> bytes:
    """Other line numbers in one header."""
    shift = chance.choice((-40, -7, -2, -1, 1, 2, 7, 40))
    return _one_header(patch, chance, lambda o, oc, n, nc: (max(o + shift, 0), oc, max(n + shift, 0), nc))


def new_line_moved(patch: bytes, chance: random.Random) -> bytes:
    shift = chance.choice((-5, -1, 1, 5))
    return _one_header(patch, chance, lambda o, oc, n, nc: (o, oc, max(n + shift, 0), nc))


def hunk_miscounted(patch: bytes, chance: random.Random) -> bytes:
    more, other = chance.choice((-2, -1, 1, 2)), chance.choice((-1, 0, 0, 1))
    return _one_header(patch, chance, lambda o, oc, n, nc: (o, max(oc + other, 0), n, max(nc + more, 0)))


def header_without_numbers(patch: bytes, chance: random.Random) -> bytes:
    headers = list(_HEADER.finditer(patch))
    if not headers:
        return patch
    found = chance.choice(headers)
    return patch[: found.start()] + b"@@ ... @@" + patch[found.end() :]


def hunks_shuffled(patch: bytes, chance: random.Random) -> bytes:
    """The hunks of one file in another order."""
    files = _files(patch)
    at = _somewhere(files, chance)
    starts = [found.start() for found in _HEADER.finditer(files[at])] if files else []
    if len(starts) < 2:
        return patch
    head = files[at][: starts[0]]
    hunks = [files[at][a:b] for a, b in zip(starts, [*starts[1:], len(files[at])], strict=True)]
    chance.shuffle(hunks)
    files[at] = head + b"".join(hunks)
    return b"".join(files)


def files_shuffled(patch: bytes, chance: random.Random) -> bytes:
    files = _files(patch)
    chance.shuffle(files)
    return b"".join(files)


def file_doubled(patch: bytes, chance: random.Random) -> bytes:
    files = _files(patch)
    at = _somewhere(files, chance)
    return b"".join([*files, files[at]]) if files else patch


def trailing_blanks(patch: bytes, chance: random.Random) -> bytes:
    """Blanks at the ends of some lines, or none where there were some."""
    lines = patch.split(b"\n")
    for at in range(len(lines)):
        if chance.random() < 0.2 and lines[at][:1] in (b" ", b"-"):
            lines[at] = lines[at].rstrip() if chance.random() < 0.5 else lines[at] + b"  "
    return b"\n".join(lines)


def indented(patch: bytes, chance: random.Random) -> bytes:
    """Content lines of the whole patch moved to the right, or to the left."""
    more = chance.choice((b"  ", b"\t", b"    "))
    if chance.random() < 0.5:
        return re.sub(rb"^([ +-])(?![+-]{2} )(?=[^\n])", rb"\g<1>" + more, patch, flags=re.MULTILINE)
    return re.sub(rb"^([ +-])" + more, rb"\g<1>", patch, flags=re.MULTILINE)


def prefixes_lost(patch: bytes, chance: random.Random) -> bytes:
    patch = (
        re.sub(rb"^diff --git .*\n(?=--- )", b"", patch, flags=re.MULTILINE)
        if chance.random() < 0.5
        else patch
    )
    patch = re.sub(rb"^diff --git a/(.*) b/(.*)$", rb"diff --git \1 \2", patch, flags=re.MULTILINE)
    return re.sub(rb"^(---|\+\+\+) [ab]/", rb"\1 ", patch, flags=re.MULTILINE)


def git_headers_lost(patch: bytes, chance: random.Random) -> bytes:
    return re.sub(rb"^(diff --git|index) .*\n", b"", patch, flags=re.MULTILINE)


def line_ends_changed(patch: bytes, chance: random.Random) -> bytes:
    if b"\r\n" in patch and chance.random() < 0.5:
        return patch.replace(b"\r\n", b"\n")
    if chance.random() < 0.5:
        return re.sub(rb"^([ +-][^\r\n]*)\n", rb"\1\r\n", patch, flags=re.MULTILINE)
    return patch.replace(b"\n", b"\r\n")


def markers_lost(patch: bytes, chance: random.Random) -> bytes:
    return re.sub(rb"^\\ No newline.*\n", b"", patch, flags=re.MULTILINE)


def marker_added(patch: bytes, chance: random.Random) -> bytes:
    lines = patch.splitlines(keepends=True)
    lines.insert(_somewhere(lines, chance), b"\\ No newline at end of file\n")
    return b"".join(lines)


def blank_context_emptied(patch: bytes, chance: random.Random) -> bytes:
    return re.sub(rb"^ $", b"", patch, flags=re.MULTILINE)


def context_lost(patch: bytes, chance: random.Random) -> bytes:
    """Lines of context behind, or before, the changes of every hunk left out, the counts set right."""
    behind = chance.random() < 0.5

    def cut(found: re.Match) -> bytes:
        lines = found[2].splitlines(keepends=True)
        while lines and lines[-1 if behind else 0].startswith(b" "):
            del lines[-1 if behind else 0]
        old = sum(line[:1] in b" -" for line in lines)
        new = sum(line[:1] in b" +" for line in lines)
        return b"@@ -%s,%d +%s,%d @@\n%s" % (found[1], old, found[3] or b"1", new, b"".join(lines))

    hunk = rb"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*\n((?:[ +-](?!-- |\+\+ ).*\n)+)()"
    return re.sub(hunk, cut, patch, flags=re.MULTILINE)


def byte_changed(patch: bytes, chance: random.Random) -> bytes:
    if not patch:
        return patch
    at = chance.randrange(len(patch))
    return patch[:at] + bytes([chance.choice(b'\n +-@a0\t\\/"')]) + patch[at + 1 :]


def prose_added(patch: bytes, chance: random.Random) -> bytes:
    files = _files(patch)
    words = chance.choice(
        (b"Now the next file:\n", b"\n", b"\n- a point\n- another\n\n", b"```\n\n```diff\n")
    )
    return words.join(files) if chance.random() < 0.5 else words + patch + words


FAULTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    truncated, truncated, line_dropped, line_dropped, line_doubled, lines_swapped, hunk_moved, hunk_moved,
    new_line_moved, hunk_miscounted, hunk_miscounted, header_without_numbers, hunks_shuffled, files_shuffled,
    file_doubled, trailing_blanks, indented, prefixes_lost, git_headers_lost, line_ends_changed, markers_lost,
    marker_added, blank_context_emptied, context_lost, byte_changed, prose_added,
)  # fmt: skip


def _somewhere(items: list, chance: random.Random) -> int:
    return chance.randrange(len(items)) if items else 0


def _files(patch: bytes) -> list[bytes]:
    return [part for part in re.split(rb"^(?=diff --git )", patch, flags=re.MULTILINE) if part]


def _one_header(
    patch: bytes, chance: random.Random, change: Callable[..., tuple[int, int, int, int]]
) -> bytes:
    headers = list(_HEADER.finditer(patch))
    if not headers:
        return patch
    found = chance.choice(headers)
    numbers = change(*(1 if part is None else int(part) for part in found.groups()))
    return patch[: found.start()] + b"@@ -%d,%d +%d,%d @@" % numbers + patch[found.end() :]

"""Git unified diffs: read for counts, names and messages; what they do is git's to say."""

from __future__ import annotations

import re

from harness.edits.diff_body import Body, diff_body, is_pair
from harness.edits.diff_counts import CountProblem, Counts, count
from harness.edits.diff_headers import (
    GIT_HEADER,
    NameProblem,
    Section,
    declared,
    path_of,
    plain_change,
)
from harness.edits.formats import FormatSign, Reply
from harness.edits.model import PatchEdits, PatchFile, Problem, Unusable
from harness.paths import shown

_HINT = "Send the diff as `git diff` writes it, with complete hunks and their real line counts."
_HUNK = re.compile(r"@@ -[0-9]{1,10}(?:,[0-9]{1,10})? \+[0-9]{1,10}(?:,[0-9]{1,10})? @@")
_BINARY_SIZE = re.compile(r"(?:literal|delta) ([0-9]+)\r?$")


class UnifiedDiff:
    """The format `unified-diff`."""

    name = "unified-diff"

    def sign(self, reply: Reply) -> FormatSign | None:
        """Sure: a `diff --git` line, or `---`, `+++` and `@@` lines in a row."""
        likely = None
        for index, line in enumerate(reply.lines):
            if line.startswith(GIT_HEADER):
                return FormatSign(index + 1, sure=True)
            if is_pair(reply.lines, index):
                if index + 2 < len(reply.lines) and reply.lines[index + 2].startswith("@@"):
                    return FormatSign(index + 1, sure=True)
                likely = likely or FormatSign(index + 1, sure=False)
        return likely

    def read(self, reply: Reply) -> PatchEdits | Unusable:
        """The patch from its first header on, and the files its text declares."""
        body = diff_body(reply)
        repairs = reply.repairs + body.repairs
        files: list[PatchFile] = []
        if reply.truncated and not body.closed:
            problems: tuple[Problem, ...] = (_truncated(body),)
        else:
            problems = _before_parsing(body, reply)
            if not problems:
                files, problems = _read_files(body)
        if problems:
            return Unusable(problems, self.name, truncated=reply.truncated, repairs=repairs)
        return PatchEdits(body.patch(), tuple(files), reply.truncated, repairs)


def _before_parsing(body: Body, reply: Reply) -> tuple[Problem, ...]:
    """Faults found line by line, before any parser whose time they could run away with."""
    if _heads(body) > reply.limits.operations:
        message = f"more than {reply.limits.operations} files in one diff"
        return (Problem("too-many-operations", message, "Send fewer."),)
    problems = []
    declared_bytes = 0
    for number, line in enumerate(body.lines, body.first):
        if line.startswith("@@") and not _HUNK.match(line):
            message = f"line {number} is no hunk header: {shown(line[:80])}"
            problems.append(Problem("bad-hunk-header", message, _HINT, line=number))
        elif line.startswith(GIT_HEADER) and len(line) > reply.limits.header_line_bytes:
            limit = reply.limits.header_line_bytes
            message = f"the header in line {number} has {len(line)} bytes; {limit} are the limit"
            problems.append(Problem("line-too-long", message, line=number))
        elif size := _BINARY_SIZE.match(line):
            declared_bytes += int(size[1]) if len(size[1]) < 20 else reply.limits.binary_bytes + 1
    if declared_bytes > reply.limits.binary_bytes:
        message = f"its binary parts declare more than {reply.limits.binary_bytes} bytes"
        problems.append(Problem("binary-too-large", message, "Leave large binary files out."))
    return tuple(problems[: reply.limits.operations])


def _read_files(body: Body) -> tuple[list[PatchFile], tuple[Problem, ...]]:
    try:
        counted = count(body.lines)
    except CountProblem as problem:
        number = body.first + problem.index
        message = f"the diff can't be read at line {number}: {problem.message}"
        return [], (Problem("bad-diff", message, _HINT, line=number),)
    found = [
        _git_file(section, counts, body.first + section.line - 1) for section, counts in counted.sections
    ]
    found += [_plain_file(source, target, counts) for source, target, counts in counted.plain]
    files = [file for file in found if isinstance(file, PatchFile)]
    return files, tuple(problem for problem in found if isinstance(problem, Problem))


def _git_file(section: Section, counts: Counts, line: int) -> PatchFile | Problem:
    """One file of a git diff."""
    try:
        kind, source, target = declared(section)
    except NameProblem as problem:
        message = f"the file at line {line}: {problem}"
        return Problem("ambiguous-file-names", message, _HINT, line=line)
    path = target if target is not None else source
    if section.lacks_binary_data:
        message = f"`{shown(path or '')}` is said to differ, but its binary data is missing"
        hint = "Make the diff with `git diff --binary`."
        return Problem("binary-without-data", message, hint, path=path, line=line)
    if not counts.hunks and not section.changes_anything:
        return _empty(path, line)
    return PatchFile(source, target, kind, counts.added, counts.removed)


def _plain_file(source_name: str, target_name: str, counts: Counts) -> PatchFile | Problem:
    """One file of a traditional diff, which has no header of git's."""
    try:
        kind, source, target = plain_change(path_of(source_name), path_of(target_name))
    except NameProblem as problem:
        message = f"a file without a `diff --git` line: {problem}"
        return Problem("ambiguous-file-names", message, _HINT)
    if not counts.hunks:
        return _empty(target if target is not None else source, None)
    return PatchFile(source, target, kind, counts.added, counts.removed)


def _empty(path: str | None, line: int | None) -> Problem:
    message = f"`{shown(path or '')}` has a header but no hunk, so nothing would change"
    return Problem("empty-file-diff", message, _HINT, path=path, line=line)


def _heads(body: Body) -> int:
    """How many files the diff seems to start, told from its headers alone."""
    git_headers = sum(line.startswith(GIT_HEADER) for line in body.lines)
    return git_headers or sum(is_pair(body.lines, index) for index in range(len(body.lines)))


def _truncated(body: Body) -> Problem:
    before = max(_heads(body) - 1, 0)
    return Problem(
        "truncated-diff",
        f"the diff was cut off; {before} files stand before the one it may be cut in",
        "Send the whole diff, or fewer files at a time.",
        line=body.first + len(body.lines) - 1,
    )


UNIFIED_DIFF = UnifiedDiff()

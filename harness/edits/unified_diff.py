"""Git unified diffs: read for names, hunks and messages; what they do is git's to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.edits.diff_body import Body, diff_body, is_pair
from harness.edits.diff_counts import CountProblem, count
from harness.edits.diff_files import HINT, MOST_PROBLEMS, DiffFiles
from harness.edits.diff_hunks import FilePatch
from harness.edits.diff_names import GIT_HEADER
from harness.edits.formats import Evidence, Reply, is_fence
from harness.edits.hunk_reading import FENCE_WITHIN, is_within_hunk
from harness.edits.model import PatchEdits, PatchFile, Problem, Unusable
from harness.edits.repairs import Repair
from harness.paths import shown


class UnifiedDiff:
    """The format `unified-diff`."""

    name = "unified-diff"
    starts = "d-"

    def evidence(self, reply: Reply) -> Evidence | None:
        """Sure: a `diff --git` line, or `---`, `+++` and `@@` lines in a row."""
        likely = None
        for index, line in enumerate(reply.lines):
            if line.startswith(GIT_HEADER):
                return Evidence(index + 1, sure=True)
            if is_pair(reply.lines, index):
                if index + 2 < len(reply.lines) and reply.lines[index + 2].startswith("@@"):
                    return Evidence(index + 1, sure=True)
                likely = likely or Evidence(index + 1, sure=False)
        return likely

    def read(self, reply: Reply) -> PatchEdits | Unusable:
        """The patch from its first header on, and the files its text declares.

        Hunks whose header is wrong about their length are handed on, to be held against the files they
        are for; under `strict` they are refused. Of a diff that was cut off, the last file is dropped.
        """
        body = diff_body(reply)
        found = DiffFiles(body.lines, body.first, reply.limits)
        files, problems, truncated = found.files, tuple(found.problems), reply.truncated
        repairs = reply.repairs + body.repairs
        if not body.closed and (reply.truncated or (found.cut and not reply.strict)):
            files, truncated = found.without_last(), True
            problems = _before_last(found) or _truncated(reply, found)
            repairs += (_cut(found),)
            body = replace(body, lines=body.lines[: found.last - body.first])
        problems = problems or _fence_within(reply, body, files) or _miscounted(files, reply.strict)
        problems = problems or _second_opinion(body, files)
        if problems:
            return Unusable(problems, self.name, truncated=truncated, repairs=repairs)
        declared = tuple(map(_declared, files))
        return PatchEdits(body.patch(), declared, truncated, repairs, parts=tuple(files), strict=reply.strict)


def _declared(file: FilePatch) -> PatchFile:
    added = sum(hunk.added for hunk in file.hunks)
    removed = sum(hunk.removed for hunk in file.hunks)
    return PatchFile(file.source, file.target, file.kind, added, removed)


def _cut(found: DiffFiles) -> Repair:
    kept = len(found.without_last())
    detail = f"the file that begins here is dropped, as its end is missing; {kept} before it are kept"
    return Repair("cut-file", found.last, detail)


def _before_last(found: DiffFiles) -> tuple[Problem, ...]:
    return tuple(p for p in found.problems if p.line is None or p.line < found.last)


def _truncated(reply: Reply, found: DiffFiles) -> tuple[Problem, ...]:
    before, last = len(found.without_last()), found.files[-1] if found.files else None
    if before and not reply.strict:
        return ()
    message = f"the diff was cut off; {before} files stand before the one it may be cut in"
    hint = "Send the whole diff, or fewer files at a time."
    if not reply.truncated and last is not None and last.hunks:
        hunk = last.hunks[-1]
        message = f"the diff ends before hunk {hunk.number} (line {hunk.line}) has all lines of its header"
        hint = "Send the whole diff, or, if this is all of it, the real counts and a fence behind it."
    return (Problem("truncated-diff", message, hint, last.path if last else None, line=len(reply.lines)),)


def _fence_within(reply: Reply, body: Body, files: Sequence[FilePatch]) -> tuple[Problem, ...]:
    """A refusal where the fence that ends the diff may be a line of its last hunk."""
    fence, hunks = body.first - 1 + len(body.lines), files[-1].hunks if files else ()
    if not (hunks and fence < len(reply.lines) and is_fence(reply.lines[fence])):
        return ()
    if not is_within_hunk(reply.lines, fence, hunks[-1].miscounted):
        return ()
    message = f"the diff can't be read at line {fence + 1}: {FENCE_WITHIN}"
    return (Problem("bad-diff", message, HINT, files[-1].path, files[-1].number, fence + 1),)


def _miscounted(files: Sequence[FilePatch], strict: bool) -> tuple[Problem, ...]:
    """The hunks whose header is wrong, if that may not be mended, or if nothing of them is there."""
    found = [
        Problem(
            "bad-diff",
            f"hunk {hunk.number} of `{shown(file.path)}` has other line counts than its header says",
            HINT,
            file.path,
            file.number,
            hunk.line,
        )
        for file in files
        for hunk in file.hunks
        if hunk.miscounted and (strict or not hunk.changes_anything)
    ]
    return tuple(found[:MOST_PROBLEMS])


def _second_opinion(body: Body, files: Sequence[FilePatch]) -> tuple[Problem, ...]:
    """A refusal where another reader of diffs counts other lines in it than were counted here."""
    if any(hunk.miscounted for file in files for hunk in file.hunks):
        return ()
    try:
        counted = count(body.lines)
    except CountProblem as problem:
        number = body.first + problem.index
        message = f"the diff can't be read at line {number}: {problem.message}"
        return (Problem("bad-diff", message, HINT, line=number),)
    others = [*(counts for _, counts in counted.sections), *(counts for _, _, counts in counted.plain)]
    ours = [(len(file.hunks), _declared(file)) for file in files]
    if sorted((c.hunks, c.added, c.removed) for c in others) == sorted(
        (hunks, told.added_lines, told.removed_lines) for hunks, told in ours
    ):
        return ()
    message = "programs disagree about which lines of the diff belong to which file"
    return (Problem("bad-diff", message, HINT),)


UNIFIED_DIFF = UnifiedDiff()

"""A diff held against the tree it is for: the patch git is given, with every hunk in its place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.edits.bare_names import GitNames, names_for_git
from harness.edits.diff_hunks import FilePatch, Hunk
from harness.edits.diff_rewriting import rewritten
from harness.edits.diff_tree import DiffTree
from harness.edits.free_lines import FreeLines, Placed
from harness.edits.hunk_marks import with_mark, without_mark
from harness.edits.hunk_placement import HunkPlacer
from harness.edits.hunk_variants import other_line_ends
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import PatchEdits, Problem, Unusable
from harness.edits.planned_state import TreeReader
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair
from harness.edits.text_work import Work
from harness.paths import shown
from harness.wording import counted

_MOST_PROBLEMS = 50
# git copies the file and its table of lines for every hunk, which is quicker than anything done here.
_GIT_LINE_COST = 16
_GIT_SPEED = 32


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What git has to read as one file of a patch: its path, and the lines of its hunks; None for data."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class FittedPatch:
    """The patch git is given, what it has to read in it, and the repairs that were made to it."""

    patch: bytes
    files: tuple[ReadFile, ...]
    repairs: tuple[Repair, ...]


def fit_patch(
    edits: PatchEdits, start: TreeReader, limits: Limits = DEFAULT_LIMITS
) -> FittedPatch | Unusable:
    """The patch that makes of the start tree what the diff says, or every reason why there is none.

    A diff whose hunks all stand where git looks for them first stays as it is. Under `edits.strict`
    any other is refused. With any problem, `good` lists the files of the diff that had none.
    """
    fitter = _Fitter(edits, start, limits)
    for file in edits.parts:
        if not fitter.take(file):
            break
    repairs = edits.repairs + tuple(fitter.repairs)
    if fitter.problems:
        return Unusable(fitter.told(), edits.format, tuple(fitter.good), edits.truncated, repairs)
    return FittedPatch(fitter.patch(), tuple(fitter.read), repairs)


class _Fitter:
    """The files of a diff one after the other, and what they leave."""

    def __init__(self, edits: PatchEdits, start: TreeReader, limits: Limits) -> None:
        self.repairs: list[Repair] = []
        self.problems: list[Problem] = []
        self.good: list[int] = []
        self.read: list[ReadFile] = []
        self._edits = edits
        self._work = Work(limits)
        self._tree = DiffTree(start, edits.parts, self._work)
        self._texts: list[Sequence[str]] = []
        self._is_rewritten = False

    def take(self, file: FilePatch) -> bool:
        """Fit one file, or note why it doesn't; False once there is no use in going on."""
        before = len(self.problems)
        try:
            names = names_for_git(file, self._tree, self._edits.strict)
            if names.repair:
                self.repairs.append(names.repair)
            self._fit(file, names)
        except Rejection as rejection:
            self._note(rejection, file, file.line)
            if rejection.code == "too-much-work":
                return False
        if len(self.problems) == before:
            self.good.append(file.number)
        return not self._stopped

    @property
    def _stopped(self) -> bool:
        return len(self.problems) >= _MOST_PROBLEMS

    def told(self) -> tuple[Problem, ...]:
        """The problems, each with what would have become of the other files."""
        count = len(self.good)
        others = f"; {counted(count, 'other file')} of the diff would apply" if count else ""
        return tuple(
            replace(problem, hint=f"{problem.hint} Nothing was kept{others}.".lstrip())
            for problem in self.problems
        )

    def patch(self) -> bytes:
        """The diff as it stands, or with the files that had to be written anew."""
        if not self._is_rewritten:
            return self._edits.patch
        lines: list[str] = []
        for text in self._texts:
            # Else git would take these names for those of a header of its own just before.
            lines += ["", *text] if text[0].startswith("--- ") else text
        return ("\n".join(lines) + "\n").encode("latin-1")

    def _fit(self, file: FilePatch, names: GitNames) -> None:
        lines, size = self._tree.lines(file, names)
        if not file.hunks:
            if file.kind == "delete" and not file.binary:
                self._require_whole(file, FreeLines(lines, size, self._work))
            return self._add(file, names, lines, [], names.repair is not None)
        self._work.spend(len(file.hunks) * (size + _GIT_LINE_COST * len(lines)) // _GIT_SPEED)
        strict = self._edits.strict
        unmarked = None if strict else without_mark(lines, file.hunks)
        converted = None if strict else other_line_ends(unmarked or lines, file.hunks)
        free = FreeLines(unmarked or lines, size, self._work)
        if not self._place(file, HunkPlacer(file.path, free, strict), converted or file.hunks):
            return None
        self._require_whole(file, free)
        if converted:
            self._note_line_ends(file, lines)
        found = [with_mark(placed, file.path) for placed in free.placed] if unmarked else free.placed
        made = [repair for placed in found for repair in placed.repairs]
        self.repairs += made
        is_rewritten = bool(made or converted or names.repair)
        head = tuple(line.removesuffix("\r") for line in names.head) if converted else names.head
        return self._add(file, replace(names, head=head), lines, found, is_rewritten)

    def _place(self, file: FilePatch, placer: HunkPlacer, hunks: Sequence[Hunk]) -> bool:
        before = len(self.problems)
        for hunk in hunks:
            try:
                placer.place(hunk)
            except Rejection as rejection:
                if rejection.code == "too-much-work":
                    raise
                self._note(rejection, file, hunk.line)
                if self._stopped:
                    break
        return len(self.problems) == before

    def _require_whole(self, file: FilePatch, free: FreeLines) -> None:
        """Refuse a deletion that leaves lines, and growth past the limit; raises `Rejection`."""
        left = len(free.lines) + free.growth
        if file.kind == "delete" and left:
            message = f"`{shown(file.path)}` is to be deleted, but {left} of its lines would be left"
            raise Rejection(
                "deletion-incomplete", message, "Remove every line of it, or send a `delete` operation."
            )
        longest = free.size + sum(sum(map(len, placed.lines)) for placed in free.placed)
        if longest <= self._work.limits.file_bytes:
            return
        added = sum(len(line) for placed in free.placed for line in placed.lines if line[0] == "+")
        removed = sum(len(line) for placed in free.placed for line in placed.lines if line[0] == "-")
        self._work.grow(free.size + added - removed, free.size)

    def _note_line_ends(self, file: FilePatch, lines: Sequence[str]) -> None:
        ends = "CR LF, those of the diff LF" if lines[0].endswith("\r") else "LF, those of the diff CR LF"
        detail = f"the lines of the file end in {ends}; the file keeps its own"
        self.repairs.append(Repair("line-endings", file.line, detail))

    def _add(
        self,
        file: FilePatch,
        names: GitNames,
        lines: Sequence[str],
        placed: Sequence[Placed],
        is_rewritten: bool,
    ) -> None:
        """Take a file over into the patch, and remember what it leaves."""
        self._is_rewritten |= is_rewritten
        if not is_rewritten:
            self._texts.append(file.text)
        elif placed:
            self._texts.append(rewritten(names.head, lines, placed))
        else:
            self._texts.append([*names.head, *file.text[len(file.head) :]])
        path = names.target if names.target is not None else names.source or ""
        added, removed = sum(each.added for each in placed), sum(each.removed for each in placed)
        counts = (None, None) if file.binary else (added, removed)
        self.read.append(ReadFile(path, *counts))
        self._tree.leave(file, names, lines, placed)

    def _note(self, rejection: Rejection, file: FilePatch, line: int) -> None:
        path = rejection.path if rejection.path is not None else file.path
        message = rejection.message
        if len(self.problems) + 1 == _MOST_PROBLEMS:
            message += f"; nothing was tried behind this problem, the {_MOST_PROBLEMS}th"
        problem = Problem(rejection.code, message, rejection.hint, path, file.number, line)
        self.problems.append(replace(problem, nearest=rejection.nearest))

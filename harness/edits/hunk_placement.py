"""Where a hunk belongs: where it says, elsewhere but in one place only, or nowhere for sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.edits.block_match import Fit, exact_fits, tolerant_fits
from harness.edits.diff_hunks import UNENDED, Hunk
from harness.edits.free_lines import FreeLines, Placed
from harness.edits.hunk_rejections import HunkRejections
from harness.edits.hunk_variants import without_line_end
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair, RepairName


@dataclass(slots=True)
class HunkPlacer:
    """Places the hunks of one file, one after the other. Under `strict` nothing is repaired."""

    path: str
    free: FreeLines
    strict: bool

    def place(self, hunk: Hunk) -> Placed:
        """The place of the next hunk; raises `Rejection`."""
        try:
            placed = self._recounted(hunk) if hunk.miscounted else self._placed(hunk)
            if hunk.apart:
                placed = self._joined(hunk, placed)
        except Rejection:
            # What follows is told from where it would be, had this one a place.
            self.free.growth += hunk.added - hunk.removed
            raise
        self.free.take(placed)
        return placed

    @property
    def rejections(self) -> HunkRejections:
        return HunkRejections(self.path, self.free)

    def _placed(self, hunk: Hunk) -> Placed:
        expected = self.free.expected(hunk.stated)
        if expected is not None and self._stands(hunk, expected):
            self._require_same_place(hunk, expected)
            return Placed.of(expected, hunk.lines)
        if not hunk.old:
            raise self.rejections.without_context(hunk)
        exact = self._exact([hunk])
        if self.strict:
            raise self.rejections.elsewhere(hunk, exact[0][1]) if exact else self.rejections.missing(hunk)
        variants = self._variants(hunk)
        for variant in variants[1:]:
            if expected is not None and self._stands(variant, expected):
                return self._repaired(hunk, variant, Fit(expected), expected)
        exact += self._exact(variants[1:])
        found = exact or self._tolerant(variants)
        if not found:
            raise self.rejections.missing(hunk)
        if len(found) > 1:
            raise self.rejections.ambiguous(hunk, [fit for _, fit in found])
        variant, fit = found[0]
        if expected is not None and fit.start != expected and self._nearly_stands(variant, expected):
            raise self.rejections.undecided(hunk, [Fit(expected), fit])
        return self._repaired(hunk, variant, fit, expected)

    def _require_same_place(self, hunk: Hunk, expected: int) -> None:
        """Refuse a hunk whose old number is that of another place where it stands; raises `Rejection`."""
        place = hunk.old_start - 1
        if hunk.old and place != expected and self.free.has(place, hunk.old):
            raise self.rejections.undecided(hunk, [Fit(expected), Fit(place)])

    def _nearly_stands(self, hunk: Hunk, start: int) -> bool:
        """Whether the hunk's lines stand there but for blanks."""
        there = self.free.lines[start : start + len(hunk.old)]
        return bool(tolerant_fits(there, hunk.old))

    def _recounted(self, hunk: Hunk) -> Placed:
        """The place of a hunk whose header is wrong about its length: where all of it stands, once."""
        if hunk.old:
            found = self._exact(self._variants(hunk))
            if not found:
                raise self.rejections.missing(
                    hunk, "bad-diff", "has wrong line counts, and its lines together don't match"
                )
            if len(found) > 1:
                raise self.rejections.ambiguous(hunk, [fit for _, fit in found])
            placed = self._repaired(hunk, *found[0], self.free.expected(hunk.stated))
        elif self.free.lines:
            raise self.rejections.without_context(hunk)
        else:
            placed = Placed.of(0, hunk.lines)
        return replace(placed, repairs=(*self._counted(hunk, placed), *placed.repairs))

    def _stands(self, hunk: Hunk, start: int) -> bool:
        """Whether git finds the hunk there at first look."""
        if not hunk.old and self.free.lines and self.free.lines[-1].endswith(UNENDED):
            return False  # What it adds would be glued to the last line.
        return self._is_allowed(hunk, start, len(hunk.old)) and self.free.has(start, hunk.old)

    def _is_allowed(self, hunk: Hunk, start: int, length: int) -> bool:
        """Whether git takes a hunk without context before or behind at this place."""
        at_end = start + length == len(self.free.lines)
        return (not hunk.from_start or start == 0) and (not hunk.to_end or at_end)

    def _variants(self, hunk: Hunk) -> list[Hunk]:
        lines = self.free.lines
        unended = without_line_end(hunk) if lines and lines[-1].endswith(UNENDED) else None
        return [hunk] if unended is None else [hunk, unended]

    def _exact(self, variants: Sequence[Hunk]) -> list[tuple[Hunk, Fit]]:
        return [
            (hunk, fit) for hunk in variants for fit in self.free.fits(partial(exact_fits, block=hunk.old))
        ]

    def _tolerant(self, variants: Sequence[Hunk]) -> list[tuple[Hunk, Fit]]:
        """The places where only blanks differ; none if line ends do, as new lines could have either."""
        found = []
        for hunk in variants:
            new = [line[1:] for line in hunk.lines if line[0] == "+"]
            fits = self.free.fits(partial(tolerant_fits, block=hunk.old, new=new))
            found += [(hunk, fit) for fit in fits]
        return found if all(self._has_same_ends(hunk.old, fit.start) for hunk, fit in found) else []

    def _has_same_ends(self, old: Sequence[str], start: int) -> bool:
        there = self.free.lines[start : start + len(old)]
        return all(a.endswith("\r") == b.endswith("\r") for a, b in zip(there, old, strict=True))

    def _repaired(self, hunk: Hunk, variant: Hunk, fit: Fit, expected: int | None) -> Placed:
        """The hunk at the place found for it, with the file's own lines where it keeps or removes some."""
        own = iter(self.free.lines[fit.start : fit.start + len(variant.old)])
        lines = [
            f"+{fit.adjusted(line[1:])}" if line[0] == "+" else f"{line[0]}{next(own)}"
            for line in variant.lines
        ]
        placed = Placed.of(fit.start, lines)
        told: list[tuple[RepairName, str]] = []
        if variant is not hunk:
            told.append(("line-endings", "the last line of the file has no line end, and keeps none"))
        if fit.repair is not None:
            told.append((fit.repair, "its lines match but for blanks"))
        if fit.start != expected or not self._is_allowed(hunk, fit.start, placed.end - placed.start):
            told.append(("relocated", self._moved(hunk, fit.start, expected)))
        return replace(placed, repairs=tuple(self._repair(hunk, fit.start, *each) for each in told))

    def _repair(self, hunk: Hunk, start: int, name: RepairName, detail: str) -> Repair:
        told = f"hunk {hunk.number} (line {hunk.line} of the reply): {detail}"
        return Repair(name, start + 1, told, self.path)

    def _joined(self, hunk: Hunk, placed: Placed) -> Placed:
        """The hunk right behind the one before it, as git wants it; raises `Rejection` under `strict`."""
        if self.strict:
            raise self.rejections.apart(hunk)
        detail = "the empty lines before its header belong to no hunk"
        repair = self._repair(hunk, placed.start, "blank-context", detail)
        return replace(placed, repairs=(*placed.repairs, repair))

    def _counted(self, hunk: Hunk, placed: Placed) -> list[Repair]:
        old = placed.end - placed.start
        header, real = f"-{hunk.old_count} +{hunk.new_count}", f"-{old} +{old + placed.growth}"
        repairs = [self._repair(hunk, placed.start, "hunk-counts", f"{header} lines are {real}")]
        if hunk.blank_line is not None:
            detail = f"line {hunk.blank_line} is empty, a line of context"
            repairs.append(self._repair(hunk, placed.start, "blank-context", detail))
        return repairs

    def _moved(self, hunk: Hunk, start: int, expected: int | None) -> str:
        if start == expected:
            side = "start" if hunk.from_start and start else "end"
            return f"{side} of the file -> line {start + 1}"
        if start + 1 == hunk.old_start:
            return f"line {hunk.old_start}, new line {hunk.new_start} -> {start + 1 + self.free.growth}"
        return f"line {hunk.old_start} -> {start + 1}"

"""The blocks of a change, made to the content of one file, each to what the ones before it left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.edits.anchors import NoScope, anchor_not_above, scope_of
from harness.edits.block_match import Fit, exact_fits, fitted, tolerant_fits
from harness.edits.kept_lines import kept_lines
from harness.edits.line_ends import BYTE_ORDER_MARK, FileLines, decoded, encoded
from harness.edits.model import Block, Window
from harness.edits.nearest import Nearest, nearest, told_places, windows_at
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair, RepairName
from harness.edits.text_changes import PartRejection
from harness.edits.text_work import Work
from harness.paths import shown

_MOST = 3
_TELLING = 12
_ENOUGH_CONTEXT = "Give more of the lines around it, so that they stand in the file once."

_Find = Callable[[Sequence[str]], list[Fit]]


def creates(blocks: Sequence[Block]) -> bool:
    """Whether blocks are for a file that isn't there yet: the first one holds its content."""
    return bool(blocks) and not (blocks[0].old or blocks[0].anchors or blocks[0].at_end)


def change_blocks(
    content: bytes,
    blocks: Sequence[Block],
    work: Work,
    *,
    strict: bool = False,
    changed: bool = False,
) -> tuple[bytes, tuple[Repair, ...]]:
    """The content after all blocks, and what had to be overlooked for it.

    Raises `Rejection`, about a block `PartRejection`. A block is looked for in the file as the blocks
    before it left it, so it may also change lines that they brought in. Its new lines come without
    line ends; they get those of the lines they replace, and the file keeps its byte-order mark and a
    missing last line end. Under `strict` only what stands there exactly is found. `changed` says that
    earlier operations have changed the file. The places of repairs are without a path.
    """
    work.spend(len(content))
    file = FileLines.of(decoded(content))
    blocks_of_file = _Blocks(file, work, strict)
    for position, block in enumerate(blocks, 1):
        try:
            blocks_of_file.take(block, position)
        except Rejection as problem:
            later = changed or position > 1
            raise PartRejection(problem, f"block {position}", later, block.line) from None
    return encoded(file.text()), tuple(blocks_of_file.repairs)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A block as it is looked for in a file: its lines without the CR that stands for every line end."""

    old: list[str]
    new: list[str]
    anchors: list[str]
    at_end: bool


class _Blocks:
    """One file while its blocks are made."""

    def __init__(self, file: FileLines, work: Work, strict: bool) -> None:
        self.repairs: list[Repair] = []
        self._file = file
        self._work = work
        self._strict = strict
        self._size = len(file.lines) + sum(map(len, file.lines))

    def take(self, block: Block, position: int) -> None:
        file = self._file
        anchors = [anchor for anchor in file.own(block.anchors) if anchor.strip()]
        sought = _Sought(file.own(block.old), file.own(block.new), anchors, block.at_end)
        self._work.spend(self._size * (1 + 2 * len(anchors)))
        if not sought.old:
            self._add(sought)
            return
        marked = bool(file.mark) and any(line.startswith(BYTE_ORDER_MARK) for line in sought.old)
        if marked:
            file.join_mark()
        self._put(self._place(sought, position), sought)
        if marked:
            file.split_mark()

    def _add(self, block: _Sought) -> None:
        """Lines behind everything; only an empty file has no other place for them."""
        file = self._file
        if not block.at_end and (file.lines or block.anchors):
            message = "it has no lines to look for, but the file has lines, so its place is not known"
            raise Rejection("empty-search", message, "Give the lines it replaces, or lines around its place.")
        end = "\r" if file.lines and file.last_carriage() else ""
        added = [line if line.endswith("\r") else line + end for line in block.new]
        self._grow(0, added)
        if added:
            file.lines += added
            file.ended = True

    def _put(self, fit: Fit, block: _Sought) -> None:
        file, end = self._file, fit.start + len(block.old)
        new = fitted(file.lines, fit, block.old, block.new) if fit.repair else block.new
        self._grow(sum(map(len, block.old)) + len(block.old), new)
        if not file.ended and end == len(file.lines):
            last = kept_lines(block.old, block.new).get(len(new) - 1, len(block.old) - 1)
            file.ended = not new or last < len(block.old) - 1
        file.lines[fit.start : end] = new

    def _grow(self, less: int, new: Sequence[str]) -> None:
        before, self._size = self._size, self._size - less + sum(map(len, new)) + len(new)
        self._work.grow(self._size, before)

    def _place(self, block: _Sought, position: int) -> Fit:
        """The one place of a block; raises `Rejection` if there is none, or several."""
        fit = self._only(block, lambda lines: exact_fits(lines, block.old))
        if fit is None and not self._strict:
            self._work.spend(2 * self._size)
            fit = self._only(block, lambda lines: tolerant_fits(lines, block.old, block.new))
        if fit is None:
            raise self._missing(block)
        overlooked = self._overlooked_anchors(block, fit)
        details: list[tuple[RepairName, str]] = [
            ("relocated", f"its anchor `{shown(anchor)}` is not in the file") for anchor in overlooked
        ]
        if fit.repair:
            details.append((fit.repair, _told(fit)))
        for name, detail in details:
            self.repairs.append(Repair(name, fit.start + 1, f"block {position}: {detail}"))
        return fit

    def _only(self, block: _Sought, find: _Find) -> Fit | None:
        """The place that is found, the one in the scope of the anchors if there are several; None: none."""
        lines = self._file.lines
        if block.at_end:
            before = max(len(lines) - len(block.old), 0)
            return next((replace(fit, start=before) for fit in find(lines[before:])), None)
        found = find(lines)
        if len(found) < 2:
            return found[0] if found else None
        if not block.anchors:
            raise self._ambiguous(found, block, "")
        try:
            scope = scope_of(lines, block.anchors)
        except NoScope as reason:
            raise self._ambiguous(found, block, f", and {reason}") from None
        inner = find(lines[scope.start : scope.stop + len(block.old) - 1])
        if len(inner) == 1:
            return replace(inner[0], start=scope.start + inner[0].start)
        found = [replace(fit, start=scope.start + fit.start) for fit in inner] or found
        which = "also" if inner else "but none is"
        raise self._ambiguous(
            found, block, f", {which} indented below its anchor `{shown(block.anchors[-1])}`"
        )

    def _overlooked_anchors(self, block: _Sought, fit: Fit) -> list[str]:
        """The anchors that are nowhere in the file; raises `Rejection` where one contradicts the place.

        None is overlooked under `strict`, nor together with blanks: one thing at a time.
        """
        lines, stop = self._file.lines, fit.start + len(block.old)
        wrong = anchor_not_above(lines, block.anchors, stop)
        if wrong is None:
            return []
        known = {line.strip() for line in lines}
        elsewhere = anchor_not_above(lines, [a for a in block.anchors if a.strip() in known], stop)
        if elsewhere or self._strict or fit.repair:
            raise self._anchor_elsewhere(elsewhere or wrong, fit)
        return [anchor for anchor in block.anchors if anchor.strip() not in known]

    def _anchor_elsewhere(self, anchor: str, fit: Fit) -> Rejection:
        message = f"it stands at line {fit.start + 1}, but no line above that is its anchor `{shown(anchor)}`"
        near = self._nearest([anchor])
        return Rejection("anchor-elsewhere", message, near.hint, nearest=near.windows)

    def _ambiguous(self, fits: Sequence[Fit], block: _Sought, more: str) -> Rejection:
        lines = self._file.lines
        windows: tuple[Window, ...] = ()
        if self._work.may_explain(self._size):
            windows = windows_at(lines, [fit.start for fit in fits], len(block.old))
        told = told_places([fit.start + 1 for fit in fits], _MOST)
        message = f"its lines stand in the file more than once: {told}{more}"
        return Rejection("block-ambiguous", message, _ENOUGH_CONTEXT, nearest=windows)

    def _missing(self, block: _Sought) -> Rejection:
        where = "at the end of the file" if block.at_end else "in the file"
        telling = next((line for line in block.old if line.strip()), "")
        count = f"its {len(block.old)} lines do" if len(block.old) > 1 else "its line does"
        message = f"{count} not stand {where}: `{shown(telling.strip())}`"
        near = self._nearest(block.old)
        hint = near.hint
        if near.windows and sum(map(len, block.new)) >= _TELLING:
            there = exact_fits(self._file.lines, block.new)
            hint += f" Its new lines stand there already, at line {there[0].start + 1}." if there else ""
        return Rejection("block-missing", message, hint, nearest=near.windows)

    def _nearest(self, wanted: Sequence[str]) -> Nearest:
        if not self._work.may_explain(self._size):
            return Nearest("Copy it from the file as it is.")
        return nearest(self._file.lines, wanted)


def _told(fit: Fit) -> str:
    """What was overlooked at a place."""
    if fit.repair == "whitespace":
        return "blanks at line ends differ"
    blanks = fit.added or fit.dropped
    name = "tab" if set(blanks) == {"\t"} else "blank"
    count = f"{len(blanks)} {name}{'s' if len(blanks) > 1 else ''} of indentation"
    return f"its lines lack {count}" if fit.added else f"its lines have {count} too much"

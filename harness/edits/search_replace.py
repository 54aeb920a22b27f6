"""SEARCH/REPLACE blocks, as aider's formats `diff` and `diff-fenced` have them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.formats import Evidence, Reply
from harness.edits.model import Block, ChangeBlocks, OperationEdits, Unusable
from harness.edits.path_labels import labels, path_of_line
from harness.edits.search_blocks import Scan, SearchBlock, scan
from harness.edits.text_reading import TextReading
from harness.paths import shown

_BLANKS = " \t\r"

_HINT = (
    "Write the path on a line of its own, then `<<<<<<< SEARCH`, the lines as they are, `=======`, the new "
    "lines, `>>>>>>> REPLACE`."
)
_PATH_HINT = (
    "Put the path alone on the line above the fence, or on the line right above `<<<<<<< SEARCH`, for every "
    "block."
)


class SearchReplace:
    """The format `search-replace`, after `editblock_coder` and its prompts in Aider-AI/aider.

    Unlike there, markers stand in the first column, a block never takes its path from far above, and
    no other file is tried where a block doesn't fit.
    """

    name = "search-replace"
    starts = "<>"

    def evidence(self, reply: Reply) -> Evidence | None:
        """Sure: a SEARCH marker. Likely: a line that nearly is a marker. Complete blocks are spans."""
        found = scan(reply.lines)
        if found.first is None:
            return None if found.stray is None else Evidence(found.stray + 1, sure=False)
        spans = tuple((block.start + 1, block.end + 1) for block in found.blocks if block.fault is None)
        return Evidence(found.first + 1, sure=True, spans=spans)

    def read(self, reply: Reply) -> OperationEdits | Unusable:
        """One operation for the blocks of a path that follow each other."""
        reading = TextReading(self.name, reply)
        found = scan(reading.lines, reading.limits.operations)
        if len(found.blocks) > reading.limits.operations:
            reading.refuse_too_many("blocks")
            return reading.conclude("", _HINT)
        groups = _Groups(reading)
        for previous, block in zip([None, *found.blocks], found.blocks, strict=False):
            groups.take(block, previous)
        groups.finish()
        _tell_the_rest(reading, found, groups.named)
        return reading.conclude("no block is complete", _HINT)


class _Groups:
    """Blocks gathered into operations. `named` are the indexes of the lines that name their paths."""

    def __init__(self, reading: TextReading) -> None:
        self.named: set[int] = set()
        self._reading = reading
        self._path: str | None = None
        self._number = 0
        self._start = 0
        self._blocks: list[Block] = []

    def take(self, block: SearchBlock, previous: SearchBlock | None) -> None:
        paths = self._paths(block, previous)
        path = paths[0] if len(paths) == 1 else None
        if path is None or path != self._path:
            self.finish()
            self._path, self._start, self._number = path, block.start, self._reading.next_number()
        self._check(block, paths, path)
        lines = self._reading.lines
        self._blocks.append(Block(block.start + 1, tuple(block.old(lines)), tuple(block.new(lines))))

    def finish(self) -> None:
        """The operation of the blocks gathered so far."""
        if self._path is not None:
            operation = ChangeBlocks(self._path, tuple(self._blocks))
            self._reading.add(operation, self._start, self._number)
        self._path, self._blocks = None, []

    def _paths(self, block: SearchBlock, previous: SearchBlock | None) -> list[str]:
        """What is said to be the path; once, if all is well."""
        lines, floor = self._reading.lines, previous.end + 1 if previous else 0
        above, paths = block.start - 1, []
        if above >= floor and (path := path_of_line(lines[above])):
            paths.append(path)
            self.named.add(above)
            above -= 1
        if block.fence is not None and block.fence == above >= floor:
            paths += labels(lines, above, block.info, floor)
            near = range(max(floor, above - 2), above)
            self.named.update(index for index in near if path_of_line(lines[index]))
        if not paths and previous and self._path and block.before < previous.end:
            paths = [self._path]
        return list(dict.fromkeys(paths))

    def _check(self, block: SearchBlock, paths: Sequence[str], path: str | None) -> None:
        if block.fault is not None:
            self._refuse("block-markers", block.fault[1], _HINT, block.fault[0], path)
        elif not paths:
            message = f"the block at line {block.start + 1} doesn't say which file it is for"
            self._refuse("block-without-path", message, _PATH_HINT, block.start, None)
        elif path is None:
            told = " and ".join(f"`{shown(path)}`" for path in paths)
            message = f"the block at line {block.start + 1} names several files: {told}"
            self._refuse("labels-disagree", message, _PATH_HINT, block.start, None)
        elif (old := block.old(self._reading.lines)) and not any(line.strip(_BLANKS) for line in old):
            message = f"`{shown(path)}`: nothing but blank lines to search for"
            hint = "Leave no line there for a new file, or give lines that hold text."
            self._refuse("blank-search", message, hint, block.start, path)

    def _refuse(self, code: str, message: str, hint: str, index: int, path: str | None) -> None:
        self._reading.refuse(code, message, hint, index, self._number, path)


def _tell_the_rest(reading: TextReading, found: Scan, named: set[int]) -> None:
    """What stands outside of the blocks: prose, strays, a block that was cut."""
    for index in found.outside:
        if index not in named:
            reading.repair("prose", index)
            break
    if found.stray is not None:
        message = f"a marker outside of a block: {shown(reading.lines[found.stray])}"
        reading.refuse("block-markers", message, _HINT, found.stray)
    reading.truncated = reading.truncated or found.cut


SEARCH_REPLACE = SearchReplace()

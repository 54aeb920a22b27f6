"""One value of a reply after the other: read strictly, else leniently, else how far what failed reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from harness.edits.json_block import Block, block_at, closed_end, line_end
from harness.edits.json_checks import most_parts, too_deep, too_many_parts
from harness.edits.json_signs import BLANKS, NESTED, text_speaks
from harness.edits.json_walk import Node, Walk
from harness.edits.limits import Limits
from harness.edits.rejection import Rejection
from harness.edits.relaxed_json import CHARACTERS_PER_BYTE, RelaxedReader
from harness.edits.repairs import RepairName
from harness.paths import shown
from harness.strict_json import (
    BadNumberError,
    DuplicateKeyError,
    JSONDecodeError,
    TextDecoder,
    TooManyPartsError,
    decoder,
)

Kind = Literal["syntax", "content", "limit"]

_HINT = "Write strict JSON: double quotes, no trailing comma, line breaks in strings as \\n."


class UnreadError(Rejection):
    """A value can't be read.

    `kind`: it isn't JSON, from `position` on ("syntax"); it is, but has two readings or none
    ("content"); or reading has to stop here ("limit"). Of `node` the parts that are whole were complete.
    `is_stray` says that what stands at the position stands in the place of a comma or a colon.
    """

    def __init__(
        self, why: Rejection, kind: Kind, node: Node, position: int = 0, is_stray: bool = False
    ) -> None:
        super().__init__(why.code, why.message, why.hint)
        self.kind = kind
        self.node = node
        self.position = position
        self.is_stray = is_stray


class Values:
    """The values of one text. `repairs` are those made so far: what, and at which position."""

    def __init__(self, text: str, limits: Limits, strict: bool) -> None:
        self.text = text
        self.limits = limits
        self.repairs: list[tuple[RepairName, int]] = []
        self._last_block = -1, Block(0, False)
        self._decoder = TextDecoder(text, decoder(limits.json_integer_digits, most_parts=most_parts(limits)))
        self._relaxed = None if strict else RelaxedReader(limits)
        self._most_literal = CHARACTERS_PER_BYTE * limits.relaxed_bytes
        self._walk = Walk(text, self._decode, limits.operations, None if strict else self._comma)

    def read(self, start: int) -> tuple[Node, int]:
        """The value that begins at a bracket, and where it ends; raises UnreadError."""
        node = Node(start)
        if self._is_too_deep(start):
            raise UnreadError(too_deep(self.limits), "content", node)
        try:
            return node, self._fill(node)
        except JSONDecodeError as error:
            is_stray = error.msg.endswith("delimiter")
            raise UnreadError(self._not_json(node, error), "syntax", node, error.pos, is_stray) from None
        except DuplicateKeyError as error:
            message = f"the key `{shown(error.key)}` stands twice in one object"
            raise UnreadError(
                Rejection("duplicate-key", message, "Write it once."), "content", node
            ) from None
        except BadNumberError as error:
            raise UnreadError(Rejection("bad-number", str(error), "Leave it out."), "content", node) from None
        except RecursionError:
            raise UnreadError(too_deep(self.limits), "limit", node) from None
        except TooManyPartsError:
            raise UnreadError(too_many_parts(self.limits), "limit", node) from None
        except Rejection as error:
            raise UnreadError(error, "limit", node) from None

    def _is_too_deep(self, start: int) -> bool:
        """Whether a value is nested too deeply from its beginning on, which a decoder need not follow."""
        nested = NESTED.match(self.text, start)
        return nested is not None and sum(map(nested[0].count, "{[")) > 2 * self.limits.json_depth

    def end_of(self, unread: UnreadError) -> int:
        """How far a value that can't be read reaches, to the end of a line."""
        starts = {unread.node.start, unread.node.failed().start}
        return max(self._end_at(unread.position), *(self._block(start).end for start in starts))

    def is_closed(self, unread: UnreadError) -> bool:
        """Whether a value that can't be read ends in its closing bracket all the same."""
        return self._block(unread.node.start).closed

    def _fill(self, node: Node) -> int:
        """Read into the node part by part; where that fails, the value as a whole leniently."""
        made = len(self.repairs)
        try:
            return self._walk.fill(node)
        except JSONDecodeError:
            found = None if node.kind == "plain" else self._leniently(node.start, made, self._most_literal)
            if not found:
                raise
        node.kind, node.parts, node.value, node.whole = "plain", [], found[0], True
        return found[1]

    def _decode(self, start: int) -> tuple[Any, int]:
        """A value in one go, and where it ends; raises JSONDecodeError."""
        try:
            return self._decoder.value_at(start)
        except JSONDecodeError:
            found = self._leniently(start, len(self.repairs), len(self.text))
            if not found:
                raise
            return found

    def _leniently(self, start: int, made: int, most: int) -> tuple[Any, int] | None:
        """The value that one line, or one block of lines, is for certain; and where it ends.

        It has at most so many characters. Its repairs take the place of those behind the `made` first ones.
        """
        if self._relaxed is None or not self.text.startswith(("{", "["), start):
            return None
        for end in self._candidates(start, start + most):
            # What doesn't speak for an edit is prose, however it could be read.
            if text_speaks(self.text, start, end) and (found := self._relaxed.read(self.text[start:end])):
                self.repairs[made:] = [(name, start) for name in found.repairs]
                return found.value, end
        return None

    def _candidates(self, start: int, until: int) -> Iterator[int]:
        """Where the value may end: at a closing bracket that ends its line, or its block of lines."""
        line = line_end(self.text, start)
        if (end := closed_end(self.text, start, line)) > start:
            yield end
        # Looked for only where the line alone is no value, lest every line looks through all others.
        block = block_at(self.text, start, until) if until < len(self.text) else self._block(start)
        if block.closed and line != block.end:
            yield closed_end(self.text, start, block.end)

    def _block(self, start: int) -> Block:
        if self._last_block[0] != start:
            self._last_block = start, block_at(self.text, start)
        return self._last_block[1]

    def _comma(self, position: int) -> None:
        self.repairs.append(("trailing-comma", position))

    def _end_at(self, position: int) -> int:
        """The end of the last line that was read up to a position, at least in part."""
        begin = self.text.rfind("\n", 0, position)
        is_unread = not self.text[begin + 1 : position].strip(BLANKS)
        return begin if is_unread else line_end(self.text, position)

    def _not_json(self, node: Node, error: JSONDecodeError) -> Rejection:
        lines = self.text.count("\n", node.failed().start, error.pos)
        column = error.pos - self.text.rfind("\n", 0, error.pos)
        where = f"line {lines + 1} of it, column {column}" if lines else f"column {column}"
        return Rejection("bad-json", f"not JSON: {error.msg} at {where}", _HINT)

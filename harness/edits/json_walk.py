"""A JSON value read part by part, so that what is complete in it is known, and where each part stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any, Literal

from harness.edits.json_signs import WRAPPER, WRAPPER_KEYS
from harness.edits.rejection import Rejection
from harness.strict_json import DuplicateKeyError

Kind = Literal["plain", "array", "object"]
Decode = Callable[[int], tuple[Any, int]]

_SPACE = re.compile(r"[ \t\r\n]*+")


@dataclass(slots=True)
class Node:
    """A value that begins at `start`: decoded (`value`), or an array or object in `parts`.

    `key` is its name in the object around it. What isn't `whole` ended before it was complete; its
    parts that are whole were complete.
    """

    start: int
    key: str = ""
    kind: Kind = "plain"
    value: Any = None
    parts: list[Node] = field(default_factory=list)
    whole: bool = False

    def plain(self) -> Any:
        """The value as JSON has it."""
        if self.kind == "array":
            return [part.plain() for part in self.parts]
        if self.kind == "object":
            return {part.key: part.plain() for part in self.parts}
        return self.value

    def failed(self) -> Node:
        """The innermost part at which reading ended."""
        return self.parts[-1].failed() if self.parts and not self.parts[-1].whole else self

    def opened(self) -> Node:
        """The node with its parts; those of a decoded value count as standing where it does."""
        if isinstance(self.value, dict):
            parts = [Node(self.start, key, "plain", item, whole=True) for key, item in self.value.items()]
            return Node(self.start, self.key, "object", None, parts, whole=True)
        if isinstance(self.value, list):
            parts = [Node(self.start, "", "plain", item, whole=True) for item in self.value]
            return Node(self.start, self.key, "array", None, parts, whole=True)
        return self


class Walk:
    """Reads the arrays and wrappers of one text. Their items, and every other value, `decode` reads.

    `decode` gives the value at a position and where it ends, and raises JSONDecodeError. `most` is how
    many items a list may have. `on_comma` is told where one stands in front of a closing bracket; None
    where that is an error.
    """

    def __init__(self, text: str, decode: Decode, most: int, on_comma: Callable[[int], None] | None) -> None:
        self.text = text
        self.decode = decode
        self.most = most
        self.on_comma = on_comma

    def fill(self, node: Node) -> int:
        """Read the value at the node's start into it; its end. What was complete stays if this raises."""
        if self.text.startswith("[", node.start):
            return self._array(node, self._item)
        if WRAPPER.match(self.text, node.start):
            return self._object(node, self._member)
        return self._plain(node)

    def _plain(self, node: Node) -> int:
        node.value, end = self.decode(node.start)
        node.whole = True
        return end

    def _item(self, node: Node) -> int:
        """An item of an array, which may be a wrapper; arrays in arrays are read in one go."""
        if WRAPPER.match(self.text, node.start):
            return self._object(node, self._member)
        return self._plain(node)

    def _member(self, node: Node) -> int:
        """A value of a wrapper: its list is read item by item."""
        if node.key in WRAPPER_KEYS and self.text.startswith("[", node.start):
            return self._array(node, self._plain)
        if node.key in WRAPPER_KEYS and self.text.startswith("{", node.start):
            return self._object(node, self._plain)
        return self._plain(node)

    def _array(self, node: Node, read: Callable[[Node], int]) -> int:
        node.kind = "array"
        return self._parts(node, "]", Node, read)

    def _object(self, node: Node, read: Callable[[Node], int]) -> int:
        node.kind = "object"
        seen: set[str] = set()
        return self._parts(node, "}", lambda position: self._keyed(position, seen), read)

    def _parts(
        self, node: Node, closer: str, begin: Callable[[int], Node], read: Callable[[Node], int]
    ) -> int:
        position = self._skip(node.start + 1)
        while not self.text.startswith(closer, position):
            if len(node.parts) >= self.most:
                message = f"a list of more than {self.most} items"
                raise Rejection("too-many-operations", message, "Send fewer.")
            part = begin(position)
            node.parts.append(part)
            position = self._skip(read(part))
            if not self.text.startswith(closer, position):
                position = self._behind_comma(position, closer)
        node.whole = True
        return position + 1

    def _keyed(self, position: int, seen: set[str]) -> Node:
        """What begins behind a key and its colon."""
        if not self.text.startswith('"', position):
            raise self._error("Expecting property name enclosed in double quotes", position)
        key, end = self.decode(position)
        if key in seen:
            raise DuplicateKeyError(key)
        seen.add(key)
        position = self._skip(end)
        if not self.text.startswith(":", position):
            raise self._error("Expecting ':' delimiter", position)
        return Node(self._skip(position + 1), key)

    def _behind_comma(self, position: int, closer: str) -> int:
        """Behind the comma that has to follow a part with others behind it."""
        if not self.text.startswith(",", position):
            raise self._error("Expecting ',' delimiter", position)
        behind = self._skip(position + 1)
        if self.text.startswith(closer, behind):
            if self.on_comma is None:
                raise self._error("Illegal trailing comma", position)
            self.on_comma(position)
        return behind

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def _error(self, what: str, position: int) -> JSONDecodeError:
        return JSONDecodeError(what, "", position)  # with the text it would count lines

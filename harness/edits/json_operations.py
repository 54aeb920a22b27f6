"""Operations out of decoded JSON values: arrays and wrappers opened, each item checked, all problems kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.edits.file_items import as_operation
from harness.edits.json_checks import check_value
from harness.edits.json_signs import value_speaks
from harness.edits.json_walk import Node
from harness.edits.limits import Limits
from harness.edits.model import Meta, Numbered, Problem
from harness.edits.operation_schema import KNOWN_TYPES, SchemaProblem, unknown, validate
from harness.edits.rejection import Rejection
from harness.edits.repairs import RepairName
from harness.edits.wrappers import is_wrapper, unwrap

MOST_PROBLEMS = 100


class Lines:
    """The line (from 1) of positions in a text that begins with a line break; cheap from near to near."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = self.line = 0

    def at(self, position: int) -> int:
        if position >= self.position:
            self.line += self.text.count("\n", self.position, position)
        else:
            self.line -= self.text.count("\n", position, self.position)
        self.position = position
        return self.line


@dataclass
class Found:
    """What the values read so far hold. `stopped`: a limit was met, and no more is to be read.

    `unknown` are objects with an unknown type that nothing else speaks for: prose, if there are operations.
    """

    limits: Limits
    lines: Lines
    operations: list[Numbered] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    repairs: dict[RepairName, int] = field(default_factory=dict)
    unknown: list[Problem] = field(default_factory=list)
    meta: Meta | None = None
    count: int = 0
    stopped: bool = False

    def take(self, node: Node, is_meant: bool = False) -> bool:
        """Take a value; False where it is prose, as nothing in it speaks for an edit."""
        value = node.plain()
        if not (is_meant or _is_typed(value) or value_speaks(value)):
            self._suspect(node.start, value)
            return False
        self._take_parts(node if node.kind != "plain" or not isinstance(value, list) else node.opened())
        return True

    def take_cut(self, node: Node) -> None:
        """Take what is complete of an array or a wrapper that was cut; of anything else nothing is."""
        if node.kind == "array" or (node.kind == "object" and is_wrapper(node)):
            self._take_parts(node)

    def reject(self, why: Rejection, start: int, is_operation: bool = True) -> None:
        operation = None
        if is_operation:
            self.count += 1
            operation = self.count
        message = why.message
        if len(self.problems) + 1 >= MOST_PROBLEMS:
            message += f"; nothing was read behind this problem, the {MOST_PROBLEMS}th"
            self.stopped = True
        line = self.lines.at(start)
        self.problems.append(Problem(why.code, message, why.hint, why.path, operation, line))
        self._stop_at_limit(start)

    def stop(self, why: Rejection, start: int) -> None:
        """End the reading for a reason that outweighs all others."""
        self.problems = [Problem(why.code, why.message, why.hint, line=self.lines.at(start))]
        self.stopped = True

    def repair(self, name: RepairName, start: int) -> None:
        """Repairs are named once, where they were first needed."""
        self.repairs[name] = min(start, self.repairs.get(name, start))

    def _take_parts(self, node: Node) -> None:
        if node.kind != "array":
            return self._take_item(node, None)
        self.repair("array", node.start)
        for part in node.parts:
            if self.stopped:
                return None
            self._take_item(part, None)
        return None

    def _take_item(self, node: Node, mode: str | None, in_wrapper: bool = False) -> None:
        """One item; `mode` is that of a file item that names none."""
        value = node.value
        if not in_wrapper and not _is_typed(value):
            opened = node.opened()
            if opened.kind == "object" and is_wrapper(opened):
                return self._take_wrapper(opened)
            value = node.plain()
        if not node.whole:
            return None
        if not isinstance(value, dict):
            return self.reject(_no_object(value), node.start)
        return self._take_object(node.start, value, mode)

    def _take_wrapper(self, node: Node) -> None:
        self.repair("wrapper", node.start)
        wrapped = unwrap(node)
        if wrapped.meta is not None:
            self._take_meta(wrapped.meta, node.start)
        for problem in wrapped.problems:
            self.reject(problem, node.start, is_operation=False)
        for part in wrapped.parts:
            if self.stopped:
                return
            self._take_item(part.node, part.mode, in_wrapper=True)

    def _take_object(self, start: int, value: dict[str, Any], mode: str | None) -> None:
        try:
            check_value(value, self.limits)
            found = validate(as_operation(value, mode), self.limits)
        except SchemaProblem as problem:
            return self.reject(problem, start, is_operation=not problem.is_meta)
        except Rejection as problem:
            return self.reject(problem, start)
        if isinstance(found, Meta):
            return self._take_meta(found, start)
        self.count += 1
        self.operations.append(Numbered(self.count, self.lines.at(start), found))
        return self._stop_at_limit(start)

    def _take_meta(self, meta: Meta, start: int) -> None:
        if self.meta is not None:
            second = Rejection("meta-repeated", "a second `meta` in one reply", "Send one.")
            self.reject(second, start, is_operation=False)
        self.meta = meta

    def _suspect(self, start: int, value: object) -> None:
        """Remember objects with a type that is unknown, should there be no operations at all."""
        for item in value if isinstance(value, list) else [value]:
            if len(self.unknown) < MOST_PROBLEMS and isinstance(item, dict) and "type" in item:
                why = unknown(item)
                number = len(self.unknown) + 1
                line = self.lines.at(start)
                self.unknown.append(Problem(why.code, why.message, why.hint, None, number, line))

    def _stop_at_limit(self, start: int) -> None:
        if self.count > self.limits.operations:
            message = f"more than {self.limits.operations} operations in one reply"
            self.stop(Rejection("too-many-operations", message, "Send fewer."), start)


def _is_typed(value: object) -> bool:
    """Whether a value is an object of a known type, as nearly all are."""
    return isinstance(value, dict) and isinstance(kind := value.get("type"), str) and kind in KNOWN_TYPES


def _no_object(value: object) -> Rejection:
    if isinstance(value, list):
        message, hint = "an array within an array is no operation", "Write one array of operations."
        return Rejection("json-array", message, hint)
    message = "an item of an array is not an object"
    return Rejection("bad-operation", message, "Write each operation as an object.")

"""NDJSON line by line: operations, `meta`, what is skipped and what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.edits.formats import is_fence
from harness.edits.json_line import JsonProblem, parse_object
from harness.edits.limits import Limits
from harness.edits.model import Meta, Numbered, Problem, Repair
from harness.edits.operation_schema import SchemaProblem, validate
from harness.edits.rejection import Rejection

EXPECTED = (
    'Write one JSON object a line, as {"type":"create","file_path":"src/a.py","content":"…"}, '
    "or a git unified diff."
)
BLANKS = " \t\r"

_NUMBERING = re.compile(r"\d{1,6}[.)][ \t]+(?=\{[ \t]*\")")
_ARRAY_OF_OBJECTS = re.compile(r"\[[ \t]*\{")


def unnumbered(text: str) -> str:
    """A line without the number of a list before its object."""
    numbering = _NUMBERING.match(text)
    return text[numbering.end() :] if numbering else text


@dataclass
class Reading:
    """What has been read so far, line by line."""

    limits: Limits
    truncated: bool
    operations: list[Numbered] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    meta: Meta | None = None
    count: int = 0

    def take(self, number: int, line: str, is_last: bool) -> bool:
        """Read one line; False where the limits end the reading."""
        if line.endswith("\r"):
            self.repair("crlf", number)
        numbered = line.strip(BLANKS)
        if not numbered:
            return True
        text = unnumbered(numbered)
        if text != numbered:
            self.repair("numbering", number)
        if text.startswith("{"):
            return self.take_object(number, text, is_last)
        if _ARRAY_OF_OBJECTS.match(text):
            message = "an array of objects is not an operation"
            return self.reject(Rejection("json-array", message, EXPECTED), number)
        self.repair("fence" if is_fence(text) else "prose", number)
        return True

    def take_object(self, number: int, text: str, is_last: bool) -> bool:
        try:
            found = validate(parse_object(text, self.limits), self.limits)
        except JsonProblem as problem:
            if is_last and self.is_cut(problem):
                # The beginning of an object is dropped whole, however much of it can be read.
                self.truncated = True
                return False
            return self.reject(problem, number)
        except SchemaProblem as problem:
            return self.reject(problem, number, is_operation=not problem.is_meta)
        if isinstance(found, Meta):
            return self.take_meta(number, found)
        self.count += 1
        self.operations.append(Numbered(self.count, number, found))
        return self.within_limit(number)

    def take_meta(self, number: int, meta: Meta) -> bool:
        if self.meta is not None:
            second = Rejection("meta-repeated", "a second `meta` in one reply", "Send one.")
            return self.reject(second, number, is_operation=False)
        self.meta = meta
        return True

    def is_cut(self, problem: JsonProblem) -> bool:
        """Whether the last line failed because the reply ends in it."""
        return problem.shape == "cut" or (self.truncated and problem.shape == "malformed")

    def reject(self, why: Rejection, number: int, is_operation: bool = True) -> bool:
        operation = None
        if is_operation:
            self.count += 1
            operation = self.count
        problem = Problem(why.code, why.message, why.hint, why.path, operation, number)
        self.problems.append(problem)
        return self.within_limit(number)

    def within_limit(self, number: int) -> bool:
        if max(self.count, len(self.problems)) <= self.limits.operations:
            return True
        message = f"more than {self.limits.operations} operations in one reply"
        self.problems = [Problem("too-many-operations", message, "Send fewer.", line=number)]
        return False

    def repair(self, name: str, number: int) -> None:
        """Repairs are named once, where they were first needed."""
        if all(repair.name != name for repair in self.repairs):
            self.repairs.append(Repair(name, number))

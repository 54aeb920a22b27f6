"""What the formats of plain text share: a reply's lines, and the account of what was read from them."""

from __future__ import annotations

from harness.edits.formats import Reply
from harness.edits.model import AnyOperation, Numbered, OperationEdits, Problem, Unusable
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair, RepairName
from harness.paths import shown

_HINT = "Send the reply as UTF-8 text. Binary content goes into a `git diff --binary`."


class BadLine(Rejection):
    """Why a part of a reply can't be read, and the index of the line that shows it."""

    def __init__(self, code: str, message: str, hint: str, index: int) -> None:
        super().__init__(code, message, hint)
        self.index = index


class TextReading:
    """The lines of a reply, without their ends, and what has been read from them so far.

    `lines` is empty where the reply is no text; `problems` then says so. Lines and operations are
    numbered from 1 wherever they are told; as indexes of `lines` they count from 0.
    """

    def __init__(self, name: str, reply: Reply) -> None:
        self.name = name
        self.limits = reply.limits
        self.strict = reply.strict
        self.truncated = reply.truncated
        self.operations: list[Numbered] = []
        self.problems: list[Problem] = []
        self.repairs: list[Repair] = [*reply.repairs]
        self.lines: list[str] = []
        self._count = 0
        self._repaired = {(repair.name, repair.path) for repair in reply.repairs}
        self._read(reply.data)

    @property
    def full(self) -> bool:
        """Whether there is more than the limits admit, so that reading on is of no use."""
        return max(self._count, len(self.problems)) > self.limits.operations

    def next_number(self) -> int:
        """The number of one more operation, good or bad."""
        self._count += 1
        return self._count

    def add(self, operation: AnyOperation, index: int, number: int | None = None) -> None:
        """Take an operation that begins at this index."""
        number = self.next_number() if number is None else number
        self.operations.append(Numbered(number, index + 1, operation))

    def refuse(
        self,
        code: str,
        message: str,
        hint: str,
        index: int | None = None,
        number: int | None = None,
        path: str | None = None,
    ) -> None:
        """Note what makes the reply unusable."""
        line = None if index is None else index + 1
        self.problems.append(Problem(code, message, hint, path, number, line))

    def reject(self, bad: BadLine, number: int, path: str) -> None:
        """Note what is wrong with the operation of this number on this path."""
        message = f"`{shown(path)}`: {bad.message}"
        self.refuse(bad.code, message, bad.hint, bad.index, number, path)

    def refuse_too_many(self, parts: str) -> None:
        """Refuse the reply for having more parts than the limit, whatever else is wrong."""
        message = f"more than {self.limits.operations} {parts} in one reply"
        self.problems = [Problem("too-many-operations", message, "Send fewer.")]

    def repair(self, name: RepairName, index: int, path: str | None = None) -> None:
        """Name a repair, once for the reply or for a path, where it was first needed."""
        if (name, path) not in self._repaired:
            self._repaired.add((name, path))
            self.repairs.append(Repair(name, index + 1, path=path))

    def conclude(self, nothing: str, hint: str) -> OperationEdits | Unusable:
        """The operations, or why there are none; `nothing` says what a reply without any lacks."""
        if self.full:
            self.refuse_too_many("operations")
        if not self.problems and not self.operations:
            why = "the reply was cut before its first one was complete" if self.truncated else nothing
            self.problems = [Problem("no-edits", f"no edits: {why}", hint)]
        repairs = tuple(self.repairs)
        if self.problems:
            bad = {problem.operation for problem in self.problems}
            good = tuple(n.number for n in self.operations if n.number not in bad)
            return Unusable(tuple(self.problems), self.name, good, self.truncated, repairs)
        return OperationEdits(tuple(self.operations), None, self.truncated, repairs, self.name)

    def _read(self, data: bytes) -> None:
        text = self._decoded(data)
        if "\0" in text:
            self.refuse("nul-byte", "the reply holds a NUL byte", _HINT)
            return
        first = text.find("\r\n")
        if first >= 0 or text.endswith("\r"):
            self.repair("crlf", text.count("\n", 0, first if first >= 0 else len(text)))
            text = text.replace("\r\n", "\n").removesuffix("\r")
        self.lines = text.split("\n")
        if not self.lines[-1]:
            self.lines.pop()

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data" and error.end == len(data):
                # Only a cut leaves half a character; a mark keeps the last line from looking whole.
                self.truncated = True
                return data[: error.start].decode() + "\ufffd"
        self.refuse("not-utf8", "the reply is not UTF-8 text", _HINT)
        return ""

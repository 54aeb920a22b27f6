"""Operations, one after the other, to the whole content of every file they touch. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.base_blob import check_base
from harness.edits.claims import Claims
from harness.edits.file_operations import FileOperations
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import (
    AnyOperation,
    ChangeBlocks,
    Modify,
    Numbered,
    OperationEdits,
    PlannedTree,
    Problem,
    Rename,
    Unusable,
)
from harness.edits.planned_state import PlannedState, TreeReader
from harness.edits.rejection import Rejection
from harness.edits.text_changes import PartRejection, is_skipped
from harness.edits.text_work import Work
from harness.paths import PathProblem, RepoPath

__all__ = ["TreeReader", "plan"]

_PATH_TOLD = 4096
_PATH_HINT = "Write the plain path from the repository's root, with `/` between its parts."


def plan(
    edits: OperationEdits, start: TreeReader, limits: Limits = DEFAULT_LIMITS, strict: bool = False
) -> PlannedTree | Unusable:
    """What the operations make of the start tree, or every reason why they can't be done; never raises.

    A refused path has a `path-…` code. With any problem nothing is planned, and `good` lists the
    operations that had none. Under `strict` nothing is overlooked: blocks match exactly, and the line
    ends of a whole content are taken as they stand.
    """
    planner = _Planner(edits, start, limits, strict)
    for numbered in edits.operations:
        planner.take(numbered)
    if planner.problems:
        problems, good = tuple(planner.problems), tuple(planner.good)
        return Unusable(problems, edits.format, good, edits.truncated, edits.repairs, edits.total)
    return PlannedTree(
        files=planner.state.files(),
        declared=frozenset(planner.declared),
        created=frozenset(planner.doing.created),
        applied=planner.applied,
        skipped=tuple(planner.skipped),
        repairs=tuple(planner.doing.repairs),
    )


class _Planner:
    """The account of the operations, one by one."""

    def __init__(self, edits: OperationEdits, start: TreeReader, limits: Limits, strict: bool) -> None:
        self.state = PlannedState(start)
        operations = (numbered.operation for numbered in edits.operations)
        self.doing = FileOperations(self.state, Work(limits), operations, strict)
        self.problems: list[Problem] = []
        self.good: list[int] = []
        self.declared: set[str] = set()
        self.skipped: list[int] = []
        self.applied = 0
        self._claims = Claims()
        # Paths of rejected operations: what follows on them would only repeat the first problem.
        self._doubtful: set[str] = set()

    def take(self, numbered: Numbered) -> None:
        """Do one operation, or note why it can't be done."""
        texts = _path_texts(numbered.operation)
        paths = [found for text in texts if (found := self._path(text, numbered)) is not None]
        if len(paths) < len(texts) or self._doubtful.intersection(paths):
            self._doubtful.update(paths)
            return
        try:
            self._do(numbered, paths)
            self.good.append(numbered.number)
        except Rejection as rejection:
            self._doubtful.update(paths)
            self._note(numbered, rejection, rejection.path if rejection.path is not None else paths[0])

    def _path(self, text: str, numbered: Numbered) -> RepoPath | None:
        try:
            return RepoPath.parse(text)
        except PathProblem as problem:
            told = text if len(text) <= _PATH_TOLD else f"{text[:_PATH_TOLD]}…"
            self._note(numbered, Rejection(problem.code, problem.message, _PATH_HINT), told)
            return None

    def _note(self, numbered: Numbered, rejection: Rejection, path: str) -> None:
        line = rejection.line if isinstance(rejection, PartRejection) else None
        message = f"{_name(numbered.operation)}: {rejection.message}"
        problem = Problem(
            rejection.code,
            message,
            rejection.hint,
            path,
            numbered.number,
            line or numbered.line,
            rejection.nearest,
        )
        self.problems.append(problem)

    def _do(self, numbered: Numbered, paths: Sequence[RepoPath]) -> None:
        operation = numbered.operation
        if _does_less(operation):
            self.skipped.append(numbered.number)
        if _does_nothing(operation):
            return
        does = self.doing.does(operation, paths[0])
        self._claims.add(does, paths)
        check_base(operation.base_blob, paths[0], self.state.file(paths[0]), creates=does == "create")
        self.doing.do(operation, paths)
        self.declared.update(paths)
        self.applied += 1


def _does_less(operation: AnyOperation) -> bool:
    """Whether an operation, or a part of it, changes nothing by definition."""
    if isinstance(operation, Modify):
        return not operation.operations or any(map(is_skipped, operation.operations))
    return isinstance(operation, ChangeBlocks) and not operation.blocks


def _does_nothing(operation: AnyOperation) -> bool:
    if isinstance(operation, Modify):
        return all(map(is_skipped, operation.operations or ()))
    return isinstance(operation, ChangeBlocks) and not operation.blocks


def _path_texts(operation: AnyOperation) -> tuple[str, ...]:
    if isinstance(operation, Rename):
        return operation.file_path, operation.new_path
    return (operation.file_path,)


def _name(operation: AnyOperation) -> str:
    """What an operation is called, where it is no wire operation."""
    return {"blocks": "change", "write_file": "write"}.get(operation.type, operation.type)

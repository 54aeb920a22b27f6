"""Operations, one after the other, to the whole content of every file they touch. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.base_blob import check_base
from harness.edits.claims import Claims
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import (
    Create,
    Delete,
    Mode,
    Modify,
    Numbered,
    OperationEdits,
    PlannedTree,
    Problem,
    Rename,
    ReplaceFile,
    Unusable,
)
from harness.edits.operation_schema import OperationModel
from harness.edits.planned_state import (
    GITLINK,
    REGULAR,
    PlannedFile,
    PlannedState,
    TreeReader,
)
from harness.edits.rejection import Rejection
from harness.edits.text_changes import Work, change_content, is_skipped
from harness.paths import PathProblem, RepoPath

__all__ = ["TreeReader", "plan"]

_PATH_HINT = "Write the plain path from the repository's root, with `/` between its parts."


def plan(edits: OperationEdits, start: TreeReader, limits: Limits = DEFAULT_LIMITS) -> PlannedTree | Unusable:
    """What the operations make of the start tree, or every reason why they can't be done.

    A refused path has a `path-…` code. With any problem nothing is planned, and `good` lists the
    operations that had none.
    """
    planner = _Planner(start, limits)
    for numbered in edits.operations:
        planner.take(numbered)
    if planner.problems:
        problems, good = tuple(planner.problems), tuple(planner.good)
        return Unusable(problems, edits.format, good, edits.truncated, edits.repairs)
    return PlannedTree(
        files=planner.state.files(),
        declared=frozenset(planner.declared),
        created=frozenset(planner.created),
        applied=planner.applied,
        skipped=tuple(planner.skipped),
    )


class _Planner:
    """The planned state and the account of it, operation by operation."""

    def __init__(self, start: TreeReader, limits: Limits) -> None:
        self.state = PlannedState(start)
        self.work = Work(limits)
        self.problems: list[Problem] = []
        self.good: list[int] = []
        self.declared: set[str] = set()
        self.created: set[str] = set()
        self.skipped: list[int] = []
        self.applied = 0
        self._claims = Claims()
        # Paths of rejected operations: what follows on them would only repeat the first problem.
        self._doubtful: set[str] = set()

    def take(self, numbered: Numbered) -> None:
        """Do one operation, or note why it can't be done."""
        operation = numbered.operation
        texts = _path_texts(operation)
        paths = [found for text in texts if (found := self._path(text, numbered)) is not None]
        if len(paths) < len(texts) or self._doubtful.intersection(paths):
            self._doubtful.update(paths)
            return
        try:
            self._do(numbered, paths)
            self.good.append(numbered.number)
        except Rejection as rejection:
            self._doubtful.update(paths)
            path = rejection.path if rejection.path is not None else paths[0]
            self._note(numbered, rejection.code, rejection.message, rejection.hint, path)

    def _path(self, text: str, numbered: Numbered) -> RepoPath | None:
        try:
            return RepoPath.parse(text)
        except PathProblem as problem:
            self._note(numbered, problem.code, problem.message, _PATH_HINT, text)
            return None

    def _note(self, numbered: Numbered, code: str, message: str, hint: str, path: str) -> None:
        self.problems.append(Problem(code, message, hint, path, numbered.number, numbered.line))

    def _do(self, numbered: Numbered, paths: Sequence[RepoPath]) -> None:
        operation = numbered.operation
        if isinstance(operation, Modify):
            changes = operation.operations or ()
            if any(is_skipped(change) for change in changes) or not changes:
                self.skipped.append(numbered.number)
            if all(is_skipped(change) for change in changes):
                return
        self._claims.add(operation, paths)
        check_base(operation, paths[0], self.state.file(paths[0]))
        match operation:
            case Create():
                self._create(paths[0], operation)
            case ReplaceFile():
                self._replace_file(paths[0], operation)
            case Modify():
                self._modify(paths[0], operation)
            case Delete():
                self._existing(paths[0])
                self.state.remove(paths[0])
            case Rename():
                self._rename(*paths)
            case Mode():
                self._set_mode(paths[0], operation)
        self.declared.update(paths)
        self.applied += 1

    def _create(self, path: RepoPath, operation: Create) -> None:
        self._place(path, PlannedFile(REGULAR, None, operation.content.encode()))
        self.created.add(path)

    def _place(self, path: RepoPath, file: PlannedFile) -> None:
        above = self.state.file_above(path)
        if above is not None:
            message = f"`{path}` needs `{above}` to be a folder, but that is a file or a link"
            raise Rejection("parent-not-folder", message)
        if self.state.is_folder(path):
            message = f"`{path}` is a folder, so no file can stand there"
            raise Rejection("is-folder", message, "Name a file in it, or another path.")
        self.state.put(path, file)

    def _existing(self, path: RepoPath) -> PlannedFile:
        file = self.state.file(path)
        if file is not None:
            return file
        if self.state.is_folder(path):
            raise Rejection("is-folder", f"`{path}` is a folder, not a file", "Name each file in it.")
        message = f"`{path}` does not exist"
        raise Rejection("file-missing", message, "Check the path; a new file is made by `create`.")

    def _regular(self, path: RepoPath) -> PlannedFile:
        file = self._existing(path)
        if not file.is_regular:
            kind = "submodule" if file.mode == GITLINK else "symbolic link"
            raise Rejection("not-a-file", f"`{path}` is a {kind}, not a file")
        return file

    def _replace_file(self, path: RepoPath, operation: ReplaceFile) -> None:
        file = self._regular(path)
        self.state.put(path, PlannedFile(file.mode, file.origin, operation.content.encode()))

    def _modify(self, path: RepoPath, operation: Modify) -> None:
        file = self._regular(path)
        try:
            content = self.state.content(file)
            content = change_content(content, operation.operations or (), self.work)
        except Rejection as rejection:
            message = f"`{path}`: {rejection.message}"
            raise Rejection(rejection.code, message, rejection.hint) from None
        self.state.put(path, PlannedFile(file.mode, file.origin, content))

    def _rename(self, source: RepoPath, target: RepoPath) -> None:
        file = self._existing(source)
        if file.mode == GITLINK:
            raise Rejection("not-a-file", f"`{source}` is a submodule, not a file")
        if self.state.file(target) is not None:
            message = f"`{source}` can't become `{target}`, which exists already"
            hint = "Choose another name, or replace that file's content."
            raise Rejection("target-exists", message, hint, target)
        # The source goes first: a file may move into a folder of its own name.
        self.state.remove(source)
        try:
            self._place(target, file)
        except Rejection as rejection:
            self.state.put(source, file)
            raise Rejection(rejection.code, rejection.message, rejection.hint, target) from None

    def _set_mode(self, path: RepoPath, operation: Mode) -> None:
        file = self._regular(path)
        self.state.put(path, PlannedFile(operation.mode, file.origin, file.content, file.source))


def _path_texts(operation: OperationModel) -> tuple[str, ...]:
    if isinstance(operation, Rename):
        return operation.file_path, operation.new_path
    return (operation.file_path,)

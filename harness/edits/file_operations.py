"""What each type of operation makes of the planned state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.edits.block_changes import change_blocks, creates
from harness.edits.elisions import elided_line
from harness.edits.line_ends import BYTE_ORDER_MARK, encoded, has_crlf, with_crlf
from harness.edits.model import (
    AnyOperation,
    ChangeBlocks,
    Create,
    Delete,
    Mode,
    Modify,
    Rename,
    ReplaceFile,
    WriteFile,
)
from harness.edits.nearest import most_alike
from harness.edits.planned_state import GITLINK, REGULAR, PlannedFile, PlannedState
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair, RepairName
from harness.edits.text_changes import PartRejection, change_content
from harness.edits.text_work import Work
from harness.paths import RepoPath, shown

_NAMES_TOLD = 3
_NAMES_ALIKE = 0.7


class FileOperations:
    """Does operations to a state; `created` are the paths made new, `repairs` what had to be overlooked."""

    def __init__(
        self, state: PlannedState, work: Work, operations: Iterable[AnyOperation], strict: bool
    ) -> None:
        self.created: set[str] = set()
        self.repairs: list[Repair] = []
        self._state = state
        self._work = work
        self._strict = strict
        # How many changes are still to come on a path: what can't be done in the end isn't begun.
        self._ahead: Counter[str] = Counter()
        for operation in operations:
            self._ahead[operation.file_path] += count_changes(operation)

    def does(self, operation: AnyOperation, path: RepoPath) -> str:
        """The type of the wire operation that would do the same."""
        match operation:
            case WriteFile():
                return "replace_file" if self._state.file(path) else "create"
            case ChangeBlocks():
                missing = self._state.file(path) is None
                return "create" if missing and creates(operation.blocks) else "modify"
            case _:
                return operation.type

    def do(self, operation: AnyOperation, paths: Sequence[RepoPath]) -> None:
        """Do one operation to its path (a rename: source and target); raises `Rejection`."""
        path = paths[0]
        match operation:
            case Create():
                self._create(path, _content_of(path, operation.content))
            case ReplaceFile():
                self._replace(path, operation)
            case WriteFile():
                self._write(path, operation)
            case Modify():
                self._modify(path, operation)
            case ChangeBlocks():
                self._change_blocks(path, operation)
            case Delete():
                self._existing(path)
                self._state.remove(path)
            case Rename():
                self._rename(path, paths[1])
            case Mode():
                self._set_mode(path, operation)

    def _create(self, path: RepoPath, content: bytes) -> None:
        self._place(path, PlannedFile(REGULAR, None, content))
        self.created.add(path)

    def _place(self, path: RepoPath, file: PlannedFile) -> None:
        above = self._state.file_above(path)
        if above is not None:
            message = f"`{path}` needs `{above}` to be a folder, but that is a file or a link"
            raise Rejection("parent-not-folder", message, "Choose another path.")
        if self._state.is_folder(path):
            message = f"`{path}` is a folder, so no file can stand there"
            raise Rejection("is-folder", message, "Name a file in it, or another path.")
        self._state.put(path, file)

    def _existing(self, path: RepoPath, or_else: str = "") -> PlannedFile:
        file = self._state.file(path)
        if file is not None:
            return file
        if self._state.is_folder(path):
            raise Rejection("is-folder", f"`{path}` is a folder, not a file", "Name each file in it.")
        if self._state.was_file(path):
            message = f"`{path}` does not exist any more, as an operation before removed it"
            raise Rejection("file-missing", message, "Say what becomes of it in one operation.")
        raise Rejection("file-missing", f"`{path}` does not exist", self._check_path(path) + or_else)

    def _check_path(self, path: RepoPath) -> str:
        """What to do about a path where there is nothing: the names it may be meant for."""
        folder, _, name = path.rpartition("/")
        names = self._state.names(folder)
        if not self._work.may_explain(sum(map(len, names))):
            return "Check the path."
        alike = [f"`{shown(names[index])}`" for index in most_alike(names, name, _NAMES_ALIKE)[:_NAMES_TOLD]]
        where = f"`{shown(folder)}`" if folder else "the root"
        return f"Check the path; {where} has {', '.join(alike)}." if alike else "Check the path."

    def _regular(self, path: RepoPath) -> PlannedFile:
        file = self._existing(path, " A new file is given with its whole content.")
        if not file.is_regular:
            kind = "submodule" if file.mode == GITLINK else "symbolic link"
            message = f"`{path}` is a {kind}, not a file"
            raise Rejection("not-a-file", message, "Name the file itself.")
        return file

    def _write(self, path: RepoPath, operation: WriteFile) -> None:
        """A format that knows no difference between a new file and another content of an old one."""
        if self._state.file(path) is None:
            self._create(path, _content_of(path, operation.content))
        else:
            self._replace(path, operation)

    def _replace(self, path: RepoPath, operation: ReplaceFile | WriteFile) -> None:
        file = self._regular(path)
        content = operation.content
        before = self._state.content(file)
        self._work.spend(len(before))
        text = before.decode("utf-8", "replace")
        _require_all(path, content, text)
        if not self._strict:
            content = self._as_before(path, operation, text)
        self._state.put(path, PlannedFile(file.mode, file.origin, _content_of(path, content)))

    def _as_before(self, path: RepoPath, operation: ReplaceFile | WriteFile, before: str) -> str:
        """The content, but with the line ends and the byte-order mark that the file has.

        A content without any CR in place of a file whose every line ends in CR LF gets these: whoever
        wrote it doesn't see them. The mark is kept only where the format can't tell it (`WriteFile`);
        JSON can. Each is a repair.
        """
        content = operation.content
        if "\n" in content and "\r" not in content and has_crlf(before):
            content = with_crlf(content)
            self._note("line-endings", path, "CR LF kept, as every line of the file had it")
        marked = before.startswith(BYTE_ORDER_MARK) and not content.startswith(BYTE_ORDER_MARK)
        if marked and isinstance(operation, WriteFile):
            content = BYTE_ORDER_MARK + content
            self._note("byte-order-mark", path, "kept, as the file had it")
        return content

    def _modify(self, path: RepoPath, operation: Modify) -> None:
        file = self._regular(path)
        content = self._content(path, file)
        changed = self._is_changed(path, file)
        try:
            content = change_content(content, operation.operations or (), self._work, changed=changed)
        except Rejection as problem:
            raise _on(path, problem) from None
        self._put_changed(path, file, content, operation)

    def _change_blocks(self, path: RepoPath, operation: ChangeBlocks) -> None:
        if self._state.file(path) is None and creates(operation.blocks):
            self._create(path, b"")
        file = self._regular(path)
        content = self._content(path, file)
        changed = self._is_changed(path, file)
        try:
            content, repairs = change_blocks(
                content, operation.blocks, self._work, strict=self._strict, changed=changed
            )
        except Rejection as problem:
            raise _on(path, problem) from None
        self.repairs += (replace(repair, path=path) for repair in repairs)
        self._put_changed(path, file, content, operation)

    def _content(self, path: RepoPath, file: PlannedFile) -> bytes:
        """The content to change, if all changes that are still to come on it are within the limit."""
        content = self._state.content(file)
        self._work.afford(len(content) * self._ahead[path])
        return content

    def _is_changed(self, path: RepoPath, file: PlannedFile) -> bool:
        """Whether whoever counts the lines of the file counts others than those of the start tree."""
        return file.content is not None and path not in self.created

    def _put_changed(
        self, path: RepoPath, file: PlannedFile, content: bytes, operation: AnyOperation
    ) -> None:
        self._ahead[path] -= count_changes(operation)
        self._state.put(path, PlannedFile(file.mode, file.origin, content))

    def _rename(self, source: RepoPath, target: RepoPath) -> None:
        file = self._existing(source)
        if file.mode == GITLINK:
            message = f"`{source}` is a submodule, not a file"
            raise Rejection("not-a-file", message, "Leave it where it is.")
        if self._state.file(target) is not None:
            message = f"`{source}` can't become `{target}`, which exists already"
            hint = "Choose another name, or replace that file's content."
            raise Rejection("target-exists", message, hint, target)
        # The source goes first: a file may move into a folder of its own name.
        self._state.remove(source)
        try:
            self._place(target, file)
        except Rejection as problem:
            self._state.put(source, file)
            raise Rejection(problem.code, problem.message, problem.hint, target) from None

    def _set_mode(self, path: RepoPath, operation: Mode) -> None:
        file = self._regular(path)
        self._state.put(path, PlannedFile(operation.mode, file.origin, file.content, file.source))

    def _note(self, name: RepairName, path: RepoPath, detail: str) -> None:
        self.repairs.append(Repair(name, detail=detail, path=path))


def count_changes(operation: AnyOperation) -> int:
    """How often an operation goes through the content of its file."""
    match operation:
        case Modify():
            return len(operation.operations or ())
        case ChangeBlocks():
            return len(operation.blocks)
        case _:
            return 0


def _require_all(path: RepoPath, content: str, before: str) -> None:
    """Refuse a content with a line that stands for some of what the file has; raises `Rejection`."""
    lines = [line.removesuffix("\r") for line in content.split("\n")]
    known = [line.removesuffix("\r") for line in before.split("\n")]
    # Where every line of the file is there still, nothing was left out.
    if not any(line.strip() for line in Counter(known) - Counter(lines)):
        return
    if (seen := elided_line(path, lines, frozenset(known))) is not None:
        told = shown(lines[seen].strip())
        message = f"`{path}`: line {seen + 1} of the content stands for what was left out: {told}"
        hint = "Send the whole content; or, to change a part of the file, `modify`."
        raise Rejection("elided-content", message, hint)


def _content_of(path: RepoPath, text: str) -> bytes:
    try:
        return encoded(text)
    except Rejection as problem:
        raise _on(path, problem) from None


def _on(path: RepoPath, problem: Rejection) -> Rejection:
    """The problem of a content, or of a part of an operation, as that of its file."""
    if isinstance(problem, PartRejection):
        problem.message = f"`{path}`, {problem.part}: {problem.message}"
    else:
        problem.message = f"`{path}`: {problem.message}"
    return problem

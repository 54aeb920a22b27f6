"""Whole files in fenced blocks that are labelled with their path, as aider's format `whole` has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.elisions import elided_line
from harness.edits.formats import Evidence, Reply
from harness.edits.markdown_fences import Fence, fences
from harness.edits.model import OperationEdits, Unusable, WriteFile
from harness.edits.other_edits import is_other_format, other_edits
from harness.edits.path_labels import is_markdown, labels, path_of_line
from harness.edits.text_reading import BadLine, TextReading
from harness.paths import shown

_BLANKS = " \t\r"
# `#!` begins the name of an interpreter, `--name` an option.
_COMMENT = re.compile(r"#(?!!)|//|--(?=[ \t])|;|/\*|<!--")
_SHELL = re.compile(r"(?:ba|z|fi|pow)?sh|shell|console|powershell", re.IGNORECASE)

_HINT = (
    "Write each file's path alone on the line above its fence, and the whole content between the fences, "
    "the outer ones longer than any fence in the content."
)


_LONGER = "Make the outer fence longer than every fence in the content."


class WholeFile:
    """The format `whole-file`, after `wholefile_coder` and its prompts in Aider-AI/aider; fences are
    those of CommonMark.

    Unlike there, a fence without a path of its own is prose, and what may have two readings is refused.
    """

    name = "whole-file"
    starts = "`~"

    def evidence(self, reply: Reply) -> Evidence | None:
        """Sure: a labelled fence in the first column that holds no edits of another format. Those that
        are closed are spans. Likely: an indented one, which may be context of a diff.
        """
        found = _files(reply.lines, fences(reply.lines), reply.limits.operations)
        files = [file.fence for file in found if not file.is_other]
        flush = [fence for fence in files if not fence.line.indent]
        if not files:
            return None
        spans = tuple((f.opening + 1, f.closing + 1) for f in flush if f.closing is not None)
        return Evidence((flush or files)[0].opening + 1, sure=bool(flush), spans=spans)

    def read(self, reply: Reply) -> OperationEdits | Unusable:
        """An operation for each file; one whose fence is not closed was cut and is dropped."""
        reading = TextReading(self.name, reply)
        found = fences(reading.lines)
        files = _files(reading.lines, found, reading.limits.operations)
        for file in files:
            if file.number > reading.limits.operations:
                reading.refuse_too_many("files")
                break
            _read_file(reading, file, ends_reply=not reply.data.endswith(b"\n"))
        _check_balance(reading, found, files)
        _check_unlabelled(reading, found, files)
        _tell_prose(reading, files)
        return reading.conclude("no fence is labelled with a path", _HINT)


@dataclass(frozen=True, slots=True)
class _File:
    """A labelled fence and its number. More than one path: its labels contradict each other."""

    number: int
    fence: Fence
    paths: tuple[str, ...]
    is_other: bool


def _files(lines: Sequence[str], found: Sequence[Fence], most: int) -> list[_File]:
    """The labelled fences; no more than one past `most`."""
    files: list[_File] = []
    floor = 0
    for fence in found:
        if len(files) > most:
            break
        if paths := labels(lines, fence.opening, fence.line.info, floor):
            is_other = is_other_format(fence.line.info, fence.content(lines))
            files.append(_File(len(files) + 1, fence, tuple(paths), is_other))
        floor = len(lines) if fence.closing is None else fence.closing + 1
    return files


def _read_file(reading: TextReading, file: _File, ends_reply: bool) -> None:
    """The operation of a labelled fence, or what is wrong with it."""
    number, fence, path = file.number, file.fence, file.paths[0]
    try:
        _check_fence(file)
        at_end = ends_reply and fence.closing == len(reading.lines) - 1
        # At the end of a reply that was cut, a closing fence may be the beginning of another opening.
        if fence.closing is None or (at_end and reading.truncated):
            reading.truncated = True
            return
        content = fence.content(reading.lines)
        _check_content(path, content, fence.opening + 1)
        text = "".join(f"{line}\n" for line in content)
        reading.add(WriteFile(path, text), fence.opening, number)
    except BadLine as bad:
        reading.reject(bad, number, path)


def _check_fence(file: _File) -> None:
    """Raises `BadLine` where the fence or its label can be read in two ways."""
    fence = file.fence
    if len(file.paths) > 1:
        others = " and ".join(f"`{shown(path)}`" for path in file.paths[1:])
        raise BadLine("labels-disagree", f"the fence is labelled with {others} too", _HINT, fence.opening)
    if file.is_other:
        hint = "Send all edits in one format, and no examples of another."
        raise BadLine("mixed-formats", "the fence holds edits of another format", hint, fence.opening)
    if fence.nested is not None:
        message = f"another fence begins in it, at line {fence.nested + 1}, so it has two readings"
        raise BadLine("ambiguous-fence", message, _LONGER, fence.nested)
    if fence.line.indent:
        message = "its fence is indented, so the content may be too"
        raise BadLine("indented-fence", message, "Begin the fence in the first column.", fence.opening)


def _check_content(path: str, content: Sequence[str], start: int) -> None:
    """Raises `BadLine` where the content may be none, or not all of it."""
    if (seen := other_edits(content)) is not None:
        message = "the content holds what reads as edits of another format"
        raise BadLine("edits-in-content", message, "Send this file as NDJSON or in a diff.", start + seen)
    if (seen := elided_line(path, content)) is not None:
        line = shown(content[seen].strip(_BLANKS))
        hint = "Send the whole content; or, to change a part of the file, NDJSON or a diff."
        raise BadLine("elided-content", f"a line stands for what was left out: {line}", hint, start + seen)


def _check_balance(reading: TextReading, found: Sequence[Fence], files: Sequence[_File]) -> None:
    """A fence behind a file's may be one of its content, if the file's own was no longer than that."""
    labelled = {file.fence.opening: file for file in files}
    last: _File | None = None
    previous: Fence | None = None
    for fence in found:
        if file := labelled.get(fence.opening):
            last = file
        elif fence.closing is None and fence.line.info:
            reading.truncated = True
        elif last is not None and _may_belong(fence, last, is_next=previous is last.fence):
            message = f"the fence at line {fence.opening + 1} may be part of its content"
            bad = BadLine("ambiguous-fence", message, _LONGER, fence.opening)
            reading.reject(bad, last.number, last.paths[0])
            return
        previous = fence


def _check_unlabelled(reading: TextReading, found: Sequence[Fence], files: Sequence[_File]) -> None:
    """Refuse a fence whose first line is a comment with nothing but a path: an example, or one more file."""
    labelled = {file.fence.opening for file in files}
    for fence in found if files else ():
        first = reading.lines[fence.opening + 1 : fence.opening + 2]
        if not first or fence.opening in labelled or _SHELL.match(fence.line.info):
            continue
        path = _commented_path(first[0])
        if path is not None:
            message = f"the fence has no label, and its first line names `{shown(path)}`"
            hint = (
                "Put the path alone on the line above the fence, or, if it is no file, leave that line out."
            )
            reading.refuse("ambiguous-fence", message, hint, fence.opening, path=path)
            return


def _commented_path(line: str) -> str | None:
    """The path that a line which is a comment consists of."""
    leader = _COMMENT.match(line)
    if leader is None:
        return None
    return path_of_line(line[leader.end() :].rstrip(_BLANKS).removesuffix("*/").removesuffix("-->"))


def _may_belong(fence: Fence, file: _File, is_next: bool) -> bool:
    """Whether the fences behind a file would balance only, or as well, if this one were within it."""
    outer = file.fence.line
    if fence.line.mark != outer.mark or fence.line.length < outer.length:
        return False
    in_text = is_next and is_markdown(file.paths[0]) and not fence.line.info
    return in_text or fence.nested is not None or fence.closing is None


def _tell_prose(reading: TextReading, files: Sequence[_File]) -> None:
    """Name the first line that belongs to no file."""
    start = 0
    for file in files:
        if _told(reading, start, file.fence.opening):
            return
        start = len(reading.lines) if file.fence.closing is None else file.fence.closing + 1
    _told(reading, start, len(reading.lines))


def _told(reading: TextReading, start: int, end: int) -> bool:
    for index in range(start, end):
        line = reading.lines[index]
        if line.strip(_BLANKS) and not (index >= end - 2 and path_of_line(line)):
            reading.repair("prose", index)
            return True
    return False


WHOLE_FILE = WholeFile()

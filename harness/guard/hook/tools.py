"""Agents' tools by name: what each would write or run.

Names and fields are those of Claude Code (Write, Edit, MultiEdit, NotebookEdit, Bash), Codex (apply_patch,
Bash) and Cursor (Write, Delete, StrReplace, Shell). A tool nobody here knows, an MCP server's for instance,
counts as a write where its name says so and it is given a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.guard.hook.patch_files import files_of_patch, holds_patch
from harness.guard.hook.tool_call import FileWrite, UnreadableError, text_of

_SHELLS = frozenset(
    {"bash", "shell", "powershell", "local_shell", "exec_command", "unified_exec", "run_terminal_cmd"}
)
_WRITERS = frozenset(
    {"write", "edit", "multiedit", "notebookedit", "delete", "strreplace", "editnotebook", "create"}
)
_PATCHERS = frozenset({"apply_patch", "applypatch"})
_WRITING = re.compile(
    r"(?:write|edit|create|delete|remove|move|rename|patch|replace|save|append|update|insert|truncate|mkdir)"
)
_PATH_KEYS = (
    *("file_path", "notebook_path", "path", "filePath", "target_file", "target_notebook", "filename"),
    *("source", "destination", "old_path", "new_path", "relative_path"),
)
# Lists of files, as paths or as objects that name one, which some tools take instead.
_PATH_LISTS = ("paths", "file_paths", "files")
_LIST_KEYS = (*_PATH_LISTS, "edits", "operations", "changes")
_NEW_KEYS = ("content", "contents", "new_string", "new_str", "new_source", "streamContent")
_OLD_KEYS = ("old_string", "old_str")


def writes_and_commands(name: str, values: Mapping[str, Any]) -> tuple[list[FileWrite], list[str]]:
    """(files the tool would write, shell commands it would run); UnreadableError where nobody can tell."""
    known = name.rpartition("__")[2].lower()
    if known in _PATCHERS:
        return _patch(_patch_text(values)), []
    if known in _SHELLS:
        command = _command(values)
        return (_patch(command) if holds_patch(command) else []), [command]
    if known in _WRITERS:
        return _required(name, values), []
    if _WRITING.search(known):
        return list(_writes(values)), []
    return [], []


def _required(name: str, values: Mapping[str, Any]) -> list[FileWrite]:
    found = list(_writes(values))
    if not found:
        raise UnreadableError(f"{name} names no file")
    return found


def _writes(values: Mapping[str, Any]) -> Iterator[FileWrite]:
    paths = [path for key in _PATH_KEYS if (path := text_of(values, key)) is not None]
    for path in paths:
        yield _write(path, values)
    for key in _LIST_KEYS:
        listed = values.get(key)
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, str) and key in _PATH_LISTS:
                yield FileWrite(item)
            elif isinstance(item, dict):
                yield from _listed(item, paths)


def _listed(item: Mapping[str, Any], paths: Sequence[str]) -> Iterator[FileWrite]:
    """The writes of one object in a list: to the files it names, else to those the call names."""
    own = [path for key in _PATH_KEYS if (path := text_of(item, key)) is not None]
    for path in own or paths:
        yield _write(path, item)


def _write(path: str, values: Mapping[str, Any]) -> FileWrite:
    return FileWrite(path, _first(values, _NEW_KEYS), _first(values, _OLD_KEYS))


def _first(values: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((value for key in keys if isinstance(value := values.get(key), str)), None)


def _command(values: Mapping[str, Any]) -> str:
    """The command as shell text; a list of words is quoted."""
    for key in ("command", "cmd"):
        value = values.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            import shlex

            return shlex.join(value)
    raise UnreadableError("the shell tool names no command")


def _patch_text(values: Mapping[str, Any]) -> str:
    for key in ("command", "input", "patch"):
        value = values.get(key)
        if isinstance(value, list) and value and isinstance(value[-1], str):
            return value[-1]
        if isinstance(value, str):
            return value
    raise UnreadableError("apply_patch has no patch")


def _patch(text: str) -> list[FileWrite]:
    found = files_of_patch(text)
    if not found:
        raise UnreadableError("the patch names no file")
    return found

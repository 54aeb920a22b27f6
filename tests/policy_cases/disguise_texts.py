"""One change in many textual disguises: JSON, whole files, blocks, envelopes, and what `git diff` can write."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from disguise_changes import EXECUTABLE, LINK, REGULAR, Change

Operation = dict[str, Any]


def operations(change: Change) -> list[Operation]:
    """The change as operations, what goes before what comes."""
    gone, come = [], []
    for path in change.paths:
        old, new = change.before.get(path), change.after.get(path)
        if new is None:
            gone.append({"type": "delete", "file_path": path})
            continue
        if old is None or old[1] != new[1]:
            kind = "create" if old is None else "replace_file"
            come.append({"type": kind, "file_path": path, "content": new[1].decode()})
        if new[0] != (old[0] if old else REGULAR):
            come.append({"type": "mode", "file_path": path, "mode": new[0]})
    return gone + come


def with_renames(change: Change) -> list[Operation] | None:
    """The operations with one file's move in place of its deletion and creation."""
    for old in change.paths:
        for new in change.paths:
            moved = change.before.get(old)
            fits = old not in change.after and new not in change.before and change.after.get(new) == moved
            if not (moved and fits) or _nested(old, new):
                continue
            rest = [o for o in operations(change) if o["file_path"] not in (old, new)]
            at = sum(o["type"] == "delete" for o in rest)
            return [*rest[:at], {"type": "rename", "file_path": old, "new_path": new}, *rest[at:]]
    return None


def _nested(one: str, other: str) -> bool:
    return one.startswith(f"{other}/") or other.startswith(f"{one}/")


def ndjson(change: Change) -> str | None:
    return _lines(operations(change)) if change.is_text else None


def _lines(found: list[Operation], **options: Any) -> str:
    return "".join(json.dumps(operation, **options) + "\n" for operation in found)


def escaped_ndjson(change: Change) -> str | None:
    """Every letter of a path as an escape, keys in another order, prose and a fence around."""
    if not change.is_text:
        return None
    lines = []
    for operation in operations(change):
        escapes = "".join(f"\\u{unit:04x}" for unit in _units(operation["file_path"]))
        rest = json.dumps(
            {k: v for k, v in reversed(operation.items()) if k != "file_path"}, ensure_ascii=False
        )
        lines.append(f'{rest[:-1]}, "file_path": "{escapes}"}}\n')
    return "Here is what I would do:\n\n```json\n" + "".join(lines) + "```\nThat is all.\n"


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def renaming_ndjson(change: Change) -> str | None:
    found = with_renames(change) if change.is_text else None
    return _lines(found) if found else None


def array(change: Change) -> str | None:
    return json.dumps(operations(change)) if change.is_text else None


def operations_wrapper(change: Change) -> str | None:
    if not change.is_text:
        return None
    found = operations(change)
    return json.dumps({"operations": found, "total_operations": len(found)}, indent=2)


def files_wrapper(change: Change) -> str | None:
    if not change.is_text or any(o["type"] == "mode" for o in operations(change)):
        return None
    modes = {"create": "create", "replace_file": "modify", "delete": "delete"}
    files = [
        {"path": o["file_path"], "mode": modes[o["type"]]}
        | ({"new_content": o["content"]} if "content" in o else {})
        for o in operations(change)
    ]
    return json.dumps({"files": files}, indent=1, ensure_ascii=False)


def _texts(change: Change) -> dict[str, tuple[str | None, str | None]] | None:
    """Content before and after by path, where nothing but the contents of plain texts changes."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for path in change.paths:
        old, new = change.before.get(path), change.after.get(path)
        modes = {file[0] for file in (old, new) if file}
        if LINK in modes or not change.is_text or (old and new and old[0] != new[0]):
            return None
        if new and not old and new[0] == EXECUTABLE:
            return None
        try:
            found[path] = (old and old[1].decode(), new and new[1].decode())  # type: ignore[assignment]
        except UnicodeDecodeError:
            return None
    return found


# What begins edits of another format, or is a marker, has a second reading in a format of plain text.
_TELLING = re.compile(r"(?m)^(?:[<=>]{5,9}|--- |\+\+\+ |@@|diff |\*\*\* |\{|```|~~~)|[\x0b\u2028]")
# Formats of plain text take blanks at the end of a path for the line's.
_PATH = re.compile(r"[\w./ -]*[\w./-]\Z", re.ASCII)


def _is_simple(path: str, text: str | None) -> bool:
    return bool(_PATH.match(path)) and (
        text is None or (text.endswith("\n") and bool(text.strip()) and not _TELLING.search(text))
    )


def _simple(change: Change) -> dict[str, tuple[str | None, str | None]] | None:
    texts = _texts(change)
    if texts is None or not all(_is_simple(path, t) for path, both in texts.items() for t in both):
        return None
    return texts


def whole_files(change: Change) -> str | None:
    texts = _simple(change)
    if texts is None or any(new is None for _, new in texts.values()):
        return None
    return "\n".join(f"`{path}`\n`````\n{new}`````\n" for path, (_, new) in texts.items())


def search_replace(change: Change) -> str | None:
    texts = _simple(change)
    if texts is None or any(new is None for _, new in texts.values()):
        return None
    blocks = [
        f"`{path}`\n```\n<<<<<<< SEARCH\n{old or ''}=======\n{new}>>>>>>> REPLACE\n```\n"
        for path, (old, new) in texts.items()
    ]
    return "\n".join(blocks)


def codex(change: Change) -> str | None:
    texts = _simple(change)
    if texts is None:
        return None
    order = sorted(texts, key=lambda path: texts[path][1] is not None)
    return "*** Begin Patch\n" + "".join(_section(path, *texts[path]) for path in order) + "*** End Patch\n"


def _section(path: str, old: str | None, new: str | None) -> str:
    come = _prefixed("+", new)
    if new is None:
        return f"*** Delete File: {path}\n"
    return (
        f"*** Add File: {path}\n{come}"
        if old is None
        else f"*** Update File: {path}\n@@\n{_prefixed('-', old)}{come}"
    )


def _prefixed(mark: str, text: str | None) -> str:
    return "".join(f"{mark}{line}\n" for line in (text or "").split("\n")[:-1])


TEXTUAL: dict[str, Callable[[Change], str | None]] = {
    "ndjson": ndjson,
    "ndjson with escapes, prose and a fence": escaped_ndjson,
    "ndjson with a rename": renaming_ndjson,
    "array": array,
    "operations": operations_wrapper,
    "files": files_wrapper,
    "whole files": whole_files,
    "search and replace": search_replace,
    "codex envelope": codex,
}

DIFFS: dict[str, tuple[str, ...]] = {
    "plain": ("--no-renames",),
    "renames": ("-M30%",),
    "copies": ("-C", "--find-copies-harder"),
    "rewrites": ("-B", "-M"),
    "much context": ("-U30", "--no-renames"),
    "little context": ("-U1", "-M"),
    "other prefixes": ("--src-prefix=i/", "--dst-prefix=w/", "--no-renames"),
    "histogram": ("--histogram", "--full-index", "-M"),
}
# Forms that leave something out: where that is more than can be told from the tree, nothing is built.
LOSSY: dict[str, tuple[str, ...]] = {
    "without prefixes": ("--no-prefix", "--no-renames"),
    "without prefixes, with renames": ("--no-prefix", "-M"),
    "prefixes that are folders": ("--src-prefix=src/", "--dst-prefix=docs/", "--no-renames"),
    "deleted contents left out": ("-D", "--no-renames"),
    "without context": ("-U0", "--no-renames"),
    "blanks ignored": ("-w", "--no-renames"),
}


def diff(
    root: Path, environment: Mapping[str, str], old: str, new: str, *options: str, quoted: bool = True
) -> bytes:
    """What `git diff --binary` says of two commits."""
    quoting = () if quoted else ("-c", "core.quotePath=false")
    command = ["git", *quoting, "diff", "--binary", *options, old, new]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True).stdout


def in_prose(patch: bytes) -> bytes:
    """Within a fence and what a model says around it."""
    return (
        b"Of course! First what changes:\n\n````diff\n" + patch + b"````\n\nLet me know -- it is all there.\n"
    )


def mailed(patch: bytes) -> bytes:
    """As `git format-patch` sends it."""
    head = (
        b"From 1 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.com>\nSubject: [PATCH] It\n\n---\n a | 2 +-\n\n"
    )
    return head + patch + b"-- \n2.39.5\n\n"


def without_index_lines(patch: bytes) -> bytes | None:
    if b"\nGIT binary patch" in patch:
        return None
    return re.sub(rb"(?m)^index [0-9a-f]+\.\.[0-9a-f]+( \d+)?\n(?=---|diff|\Z)", b"", patch)


def shuffled(patch: bytes, chance: random.Random) -> bytes:
    """The files in another order; what is said of one path keeps its own."""
    files = re.split(rb"(?m)^(?=diff --git )", patch)[1:]
    heads = [file.split(b"\n", 1)[0] for file in files]
    if len(set(heads)) < len(heads):
        return patch
    chance.shuffle(files)
    return b"".join(files)

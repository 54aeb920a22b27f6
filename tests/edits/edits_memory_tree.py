"""A tree held in memory, to plan against, and the short ways to replies and plans."""

import hashlib
import json
from dataclasses import dataclass, field

from harness.edits.model import (
    AnyOperation,
    Block,
    ChangeBlocks,
    Numbered,
    OperationEdits,
    PlannedTree,
    Unusable,
)
from harness.edits.plan import plan
from harness.edits.reply import parse_reply
from harness.tree_entry import Entry


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()


@dataclass
class MemoryTree:
    """A TreeReader over a dict; `modes` names the entries that aren't plain files."""

    files: dict[str, bytes] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)

    def entry(self, path: str) -> Entry | None:
        if path not in self.files:
            return None
        return Entry(self.modes.get(path, "100644"), blob_id(self.files[path]))

    def content(self, path: str) -> bytes:
        return self.files[path]

    def is_folder(self, path: str) -> bool:
        return any(other.startswith(path + "/") for other in self.files)

    def names(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        below = [path.removeprefix(start) for path in self.files if path.startswith(start)]
        return sorted({path.split("/")[0] for path in below})


def reply_of(*operations: dict) -> bytes:
    return "".join(json.dumps(operation, ensure_ascii=False) + "\n" for operation in operations).encode()


def planned(*operations: dict, tree: MemoryTree | None = None) -> PlannedTree | Unusable:
    edits = parse_reply(reply_of(*operations))
    assert isinstance(edits, OperationEdits), edits
    return plan(edits, tree or MemoryTree())


def done(*operations: AnyOperation, tree: MemoryTree | None = None, **how) -> PlannedTree | Unusable:
    """What operations make of a tree that no reply was read for; the first is on line 10 of one."""
    numbered = [Numbered(number, number * 10, operation) for number, operation in enumerate(operations, 1)]
    return plan(OperationEdits(tuple(numbered), format="blocks"), tree or MemoryTree(), **how)


def blocks(path: str, *changes: Block, **more) -> ChangeBlocks:
    return ChangeBlocks(path, changes, **more)


def block(old: str, new: str, line: int = 1, anchors: tuple[str, ...] = (), at_end: bool = False) -> Block:
    """A block of the lines of two texts; an empty text has none."""
    return Block(line, _lines(old), _lines(new), anchors, at_end)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.removesuffix("\n").split("\n")) if text else ()


def codes(result) -> list[str]:
    assert isinstance(result, Unusable), result
    return [problem.code for problem in result.problems]


def contents(result) -> dict[str, bytes | None]:
    assert isinstance(result, PlannedTree), result
    return {path: file.content if file else None for path, file in result.files.items()}


def create(path: str, content: str = "x\n", **more) -> dict:
    return {"type": "create", "file_path": path, "content": content, **more}


def modify(path: str, *changes: dict, **more) -> dict:
    return {"type": "modify", "file_path": path, "operations": list(changes), **more}


def append(content: str) -> dict:
    return {"type": "append", "content": content}


def insert_after(anchor: str, content: str) -> dict:
    return {"type": "insert_after", "anchor": anchor, "content": content}


def replace(old: str, new: str) -> dict:
    return {"type": "replace", "old_text": old, "new_text": new}


def replace_all(old: str, new: str) -> dict:
    return {"type": "replace_all", "old_text": old, "new_text": new}

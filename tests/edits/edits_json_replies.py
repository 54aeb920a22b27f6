"""Replies of JSON operations: the short ways to read one, and every shape the same operations can come in."""

import json
from collections.abc import Callable

from edits_memory_tree import create

from harness.edits.model import OperationEdits, Unusable
from harness.edits.reply import parse_reply

A, B, C = (json.dumps(create(path)) for path in ("a.py", "b.py", "c.py"))


def edits(text: str, **options) -> OperationEdits:
    found = parse_reply(text.encode(), **options)
    assert isinstance(found, OperationEdits), found
    assert found.format == "ndjson"
    return found


def unusable(text: str, **options) -> Unusable:
    found = parse_reply(text.encode(), **options)
    assert isinstance(found, Unusable), found
    return found


def paths(found: OperationEdits) -> list[str]:
    return [numbered.operation.file_path for numbered in found.operations]


def types(found: OperationEdits) -> list[str]:
    return [numbered.operation.type for numbered in found.operations]


def repairs(found) -> dict[str, int]:
    """The repairs that were made, and the line of each."""
    return {repair.name: repair.line for repair in found.repairs}


def file_item(operation: dict) -> dict:
    """An operation on a whole file, as an item of `files`."""
    mode = {"create": "create", "replace_file": "modify", "delete": "delete"}[operation["type"]]
    item = {"path": operation["file_path"], "mode": mode}
    if "content" in operation:
        item["new_content"] = operation["content"]
    return item


def lines(operations: list[dict]) -> str:
    return "".join(f"{json.dumps(operation, ensure_ascii=False)}\n" for operation in operations)


def numbered(operations: list[dict]) -> str:
    return "".join(f"{number}. {json.dumps(one)}\n" for number, one in enumerate(operations, 1))


def pretty(operations: list[dict]) -> str:
    return "\n".join(json.dumps(operation, indent=2) for operation in operations)


def array(operations: list[dict]) -> str:
    return json.dumps(operations, ensure_ascii=False)


def array_of_lines(operations: list[dict]) -> str:
    return "[\n" + ",\n".join(json.dumps(operation) for operation in operations) + "\n]\n"


def pretty_array(operations: list[dict]) -> str:
    return json.dumps(operations, indent=4)


def files(operations: list[dict]) -> str:
    return json.dumps({"summary": "s", "files": [file_item(operation) for operation in operations]})


def pretty_files(operations: list[dict]) -> str:
    return json.dumps({"files": [file_item(operation) for operation in operations]}, indent=1)


def operations_wrapper(operations: list[dict]) -> str:
    return json.dumps({"operations": operations, "total_operations": len(operations)}, indent=2)


def fenced(operations: list[dict]) -> str:
    return f"Here it is:\n\n```json\n{pretty_files(operations)}\n```\nDone.\n"


def mixed(operations: list[dict]) -> str:
    """A third of them as lines, a third as an array, a third as files, with prose between."""
    third = (len(operations) + 2) // 3
    first, second, last = operations[:third], operations[third : 2 * third], operations[2 * third :]
    parts = [lines(first), array(second) if second else "", pretty_files(last) if last else ""]
    return "\nand\n".join(parts)


SHAPES: dict[str, Callable[[list[dict]], str]] = {
    "lines": lines,
    "numbered": numbered,
    "pretty": pretty,
    "array": array,
    "array-of-lines": array_of_lines,
    "pretty-array": pretty_array,
    "files": files,
    "pretty-files": pretty_files,
    "operations": operations_wrapper,
    "fenced": fenced,
    "mixed": mixed,
}

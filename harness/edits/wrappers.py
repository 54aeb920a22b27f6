"""Wrappers, `{"files": [...]}` and `{"operations": [...]}`: what is in them, and what may not be."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.edits.file_items import FIELDS, FILE_ITEM, PATHS, disagreeing
from harness.edits.json_signs import WRAPPER_KEYS
from harness.edits.json_walk import Node
from harness.edits.model import Meta
from harness.edits.operation_schema import CHANGE_TYPES
from harness.edits.rejection import Rejection
from harness.paths import shown

REMARKS = frozenset(
    {
        "summary",
        "explanation",
        "description",
        "notes",
        "message",
        "reasoning",
        "rationale",
        "thoughts",
        "analysis",
        "title",
    }
)
"""Keys of a wrapper whose text is for people."""


@dataclass(frozen=True, slots=True)
class Part:
    """An item of a wrapper, and what it is where it names no mode; None: that is never guessed."""

    node: Node
    mode: str | None = None


@dataclass(slots=True)
class Wrapped:
    """What a wrapper holds, in the order written, and why it can't be used."""

    parts: list[Part] = field(default_factory=list)
    meta: Meta | None = None
    problems: list[Rejection] = field(default_factory=list)


def is_wrapper(node: Node) -> bool:
    """Whether an object is a wrapper: it has a list of edits, and neither type nor path of its own."""
    keys = [part.key for part in node.parts]
    return not {"type", *PATHS} & set(keys) and any(
        part.key in WRAPPER_KEYS and _is_list(part) for part in node.parts
    )


def _is_list(part: Node) -> bool:
    return part.kind != "plain" or isinstance(part.value, list | dict)


def unwrap(wrapper: Node) -> Wrapped:
    """The items of a wrapper; of one that isn't whole, those that are complete."""
    found = Wrapped()
    for member in wrapper.parts:
        if not member.whole and member.kind == "plain":
            break
        try:
            _take_member(found, member)
        except Rejection as problem:
            found.problems.append(problem)
    if not wrapper.whole and any(_is_change(part.node) for part in found.parts):
        # The list belongs to a `modify` whose type and path were still to come.
        return Wrapped()
    return found


def _is_change(node: Node) -> bool:
    return isinstance(node.value, dict) and node.value.get("type") in CHANGE_TYPES


def _take_member(found: Wrapped, member: Node) -> None:
    if member.key in WRAPPER_KEYS and _is_list(member):
        found.parts.extend(_items(member))
    elif member.key == "total_operations":
        found.meta = Meta(type="meta", total_operations=_total(member.value))
    elif member.key not in REMARKS:
        raise Rejection(
            "unknown-wrapper-key",
            f"a wrapper has the key `{shown(member.key)}`, and edits may be lost with it",
            f"Beside `files` or `operations` it may have {', '.join(sorted(REMARKS))}, total_operations.",
        )
    elif not isinstance(member.value, str | None):
        message = f"`{member.key}` of a wrapper is not text"
        raise Rejection("unknown-wrapper-key", message, "Put edits into `files` or `operations`.")


def _total(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise Rejection("bad-operation", "`total_operations` must be a whole number, 0 or more", FILE_ITEM)


def _items(member: Node) -> list[Part]:
    """The items of `files` or `operations` that are whole."""
    opened = member.opened()
    whole = [part for part in opened.parts if part.whole]
    mode = "create" if member.key == "files" else None
    if opened.kind == "array":
        return [Part(part, mode) for part in whole]
    if member.key != "files":
        raise Rejection("bad-operation", f"`{member.key}` is an object, not an array", "Write an array.")
    if fields := sorted({"type", *FIELDS} & {part.key for part in whole}):
        message = f"`files` is one object with `{fields[0]}`, which may be a field or a file's name"
        raise Rejection("bad-operation", message, f'Write an array: {{"files": […]}}. {FILE_ITEM}')
    return [Part(_named(part), mode) for part in whole]


def _named(part: Node) -> Node:
    """A file item whose path is its key; its value is the content alone, or the rest of the item."""
    if isinstance(part.value, dict):
        if any(part.value.get(key, part.key) != part.key for key in PATHS):
            raise disagreeing("the key of a file item", "its path", part.key)
        value = {"file_path" if "type" in part.value else "path": part.key, **part.value}
    else:
        value = {"path": part.key, "content": part.value}
    return Node(part.start, part.key, "plain", value, whole=True)

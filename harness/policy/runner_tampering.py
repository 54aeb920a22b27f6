"""Python source that rewires imports or pytest itself, as far as it can be read off the source. Pure."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator

from harness.policy.python_source import CostlyError, parse_python

_HINTS = re.compile(rb"modules|meta_path|path_hooks|pytest|pluggy|unittest|builtins")
_LIMIT = 1024 * 1024  # bytes
_RUNNERS = frozenset(("pytest", "_pytest", "pluggy"))
_LISTS = frozenset(("sys.meta_path", "sys.path_hooks", "sys.path_importer_cache"))
_WRITERS = frozenset(("append", "insert", "extend", "clear", "remove", "pop", "__setitem__"))
_SETTERS = frozenset(("setdefault", "__setitem__"))
# Settings such as `maxDiff` are nobody's loss.
_CHECKS = ("assert", "fail", "run", "_")

Owned = Callable[[str], bool]


def tampering(data: bytes | None, owned: Owned) -> frozenset[str]:
    """What a module does to imports and to the runner, each in a few words; empty for what can't be parsed.

    Told are modules put into `sys.modules` by name in place of one that is `owned` (asked for its top
    name), writes to `sys.meta_path` and `sys.path_hooks`, to attributes of pytest and pluggy, to
    unittest's checks and to builtins, and `pytest_plugins`. A fixture's `monkeypatch` undoes what it
    does and isn't told.
    """
    if data is None or len(data) > _LIMIT or not _HINTS.search(data):
        return frozenset()
    try:
        module = parse_python(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError, CostlyError):
        return frozenset()
    names = _imported(module)
    return frozenset(found for node in ast.walk(module) for found in _writes(node, names, owned))


def _imported(module: ast.Module) -> dict[str, str]:
    """Local name -> what it stands for, of every import."""
    names: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _writes(node: ast.AST, names: dict[str, str], owned: Owned) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "pytest_plugins":
        yield "names plugins for pytest (pytest_plugins)"
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield from _item(_dotted(node.value, names), node.slice, owned)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield from _attribute(_dotted(node.value, names), node.attr)
    elif isinstance(node, ast.Call):
        yield from _call(node, names, owned)


def _item(target: str, key: ast.AST, owned: Owned) -> Iterator[str]:
    if target == "sys.modules" and isinstance(key, ast.Constant) and isinstance(key.value, str):
        if owned(key.value.partition(".")[0]):
            yield f"puts another module in the place of {key.value} (sys.modules)"
    elif target in _LISTS:
        yield _changes(target)


def _attribute(owner: str, name: str) -> Iterator[str]:
    top = owner.partition(".")[0]
    whole = f"{owner}.{name}"
    if (
        top in _RUNNERS
        or whole in ("sys.modules", *_LISTS)
        or (top == "unittest" and name.startswith(_CHECKS))
        or (top in ("builtins", "__builtins__") and hasattr(builtins, name))
    ):
        yield _changes(whole)


def _call(node: ast.Call, names: dict[str, str], owned: Owned) -> Iterator[str]:
    function = _dotted(node.func, names)
    owner, _, name = function.rpartition(".")
    if owner in _LISTS and name in _WRITERS:
        yield _changes(owner)
    elif owner == "sys.modules" and name in _SETTERS and node.args:
        yield from _item(owner, node.args[0], owned)
    elif owner == "sys.modules" and name == "update":
        keys = (key for a in node.args if isinstance(a, ast.Dict) for key in a.keys if key)
        yield from (found for key in keys for found in _item(owner, key, owned))
    elif function == "setattr" and len(node.args) > 1:
        attribute = node.args[1]
        told = attribute.value if isinstance(attribute, ast.Constant) else "_"
        yield from _attribute(_dotted(node.args[0], names), str(told))


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """`a.b.c` as what its first name was imported as; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((names.get(node.id, node.id), *reversed(parts)))


def _changes(what: str) -> str:
    return f"changes {what} for the whole run"

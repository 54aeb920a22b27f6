"""Which tests of a file were rewritten, told by their syntax trees."""

from __future__ import annotations

import ast

from harness.policy.python_source import CostlyError, parse_python

_LIMIT = 1024 * 1024  # bytes


def rewritten_tests(old: bytes, new: bytes | None) -> tuple[str, ...]:
    """Names of the base's test functions (`TestX.test_y`) whose code differs, with what they lost.

    Docstrings, comments and layout don't count, nor do tests that were added. Empty where nothing was
    rewritten or a side can't be parsed; a file that is gone has rewritten nothing.
    """
    before, after = _tests(old), _tests(new)
    return tuple(
        name + _fewer(before[name], after[name])
        for name in before
        if name in after and not _same(before[name], after[name])
    )


def touched_tests(old: bytes, new: bytes | None) -> tuple[str, ...]:
    """Names of the base's test functions that are gone, or whose code differs."""
    before, after = _tests(old), _tests(new)
    return tuple(n for n in before if n not in after or not _same(before[n], after[n]))


def lost_assertions(old: bytes, new: bytes | None) -> str:
    """How many assertions a file of helpers has and had, where it has fewer; else ""."""
    before, after = _parsed(old), _parsed(new)
    return _fewer(before, after).strip() if before and after else ""


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _parsed(data: bytes | None) -> ast.Module | None:
    try:
        return parse_python(data) if data is not None and len(data) <= _LIMIT else None
    except (SyntaxError, ValueError, RecursionError, MemoryError, CostlyError):
        return None


def _tests(data: bytes | None) -> dict[str, _Function]:
    module = _parsed(data)
    found: dict[str, _Function] = {}
    for node in module.body if module else ():
        within = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for item in within:
            if isinstance(item, _Function) and item.name.startswith("test"):
                found[prefix + item.name] = item
    return found


def _same(old: _Function, new: _Function) -> bool:
    try:
        return _code(old) == _code(new)
    except RecursionError:  # nested deeper than anybody writes
        return False


def _code(test: _Function) -> str:
    first = test.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = test.body[1:] if documented else test.body
    # Parameters come and go; which were lost is told from the ids that ran.
    marks = (mark for mark in test.decorator_list if "'parametrize'" not in ast.dump(mark))
    parts = [*marks, test.args, *body]
    return "\n".join(ast.dump(part) for part in parts)


def _fewer(old: ast.AST, new: ast.AST) -> str:
    before, after = _assertions(old), _assertions(new)
    return f" ({after} assertions, {before} before)" if after < before else ""


def _assertions(test: ast.AST) -> int:
    """Assertions, and calls that assert: `self.assertEqual`, `pytest.raises` and their like."""
    count = 0
    for node in ast.walk(test):
        name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        count += isinstance(node, ast.Assert) or name.startswith("assert") or name in ("raises", "fail")
    return count

"""Public names of Python modules that a change takes away."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from harness.paths import shown
from harness.policy.content_settings import ContentSettings
from harness.policy.contents import Contents, is_new, new_text, old_text, replaced
from harness.policy.model import TreeChange, Violation
from harness.policy.python_source import CostlyError, is_python, parse_python
from harness.policy.secrets import masked

CODE = "public-symbols-lost"
_SHOWN_NAMES = 5


def check_public_symbols(
    changes: Sequence[TreeChange], contents: Contents, settings: ContentSettings
) -> list[Violation]:
    """Violations for Python files that lose too many of their public functions, classes and constants.

    A name isn't lost while the file still binds it, by an import too, or lists it in `__all__`, or when
    the same change defines it in another file. Tests have rules of their own and don't count.
    """
    violations = []
    moved: set[str] | None = None
    for change in replaced(changes):
        if not is_python(change.path) or settings.skips(CODE, change.path):
            continue
        public = _public_names(old_text(change, contents), settings)
        lost = _lost(public, new_text(change, contents), settings)
        if _too_many(lost, public, settings):
            moved = _defined_elsewhere(changes, contents, settings) if moved is None else moved
            lost = [name for name in lost if name not in moved]
        if _too_many(lost, public, settings):
            violations.append(_violation(change.path, lost, len(public)))
    return violations


def _too_many(lost: Sequence[str], public: Sequence[str], settings: ContentSettings) -> bool:
    return len(lost) >= settings.symbols_min_lost and len(lost) > settings.symbols_ratio * len(public)


def _lost(public: Sequence[str], new: bytes | None, settings: ContentSettings) -> list[str]:
    """The names that `new` no longer binds; none where it can't be told."""
    module = _parse(new, settings)
    if module is None:
        return []
    bound = set(_bound_names(module.body))
    return [] if "*" in bound else [name for name in public if name not in bound]


def _parse(data: bytes | None, settings: ContentSettings) -> ast.Module | None:
    if data is None or len(data) > settings.parse_bytes:
        return None
    try:
        return parse_python(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError, CostlyError):
        return None


def _public_names(data: bytes | None, settings: ContentSettings) -> list[str]:
    """The public functions, classes and constants a module defines, in order, each once."""
    module = _parse(data, settings)
    return list(dict.fromkeys(filter(_is_public, _defined_names(module.body)))) if module else []


def _is_public(name: str) -> bool:
    return not name.startswith(("_", "test_", "Test"))


def _defined_elsewhere(
    changes: Sequence[TreeChange], contents: Contents, settings: ContentSettings
) -> set[str]:
    """The public names the change adds to Python files."""
    names: set[str] = set()
    for change in changes:
        if is_python(change.path):
            before = [] if is_new(change) else _public_names(old_text(change, contents), settings)
            names.update(set(_public_names(new_text(change, contents), settings)).difference(before))
    return names


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those of its branches included."""
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.TryStar | ast.With):
            pending += [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
            handlers = getattr(statement, "handlers", [])
            pending += [node for handler in handlers for node in handler.body]


def _defined_names(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in _statements(body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        else:
            yield from (name for name in _assigned(statement) if name.isupper())


def _bound_names(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Every name the module has, `*` for an import of all of another."""
    for statement in _statements(body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
        else:
            yield from _assigned(statement)
            yield from _listed(statement)


def _assigned(statement: ast.stmt) -> Iterator[str]:
    targets: Iterable[ast.expr] = ()
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    elif type(statement).__name__ == "TypeAlias":  # since Python 3.12
        targets = [statement.name]  # type: ignore[attr-defined]
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        yield from (part.id for part in parts if isinstance(part, ast.Name))


def _listed(statement: ast.stmt) -> Iterator[str]:
    """The names in an assignment to `__all__`."""
    if "__all__" in _assigned(statement):
        nodes = ast.walk(statement)
        yield from (n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _violation(path: str, lost: Sequence[str], count: int) -> Violation:
    names = ", ".join(shown(masked(name)) for name in lost[:_SHOWN_NAMES])
    more = ", …" if len(lost) > _SHOWN_NAMES else ""
    return Violation(
        CODE,
        path,
        f"would lose {len(lost)} of its {count} public names: {names}{more}",
        "keep them, or import them here from where they went",
    )

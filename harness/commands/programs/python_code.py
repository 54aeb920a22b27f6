"""Python code on a command line: only what can be seen to compute and print."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.commands import tables
from harness.commands.model import Refusal
from harness.syntax_tree import syntax_tree

MAX_CHARACTERS = 4000
_INSTEAD = "put the code in a script of the worktree and run that: `python script.py`"
_NODES = (
    ast.Module, ast.Expr, ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.keyword, ast.Load, ast.Store,
    ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Assert, ast.If,
    ast.IfExp, ast.For, ast.Pass, ast.Break, ast.Continue, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.JoinedStr, ast.FormattedValue, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript, ast.Slice,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension, ast.Starred, ast.Lambda,
    ast.arguments, ast.arg, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Raise, ast.Try,
    ast.ExceptHandler, ast.NamedExpr,
)  # fmt: skip


def refuse_python_code(code: str) -> Iterator[Refusal]:
    """Why code on a command line may not run; computing, asserting and calling the project's code may."""
    if len(code) > MAX_CHARACTERS:
        yield Refusal("unparsable", f"it runs more than {MAX_CHARACTERS} characters of Python", _INSTEAD)
        return
    try:
        nodes = list(ast.walk(syntax_tree(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield Refusal("unparsable", "it runs Python that can't be parsed", _INSTEAD)
        return
    reading = {id(node.func) for node in nodes if isinstance(node, ast.Call) and _only_reads(node)}
    reached = [found for node in nodes if id(node) not in reading and (found := _reached(node))]
    if reached:
        yield Refusal("runs-code", f"it runs Python that uses {reached[0]}", _INSTEAD)


def _only_reads(call: ast.Call) -> bool:
    """Whether a call is `open(FILE)` or `open(FILE, "r…")`."""
    modes = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "mode")]
    plain = all(isinstance(mode, ast.Constant) and mode.value in ("r", "rb", "rt") for mode in modes)
    others = {one.arg for one in call.keywords} - {"mode", "encoding", "errors", "newline"}
    spread = any(isinstance(one, ast.Starred) for one in call.args)
    return isinstance(call.func, ast.Name) and call.func.id == "open" and plain and not (others or spread)


def _reached(node: ast.AST) -> str:
    """What a node reaches that code on a command line may not; empty where nothing."""
    if not isinstance(node, _NODES):
        return type(node).__name__
    kinds = tables.read("programs/programs.toml")["python"]
    reaching, harmless = tables.words(kinds["reaching"]), tables.words(kinds["harmless"])
    for name in _names(node):
        for part in name.split("."):
            if part in reaching or (part.startswith("_") and part not in harmless and part != "_"):
                return part
    return ""


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "", *(alias.name for alias in node.names)]
    return []

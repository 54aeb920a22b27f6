"""Python source as a syntax tree; nothing in it runs."""

from __future__ import annotations

import ast
import itertools
import re

from harness.syntax_tree import syntax_tree

# A syntax tree takes about a kilobyte for each of these.
_TOKEN = re.compile(rb"\w+|[^\w\s]")
_MAX_TOKENS = 200_000
# CPython 3.11 takes quadratic time for the fields of one f-string.
_MAX_FIELDS = 20_000
_F_STRING = re.compile(rb"\b(?:[fF][rR]?|[rR][fF])[\"']")


class CostlyError(Exception):
    """Parsing would take more than linear time, or hundreds of megabytes, so nobody tries."""


def parse_python(data: bytes) -> ast.Module:
    """The syntax tree of a module, in the grammar of the Python this runs on.

    Raises SyntaxError or ValueError where it is no Python, RecursionError or MemoryError where it is
    nested too deeply, `CostlyError` where nobody should try.
    """
    if next(itertools.islice(_TOKEN.finditer(data), _MAX_TOKENS, None), None):
        raise CostlyError
    first = _F_STRING.search(data)
    if first and data.count(b"{", first.start()) > _MAX_FIELDS:
        raise CostlyError
    return syntax_tree(data)


def is_python(path: str) -> bool:
    """Whether a path's suffix says Python."""
    return path.lower().endswith((".py", ".pyi", ".pyw"))

"""Python source as a syntax tree, whatever is to be warned of in it; nothing in it runs."""

from __future__ import annotations

import ast
import threading
import warnings

# Filters of warnings belong to the whole process.
_FILTERS = threading.Lock()


def syntax_tree(source: str | bytes) -> ast.Module:
    """What `ast.parse` makes of it. A warning is neither shown nor, by PYTHONWARNINGS, an error."""
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)

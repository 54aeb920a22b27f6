"""Whether shell text is nothing but commands joined by `&&`: then each runs where the one before left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_JOINING = frozenset(["program", "list", "redirected_statement", "&&"])
_SIMPLE = frozenset(["command", "file_redirect"])
_RUNNING = frozenset(["command_substitution", "process_substitution", "subshell"])


def is_chain(root: Node) -> bool:
    """Whether every command of a parsed text is reached only if all those before it ended well."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _SIMPLE:
            if _runs_others(node):
                return False
        elif node.type not in _JOINING:
            return False
        else:
            waiting.extend(node.children)
    return True


def _runs_others(node: Node) -> bool:
    waiting = [node]
    while waiting:
        below = waiting.pop()
        if below.type in _RUNNING:
            return True
        waiting.extend(below.children)
    return False

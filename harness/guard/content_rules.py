"""The rules on what files hold, those of every front end, as the guard asks them."""

from __future__ import annotations

import re

from harness.guard.failures import usage
from harness.guard.violation import Violation
from harness.policy.content_rules import check_tree_contents
from harness.policy.contents import Contents
from harness.policy.tree_settings import TreeSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from harness.policy.contents import Blobs, Change

_CAPS = ("max_file_bytes", "max_files", "max_added_bytes")
# Rules say in their messages which line it is.
_LINE = re.compile(r" at line ([1-9][0-9]*)")


def judge_contents(
    changes: Sequence[Change], table: dict[str, Any], blobs: Blobs, *, for_people: bool
) -> list[Violation]:
    """Every violation, in the order of the rules. `table` is `[policy.content]`.

    People may say on a line that what looks like a secret is none.
    """
    settings = tree_settings(table, allow_comments=for_people)
    contents = Contents(blobs, settings.max_file_bytes)
    return [
        Violation(found.code, found.path, found.message, found.hint, _line_in(found.message))
        for found in check_tree_contents(changes, contents, settings)
    ]


def _line_in(message: str) -> int:
    found = _LINE.search(message)
    return int(found[1]) if found else 1


def tree_settings(table: dict[str, Any], *, allow_comments: bool) -> TreeSettings:
    """`[policy.content]` as the rules take it; UsageError `invalid-config` or `bad-glob` where they can't."""
    caps = {name: table[name] for name in _CAPS if name in table}
    for name, value in caps.items():
        if type(value) is not int or value <= 0:
            raise usage("invalid-config", f"[policy.content] {name} must be a positive number", "")
    return TreeSettings(allow_comments=allow_comments, exempt=_exempt(table.get("exempt", {})), **caps)


def _exempt(table: Any) -> dict[str, list[str]]:
    """Globs by the code they switch off; one glob may stand alone."""
    lists = {code: [globs] if isinstance(globs, str) else globs for code, globs in _items(table)}
    if not all(
        isinstance(globs, list) and all(isinstance(g, str) for g in globs) for globs in lists.values()
    ):
        raise usage("invalid-config", "[policy.content.exempt] must have lists of globs", "")
    return lists


def _items(table: Any) -> Iterable[tuple[str, Any]]:
    if not isinstance(table, dict):
        raise usage("invalid-config", "[policy.content] exempt must be a table", "")
    return table.items()

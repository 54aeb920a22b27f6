"""The protected list, ready to match: most paths are turned away without a regular expression."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.globs import Globs

_LITERAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_PLAIN = _LITERAL | {"/", "*"}


class Protection:
    """`[policy] protected`, matched as `harness.globs` does; UsageError `bad-glob` for a bad pattern."""

    __slots__ = ("_globs", "_literals", "patterns")

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = patterns
        self._globs: Globs | None = None
        literals = [_literal(pattern) for pattern in patterns if not _only_takes_out(pattern)]
        self._literals = [literal for literal in literals if literal]
        if not all(_is_plain(pattern) for pattern in patterns) or "" in literals:
            self._compile()
            self._literals = [""]

    def match(self, path: str) -> str | None:
        """The pattern, as it was written, by which `path` is protected; None where it isn't."""
        if path.isascii():
            lowered = path.lower()
            if not any(literal in lowered for literal in self._literals):
                return None
        return self._compile().match(path) if self.patterns else None

    def _compile(self) -> Globs:
        if self._globs is None:
            from harness.globs import compile_globs

            self._globs = compile_globs(self.patterns, casefold=True)
        return self._globs


def _is_plain(pattern: str) -> bool:
    """Whether the pattern can't be a bad one, and consists of characters that mean one thing."""
    body = pattern.removeprefix("!")
    return _PLAIN.issuperset(body) and ".." not in body and any(map(str.isalnum, body))


def _only_takes_out(pattern: str) -> bool:
    return pattern.startswith("!") and _is_plain(pattern)


def _literal(pattern: str) -> str:
    """Something every path the pattern covers holds, in lower case; empty where nothing is known."""
    if not _is_plain(pattern):
        return ""
    runs = pattern.replace("*", "/").split("/")
    return max((run for run in runs if any(map(str.isalnum, run))), key=len).lower()

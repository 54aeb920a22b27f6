"""What the tree rules on contents depend on; standard library only, and cheap to import."""

from __future__ import annotations

from harness.globs import Globs, compile_globs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MIB = 1024 * 1024


class TreeSettings:
    """Caps in bytes and files, and what is exempt; the defaults of every front end.

    `max_file_bytes` caps a file on its new side (and is what rules read of one), `max_files` the
    changed paths, `max_added_bytes` what all files together grow by. `exempt` are globs of gitignore
    semantics by the code they switch off. `allow_comments` honours `pragma: allowlist secret` on a
    line, or `pragma: allowlist nextline secret` above it: for people, never for agents.
    """

    __slots__ = ("_exempt", "allow_comments", "max_added_bytes", "max_file_bytes", "max_files")

    def __init__(
        self,
        *,
        max_file_bytes: int = 5 * _MIB,
        max_files: int = 10_000,
        max_added_bytes: int = 64 * _MIB,
        allow_comments: bool = False,
        exempt: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.max_file_bytes = max_file_bytes
        self.max_files = max_files
        self.max_added_bytes = max_added_bytes
        self.allow_comments = allow_comments
        self._exempt = {code: compile_globs(patterns) for code, patterns in (exempt or {}).items()}

    def exempts(self, code: str, path: str) -> bool:
        """Whether `path` is exempt from the rule that answers `code`."""
        globs: Globs | None = self._exempt.get(code)
        return globs is not None and globs.match(path) is not None

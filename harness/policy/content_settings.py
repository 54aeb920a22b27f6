"""Thresholds of the rules on what files hold, and what is exempt from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.policy.tree_settings import TreeSettings

# Codes a phase may switch off for itself; the others guard against more than a plan's author can know.
PHASE_CODES = frozenset(
    {"does-not-parse", "file-emptied", "file-shrunk", "file-grown", "public-symbols-lost"}
)
# Codes that globs can be exempted from.
EXEMPTIBLE_CODES = PHASE_CODES | {"conflict-markers", "oversized-file", "secret-added"}


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """What the phase rules on contents depend on, the tree rules' settings included.

    Ratios are fractions of the old side. A file shrinks too far when it loses more than
    `shrink_ratio` of its lines (files of `shrink_min_lines` or more), grows too far when it has more
    than `growth_ratio` times its lines (files of `growth_min_lines` or more), and loses too many
    public symbols when more than `symbols_ratio` of them, and at least `symbols_min_lost`, are gone.
    Files above `parse_bytes` are not parsed. `python` is the project's version of Python: where it is
    newer than the harness's, what Python files may look like isn't known here. `off` are the codes of
    `PHASE_CODES` that a phase switches off for itself.
    """

    tree: TreeSettings = field(default_factory=TreeSettings)
    shrink_ratio: float = 0.6
    shrink_min_lines: int = 20
    growth_ratio: float = 3.0
    growth_min_lines: int = 50
    symbols_ratio: float = 0.3
    symbols_min_lost: int = 2
    parse_bytes: int = 1024 * 1024
    python: tuple[int, int] | None = None
    off: frozenset[str] = frozenset()

    def skips(self, code: str, path: str) -> bool:
        """Whether the rule that answers `code` is off for `path`."""
        return code in self.off or self.tree.exempts(code, path)

"""How the programs of a phase are contained, for its evidence and its reader. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from harness.containment.confinement import Confinement
from harness.phase.documents import ContainmentDocument

_MEANING = "git in its worktree can't reach your repository, but a write by absolute path can [uncontained]"


@dataclass(frozen=True, slots=True)
class PhaseContainment:
    """The confinements of a phase's agent and tests; None where the phase has no such program."""

    agent: Confinement | None = None
    tests: Confinement | None = None

    @property
    def document(self) -> ContainmentDocument:
        """What the evidence keeps."""
        return ContainmentDocument(
            agent=self.agent.told if self.agent else None, tests=self.tests.told if self.tests else None
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What isn't contained although it was to be, one line for each reason."""
        by_reason: dict[str, list[str]] = {}
        for name, confinement in self._named():
            if confinement.bwrap is None and confinement.wanted:
                by_reason.setdefault(confinement.why, []).append(f"the {name}")
        return tuple(f"{_both(names)} not contained: {why}; {_MEANING}" for why, names in by_reason.items())

    @property
    def lines(self) -> tuple[str, ...]:
        """What is said once, when the phase begins."""
        told = []
        for name, confinement in self._named():
            if confinement.bwrap:
                told.append(f"{name} with{'' if confinement.network else 'out'} network")
        contained = (f"contained by bubblewrap: {', '.join(told)}",) if told else ()
        off = [name for name, c in self._named() if not c.wanted]
        switched = (f"not contained, by choice: {', '.join(off)}",) if off else ()
        return (*contained, *switched, *self.warnings)

    def _named(self) -> list[tuple[str, Confinement]]:
        pairs = (("agent", self.agent), ("tests", self.tests))
        return [(name, confinement) for name, confinement in pairs if confinement is not None]


def _both(names: list[str]) -> str:
    plural = len(names) > 1 or names == ["the tests"]
    return f"{' and '.join(names)} {'are' if plural else 'is'}"

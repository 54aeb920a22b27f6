"""Which failures are flaky: they pass when run again, alone and with all the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.checks.model import Delta, TestOutcome, TestRun

LIMIT = 20  # so many new failures are run again, and no more
_PASSING = ("passed", "xpassed")

# (node ids to run, None for all tests; seconds it may take) -> the run, of all tests in a new worktree.
Again = Callable[[Sequence[str] | None, float], TestRun]


@dataclass(frozen=True, slots=True)
class Rerun:
    """One further run, and what became in it of the ids it was made for."""

    ids: tuple[str, ...]
    alone: bool  # whether nothing else was run
    run: TestRun

    @property
    def outcomes(self) -> dict[str, TestOutcome]:
        return {node: _outcome(self.run, node) for node in self.ids}

    def document(self) -> dict[str, Any]:
        """What the evidence keeps of it."""
        return {
            "ran": "these" if self.alone else "all",
            "status": self.run.status,
            "why": self.run.why,
            "duration": round(self.run.duration, 3),
            "outcomes": self.outcomes,
        }


@dataclass(frozen=True, slots=True)
class Retried:
    """The run that counts, all reruns in order, and which ids turned out to be flaky."""

    run: TestRun
    reruns: tuple[Rerun, ...] = ()
    flaky: frozenset[str] = frozenset()

    def tries(self) -> dict[str, tuple[TestOutcome, ...]]:
        """Node id -> its outcomes in the reruns that were made for it."""
        found: dict[str, tuple[TestOutcome, ...]] = {}
        for rerun in self.reruns:
            for node, outcome in rerun.outcomes.items():
                found[node] = (*found.get(node, ()), outcome)
        return found


@dataclass(slots=True)
class _Budget:
    """Runs again while there is time left."""

    again: Again
    left: float
    reruns: list[Rerun] = field(default_factory=list)

    def run(self, ids: Sequence[str], *, alone: bool = True) -> Rerun | None:
        """One rerun; None where there is no time for it any more."""
        if not ids or self.left <= 0:
            return None
        run = self.again(ids if alone else None, self.left)
        self.left -= run.duration
        self.reruns.append(Rerun(tuple(ids), alone, run))
        return self.reruns[-1]


def retry(
    run: TestRun, failing: Sequence[str], again: Again, seconds: float, *, each: bool = True
) -> Retried:
    """Run `failing` ids again, together, then, with `each`, each that fails alone; `seconds` for all of it.

    One that passes there is flaky only if it then passes in a run of all tests, too: one that keeps
    failing among the others depends on them, and is broken. Where modules couldn't be collected and now
    can, the run of all tests takes the place of the first. Nothing is run again for more than `LIMIT` ids.
    """
    if not failing or len(failing) > LIMIT or run.status not in ("completed", "broken"):
        return Retried(run)
    budget = _Budget(again, seconds)
    suspects = _suspects(failing, budget, each=each)
    if run.status == "broken" and suspects != set(run.collection_errors):
        return Retried(run, tuple(budget.reruns))
    whole = budget.run(sorted(suspects), alone=False)
    flaky = frozenset(node for node in suspects if whole and _passes(whole, node))
    if run.status == "broken":
        counts = whole.run if whole and flaky == suspects else run
        return Retried(counts, tuple(budget.reruns), flaky if counts is not run else frozenset())
    return Retried(run, tuple(budget.reruns), flaky)


def without_flaky(delta: Delta, flaky: frozenset[str]) -> Delta:
    """The delta with flaky tests apart from those that fail."""
    failing = tuple(node for node in delta.newly_failing if node not in flaky)
    return replace(delta, newly_failing=failing, flaky=tuple(sorted(flaky)))


def as_passed(run: TestRun, flaky: frozenset[str]) -> TestRun:
    """The run to compare later ones with: what only fails now and then isn't excused for good."""
    passed: Mapping[str, TestOutcome] = dict.fromkeys(flaky & run.outcomes.keys(), "passed")
    return replace(run, outcomes={**run.outcomes, **passed}) if passed else run


def _suspects(failing: Sequence[str], budget: _Budget, *, each: bool) -> set[str]:
    """Those that pass when run again, together or, with `each`, alone."""
    together = budget.run(failing)
    passing = {node for node in failing if together and _passes(together, node)}
    if each and len(failing) > 1:
        for node in failing:
            alone = budget.run([node]) if node not in passing else None
            if alone and _passes(alone, node):
                passing.add(node)
    return passing


def _passes(rerun: Rerun, node: str) -> bool:
    return rerun.outcomes[node] in _PASSING


def _outcome(run: TestRun, node: str) -> TestOutcome:
    """A module passes where it can be collected, in a run that came to its end."""
    if node in run.collection_errors:
        return "error"
    if "::" in node or node in run.outcomes:
        return run.outcomes.get(node, "unknown")
    return "passed" if run.status in ("completed", "no_tests") else "unknown"

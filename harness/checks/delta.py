"""What a candidate changes in test outcomes, against the phase base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from harness.checks.model import Delta, TestOutcome, TestRun

Severity = Literal["none", "low", "medium", "high", "critical"]

# Newly failing tests, at least -> how bad.
_LIMITS: tuple[tuple[int, Severity], ...] = (
    (10, "critical"),
    (5, "high"),
    (2, "medium"),
    (1, "low"),
)
_FAILING = frozenset({"failed", "error"})
_PASSING = frozenset({"passed", "xpassed"})
_SKIPPED = frozenset({"skipped", "xfailed"})


def compare(base: TestRun, candidate: TestRun) -> Delta:
    """The delta of two runs; statuses are for the caller to judge.

    A module that can't be collected counts as one failing test, under its own node id. A new test
    that fails is newly failing. What is gone is told by function, since parameters get other ids:
    `removed` are functions that passed on the base and have no id left, `narrowed` those that have
    some left but lost ids that passed. Where the candidate didn't run to its end nothing is known
    to be gone, and both are empty. A test that failed and is now skipped is neither fixed nor
    newly skipped.
    """
    before, after = _with_collection(base), _with_collection(candidate)
    failing, failed = _those(after, _FAILING), _those(before, _FAILING)
    finished = candidate.status in ("completed", "no_tests")
    lost = {function_of(n) for n in _those(before, _PASSING) - after.keys()} if finished else set()
    remaining = {function_of(node) for node in after}
    return Delta(
        newly_failing=_sorted(failing - failed),
        still_failing=_sorted(failing & failed),
        fixed=_sorted(_fixed(failed, after)),
        added=_sorted(candidate.outcomes.keys() - base.outcomes.keys()),
        removed=_sorted(lost - remaining),
        newly_skipped=_sorted(_newly_skipped(before, after, lost)),
        narrowed=_sorted(lost & remaining),
    )


def severity(failures: int) -> Severity:
    """How bad so many newly failing tests are: 1 low, 2-4 medium, 5-9 high, 10 or more critical."""
    for limit, name in _LIMITS:
        if failures >= limit:
            return name
    return "none"


def function_of(node: str) -> str:
    """The node id without parameters: `a.py::T::test_x[1-a::b]` is of `a.py::T::test_x`.

    Only what follows the first `::` is looked at, as a path may hold brackets too.
    """
    path, separator, inside = node.partition("::")
    return f"{path}{separator}{inside.partition('[')[0]}"


def _with_collection(run: TestRun) -> dict[str, TestOutcome]:
    return {**run.outcomes, **dict.fromkeys(run.collection_errors, "error")}


def _those(outcomes: Mapping[str, TestOutcome], wanted: frozenset[str]) -> set[str]:
    return {node for node, outcome in outcomes.items() if outcome in wanted}


def _fixed(failed: set[str], after: Mapping[str, TestOutcome]) -> set[str]:
    """Failed on the base and pass now; a module that couldn't be collected, and now has tests."""
    collected = {node.partition("::")[0] for node in after if "::" in node}
    passing = _those(after, _PASSING)
    return {node for node in failed if node in passing or (node not in after and node in collected)}


def _newly_skipped(
    before: Mapping[str, TestOutcome], after: Mapping[str, TestOutcome], lost: set[str]
) -> set[str]:
    """Passed and are skipped now, or are other parameters, all skipped, of what passed."""
    skipped = _those(after, _SKIPPED)
    running = {function_of(node) for node in after.keys() - skipped}
    new = {n for n in skipped - before.keys() if function_of(n) in lost - running}
    return (skipped & _those(before, _PASSING)) | new


def _sorted(nodes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(nodes))

"""Whether the tests a phase asks for can be run at all. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.planning.model import PlanProblem, PlanRules

if TYPE_CHECKING:
    from harness.plan import Phase


def test_problems(phase: Phase, rules: PlanRules) -> Iterator[PlanProblem]:
    """`tests = []`, and required tests that none of the test paths could hold."""
    if phase.tests == ():
        yield PlanProblem(
            "tests-empty",
            phase.id,
            "`tests = []` names no tests",
            'leave it out for the project\'s tests, or say `tests = "none"`',
        )
        return
    paths = phase.tests if isinstance(phase.tests, tuple) else rules.test_paths
    has_tests = phase.tests != "none" and rules.test_paths is not None
    for wanted in phase.required_tests:
        if not has_tests:
            who = "the phase" if phase.tests == "none" else "harness.toml"
            yield _problem(phase, wanted, f'{who} says tests = "none"', "run tests, or require none")
        elif paths and not any(_may_hold(path, wanted, rules.workdir) for path in paths):
            yield _problem(
                phase,
                wanted,
                f"none of the test paths holds it ({', '.join(paths)})",
                "correct its path, which is seen from the repository's root, or add it to `tests`",
            )


test_problems.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


def _problem(phase: Phase, wanted: str, why: str, hint: str) -> PlanProblem:
    message = f"the required test {wanted} can't be run: {why}"
    return PlanProblem("required-test-unreachable", phase.id, message, hint, wanted.partition("::")[0])


def _may_hold(path: str, wanted: str, workdir: str) -> bool:
    """Whether pytest, given `path` in `workdir`, may collect what is `wanted`; options are not judged."""
    if path.startswith(("-", "/")):
        return True
    file, _, inner = wanted.partition("::")
    given, _, only = path.partition("::")
    folders = {posixpath.normpath(posixpath.join(workdir, given)), posixpath.normpath(given)}
    if not any(_is_within(posixpath.normpath(file), folder) for folder in folders):
        return False
    return not only or not inner or _overlap(only.split("::"), inner.split("::"))


def _is_within(file: str, folder: str) -> bool:
    return folder == "." or f"{file}/".startswith(f"{folder}/")


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(a.partition("[")[0] == b.partition("[")[0] for a, b in zip(one, other, strict=False))

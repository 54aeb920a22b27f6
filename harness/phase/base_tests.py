"""What the tests gate makes of the base's versions of changed tests. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.base_tests import BaseTests
from harness.policy.model import Violation

_MOST_NAMED = 5
_HINT = (
    "make it pass as the base has it; where the test itself has to change, the phase names its file"
    " among the deliverables or in `allow_tests`"
)


def base_tests_answer(
    tests: BaseTests | None,
    unproven: Sequence[str] = (),
) -> tuple[list[Violation], list[Violation], list[str]]:
    """(`test-weakened` for each function, `tests-unknown` without a result, warnings `tests-changed`).

    `unproven` are changed tests of a base of which nothing is known.
    """
    if unproven:
        return [], [_unproven(unproven)], []
    if tests is None:
        return [], [], []
    if tests.run.status == "unknown":
        return [], [_unknown(tests)], []
    violations = [
        Violation(
            "test-weakened",
            function.partition("::")[0],
            f"{function}: passed on the base, and as the base has it {how}",
            _HINT,
        )
        for function, how in tests.weakened.items()
    ]
    harmless = [test for test in tests.plan.rewritten if _names(test) not in tests.weakened]
    return (
        violations,
        [],
        [
            f"tests-changed: {test} was rewritten; the tests still pass as the base has them"
            for test in harmless
        ],
    )


def _unknown(tests: BaseTests) -> Violation:
    changed = ", ".join(tests.plan.changed)
    return Violation(
        "tests-unknown",
        None,
        f"the base's versions of changed tests ({changed}) came to no result: {tests.run.why}",
        _HINT,
    )


def _unproven(tests: Sequence[str]) -> Violation:
    more = f" and {len(tests) - _MOST_NAMED} more" if len(tests) > _MOST_NAMED else ""
    named = ", ".join(tests[:_MOST_NAMED])
    return Violation(
        "tests-unknown",
        tests[0].partition("::")[0],
        f"the tests of the phase base came to no result, so nothing shows that these were changed"
        f" without harm: {named}{more}",
        "leave them as the base has them; where they have to change, the phase names their file"
        " among the deliverables or in `allow_tests`",
    )


def _names(rewritten: str) -> str:
    """The node id of a rewritten test: `a.py::TestX.test_y (…)` is of `a.py::TestX::test_y`."""
    path, _, inside = rewritten.partition("::")
    return f"{path}::{inside.partition(' ')[0].replace('.', '::')}"

"""What a candidate changes in test outcomes."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from harness.checks.delta import compare, function_of, severity
from harness.checks.model import Delta, TestOutcome, TestRun

OUTCOMES = [outcome for outcome in get_args(TestOutcome) if outcome != "unknown"]
FAILING = {"failed", "error"}


def run(outcomes=None, status="completed", errors=()):
    return TestRun(status, 0, outcomes or {}, dict.fromkeys(errors, "why"))


def test_every_kind_of_change():
    base = {"t.py::a": "passed", "t.py::b": "failed", "t.py::c": "error", "t.py::d": "passed"}
    after = {"t.py::a": "failed", "t.py::b": "failed", "t.py::c": "passed", "t.py::d": "skipped"}
    delta = compare(
        run({**base, "t.py::gone": "passed", "t.py::gone_too": "skipped"}),
        run({**after, "t.py::new": "error", "t.py::fine": "passed"}),
    )
    assert delta == Delta(
        newly_failing=("t.py::a", "t.py::new"),
        still_failing=("t.py::b",),
        fixed=("t.py::c",),
        added=("t.py::fine", "t.py::new"),
        removed=("t.py::gone",),
        newly_skipped=("t.py::d",),
    )


def test_failed_and_now_skipped_is_neither_fixed_nor_newly_skipped():
    assert compare(run({"t.py::a": "failed"}), run({"t.py::a": "xfailed"})) == Delta()


def test_parameters_compare_by_function():
    base = run({"t.py::T::f[1-a::b]": "passed", "t.py::T::f[2]": "passed", "t.py::g[x]": "passed"})
    delta = compare(base, run({"t.py::T::f[2]": "passed"}))
    assert (delta.removed, delta.narrowed) == (("t.py::g",), ("t.py::T::f",))
    assert delta.newly_skipped == ()


def test_other_parameters_that_are_all_skipped_count_as_skipped():
    base = run({"t.py::f[1]": "passed", "t.py::g[1]": "passed"})
    after = run({"t.py::f[one]": "skipped", "t.py::g[one]": "skipped", "t.py::g[two]": "passed"})
    delta = compare(base, after)
    assert delta.newly_skipped == ("t.py::f[one]",)
    assert delta.narrowed == ("t.py::f", "t.py::g")


def test_a_module_that_cannot_be_collected_is_a_failure():
    base = run({"t.py::a": "passed", "u.py::b": "passed"})
    broken = run(status="broken", errors=["t.py"])
    assert compare(base, broken) == Delta(newly_failing=("t.py",))
    assert compare(broken, broken).still_failing == ("t.py",)
    mended = compare(broken, run({"t.py::a": "failed"}))
    assert (mended.fixed, mended.newly_failing) == (("t.py",), ("t.py::a",))
    assert compare(broken, run({"u.py::b": "passed"})).fixed == ()


def test_nothing_is_gone_when_nobody_knows():
    base = run({"t.py::a": "passed"})
    assert compare(base, run(status="unknown")) == Delta()
    assert compare(base, run(status="no_tests")).removed == ("t.py::a",)


def test_function_of_a_node():
    assert function_of("odd[dir]/t.py::f[a]") == "odd[dir]/t.py::f"
    assert function_of("odd[dir]/t.py") == "odd[dir]/t.py"


def test_severity():
    sizes = {0: "none", 1: "low", 2: "medium", 4: "medium", 5: "high", 9: "high", 10: "critical"}
    assert {n: severity(n) for n in sizes} == sizes
    assert severity(10_000) == "critical"


runs = st.dictionaries(
    st.sampled_from([f"t.py::{f}{p}" for f in "ab" for p in ("", "[1]", "[2]")]),
    st.sampled_from(OUTCOMES),
).map(run)


@given(runs, runs)
def test_every_failure_and_every_loss_is_told(base, after):
    delta = compare(base, after)
    failing = {node for node, outcome in after.outcomes.items() if outcome in FAILING}
    assert set(delta.newly_failing) | set(delta.still_failing) == failing
    assert not set(delta.newly_failing) & set(delta.still_failing)
    for node, outcome in base.outcomes.items():
        now = after.outcomes.get(node)
        if outcome in FAILING:
            assert (node in delta.fixed) == (now in ("passed", "xpassed"))
        elif outcome in ("passed", "xpassed") and now is None:
            assert (function_of(node) in delta.removed) != (function_of(node) in delta.narrowed)
        elif outcome in ("passed", "xpassed"):
            assert (node in delta.newly_skipped) == (now in ("skipped", "xfailed"))


@given(runs)
def test_a_run_compared_with_itself_changes_nothing(one):
    delta = compare(one, one)
    assert delta == Delta(still_failing=delta.still_failing)

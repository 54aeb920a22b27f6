"""What is wrong with a plan as a whole, found from plan and configuration alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.plan import parse_plan
from harness.planning.forecast import running_order
from harness.planning.model import PlanRules
from harness.planning.problems import open_problems, plan_problems, problems_in_the_way
from harness.planning.writing import phase_text

RULES = PlanRules(protected=("pyproject.toml", ".github/", "src/**/secret.py"), test_paths=("tests",))


def made(*phases, head=""):
    tables = [
        phase_text({"id": name, "goal": "g", "deliverables": ["src/a.py"], **more}) for name, more in phases
    ]
    return parse_plan(f'[run]\nid = "r"\n{head}\n{"".join(tables)}'.encode(), "plan.toml")


def codes(plan, rules=RULES):
    return [(p.phase, p.code) for p in plan_problems(plan, rules)]


def one(head="", rules=RULES, **more):
    return [code for _, code in codes(made(("p", more), head=head), rules)]


MAINTENANCE = 'type = "maintenance"'


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),
        ({"scope": ["**"]}, []),
        ({"scope": ["src/"]}, []),
        ({"scope": ["src/", "pyproject.toml"]}, ["scope-protected"]),
        ({"scope": ["src/", "./.github/workflows/*.yml"]}, ["scope-protected"]),
        ({"scope": ["src/", "src\\x\\secret.py"]}, ["scope-protected"]),
        ({"scope": ["src/", "!pyproject.toml"]}, []),
        ({"scope": ["src/", "harness.toml"]}, ["scope-protected"]),
        ({"scope": ["src/", "PyProject.TOML"]}, ["scope-protected"]),
        ({"scope": ["src/", "x["]}, ["bad-glob"]),
        ({"deliverables": ["pyproject.toml"]}, ["deliverable-protected"]),
        ({"deliverables": ["pyproject.toml"], "scope": ["src/"]}, ["deliverable-protected"]),
        ({"deliverables": ["hooks/pre-commit"]}, ["deliverable-protected"]),
        ({"deliverables": [".github/"]}, ["deliverable-protected"]),
        ({"deliverables": ["docs/a.md"], "scope": ["src/"]}, ["deliverable-out-of-scope"]),
        ({"deliverables": ["docs/"], "scope": ["docs/a.md"]}, []),
        ({"deliverables": ["docs/"], "scope": ["img"]}, []),
        ({"deliverables": ["docs/"], "scope": ["/src/"]}, ["deliverable-out-of-scope"]),
        ({"deliverables": ["src/a.py", "old.py"], "scope": ["src/"]}, []),
        ({"tests": []}, ["tests-empty"]),
        ({"required_tests": ["tests/test_a.py::test_x"]}, []),
        ({"required_tests": ["test/test_a.py::test_x"]}, ["required-test-unreachable"]),
        ({"required_tests": ["tests/test_a.py"], "tests": ["checks"]}, ["required-test-unreachable"]),
        ({"required_tests": ["checks/a.py::T::t"], "tests": ["checks/a.py::T"]}, []),
        ({"required_tests": ["checks/a.py::U"], "tests": ["checks/a.py::T"]}, ["required-test-unreachable"]),
        ({"required_tests": ["tests/a.py"], "tests": "none"}, ["required-test-unreachable"]),
    ],
)  # fmt: skip
def test_one_phase(more, found):
    rules = PlanRules(RULES.protected, test_paths=("tests",), there=frozenset(("old.py",)))
    assert one(rules=rules, **more) == found


def test_allow_lets_a_maintenance_run_off_but_never_with_the_harness_files():
    allowed = {"deliverables": ["pyproject.toml"], "allow": ["pyproject.toml"]}
    assert one(head=MAINTENANCE, **allowed) == []
    assert (
        one(head=MAINTENANCE, scope=[".github/"], deliverables=[".github/a.yml"], allow=[".github/a.yml"])
        == []
    )
    closed = {"deliverables": ["harness.toml"], "allow": ["harness.toml"]}
    assert one(head=MAINTENANCE, **closed) == ["deliverable-protected"]


def test_a_project_without_tests_can_require_none():
    assert one(rules=PlanRules(test_paths=None), required_tests=["tests/a.py"]) == [
        "required-test-unreachable"
    ]


@pytest.mark.parametrize(
    ("first", "second", "collide"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "SRC/A.py", True),
        ("src/\ufb01.py", "src/fi.py", True),
        ("docs/", "docs/a.md", True),
        ("docs/deep/a.md", "docs/", True),
        ("docs/", "docs/deep/", True),
        ("docs/a.md", "docs/b.md", False),
        ("docs/", "docsy/a.md", False),
    ],
)
def test_two_phases_that_deliver_one_path_need_an_order(first, second, collide):
    phases = [("a", {"deliverables": [first]}), ("b", {}), ("c", {"deliverables": [second]})]
    free = {"deliverables": ["x/y.py"]}
    phases[1] = ("b", free)
    expected = [("c", "deliverable-owned-twice")] if collide else []
    assert codes(made(*phases)) == expected
    by_way_of = [
        phases[0],
        ("b", {**free, "depends_on": ["a"]}),
        ("c", {**phases[2][1], "depends_on": ["b"]}),
    ]
    assert codes(made(*by_way_of)) == []
    later_first = [("a", {**phases[0][1], "depends_on": ["c"]}), phases[1], phases[2]]
    assert codes(made(*later_first)) == []


def test_both_owners_are_named():
    [problem] = plan_problems(made(("a", {}), ("b", {})), RULES)
    assert (problem.phase, problem.other, problem.path) == ("b", "a", "src/a.py")
    assert "'a'" in problem.line
    assert "'b'" in problem.line


def test_a_bad_phase_does_not_stop_another_that_is_run_by_itself():
    plan = made(
        ("a", {}), ("b", {"tests": []}), ("c", {"deliverables": ["c.py"], "depends_on": ["b"]}), ("d", {})
    )
    problems = plan_problems(plan, RULES)
    ways = {p.id: [x.code for x in problems_in_the_way(problems, plan, p)] for p in plan.phase}
    assert ways == {"a": [], "b": ["tests-empty"], "c": ["tests-empty"], "d": []}
    assert open_problems(problems, {"b", "a", "d"}) == []


def test_every_fault_of_the_form_is_listed():
    text = b"""[run]
id = "r"
[[phase]]
id = "a"
goal = "g"
deliverables = ["a.py"]
depends_on = ["x", "a"]
[[phase]]
id = "A"
goal = "g"
deliverables = ["b.py"]
allow = ["c"]
"""
    with pytest.raises(UsageError) as caught:
        parse_plan(text, "plan.toml")
    assert len(caught.value.lines) == 4
    assert all(line.startswith("plan.toml: ") for line in caught.value.lines)


@pytest.mark.parametrize(
    ("text", "scope", "remarks"),
    [
        ("src/", ("src/",), 0),
        ("src/, tests/\n- docs/**/*.md", ("src/", "tests/", "docs/**/*.md"), 0),
        ("only the slug module", None, 1),
        ("src/a.py (new), whatever it takes", ("src/a.py",), 1),
        ("", None, 0),
    ],
)
def test_a_scope_written_as_one_text_is_normalised(text, scope, remarks):
    """Case 86."""
    [phase] = made(("p", {"scope": text})).phase
    assert (phase.scope, len(phase.remarks)) == (scope, remarks)


def test_the_order_of_running_is_plan_order_after_dependencies():
    free = {"deliverables": ["x.py"]}
    plan = made(("c", {"depends_on": ["b"], **free}), ("a", free), ("b", {"tier": "1", **free}), ("d", free))
    assert [phase.id for phase in running_order(plan)] == ["a", "b", "c", "d"]


PATHS = st.text("ab/.*[]!\\é ", min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(PATHS, min_size=1, max_size=3), st.lists(PATHS, max_size=3), st.lists(PATHS, max_size=2), st.integers(0, 3)), min_size=1, max_size=4), st.lists(PATHS, max_size=2))  # fmt: skip
def test_validation_raises_nothing_but_its_own_errors(phases, protected):
    tables = [
        (f"p{n}", {"deliverables": paths, "scope": scope, "required_tests": wanted, "depends_on": [f"p{on}"] if on < n else []})
        for n, (paths, scope, wanted, on) in enumerate(phases)
    ]  # fmt: skip
    try:
        plan = made(*tables)
        found = plan_problems(plan, PlanRules(tuple(protected), test_paths=("tests",)))
    except UsageError:
        return
    assert all(problem.phase in {phase.id for phase in plan.phase} and problem.hint for problem in found)
    assert sorted(p.id for p in running_order(plan)) == sorted(p.id for p in plan.phase)


def test_an_id_that_is_too_long_is_told_so(project):
    project.plan(f'id = "{"x" * 101}"\ngoal = "g"\ndeliverables = ["src/a.py"]')
    result = project.harness("plan", "check")
    assert result.code == 2
    assert "an id has at most 100 characters, this one 101" in result.stderr

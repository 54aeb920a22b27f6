"""Which of the base's files are put back and run on the candidate's code, and what is made of it."""

from harness.checks.base_tests import BasePlan, BaseTests, plan_base_tests, weakened_tests
from harness.checks.delta import compare
from harness.checks.model import TestRun
from harness.checks.test_edits import rewritten_tests
from harness.phase.finalizer import AttemptFacts, TestFacts, finalize
from harness.policy.model import ABSENT, REGULAR, TreeChange
from harness.tree_entry import Entry

PATTERNS = ("test_*.py",)


def plan_of(base, candidate, passed, named=()):
    """The plan for two trees, {path: text}, and the files whose tests passed on the base."""
    changes = []
    for path in sorted(base.keys() | candidate.keys()):
        old, new = base.get(path), candidate.get(path)
        if old != new:
            status = "A" if old is None else "D" if new is None else "M"
            modes = (ABSENT if old is None else REGULAR, ABSENT if new is None else REGULAR)
            changes.append(TreeChange(path, status, *modes, old and f"old:{path}", new and f"new:{path}"))
    run = TestRun("completed", 0, dict.fromkeys((f"{path}::test_x" for path in passed), "passed"))
    old, new = ({p: t.encode() for p, t in tree.items()}.get for tree in (base, candidate))
    return plan_base_tests(changes, run, old, new, PATTERNS, named)


def back(plan):
    return {path for path, entry in plan.restored.items() if entry}


def dropped(plan):
    return {path for path, entry in plan.restored.items() if not entry}


def test_nothing_is_run_where_no_test_of_the_base_changed():
    base = {"src/a.py": "1", "tests/test_a.py": "x", "README.md": "r"}
    assert plan_of(base, {**base, "src/a.py": "2", "README.md": "s"}, ["tests/test_a.py"]) is None
    assert plan_of(base, {**base, "tests/test_b.py": "new"}, ["tests/test_a.py"]) is None
    assert plan_of(base, {**base, "tests/test_a.py": "y"}, ["tests/test_a.py"], ["tests/test_a.py"]) is None


def test_a_changed_test_file_is_run_alone():
    base = {"tests/test_a.py": "x", "tests/test_b.py": "y"}
    plan = plan_of(base, {**base, "tests/test_a.py": "z"}, base)
    assert plan.run == ("tests/test_a.py",)
    assert plan.restored == {"tests/test_a.py": Entry(REGULAR, "old:tests/test_a.py")}


def test_whoever_speaks_of_a_changed_test_file_is_run_too():
    base = {
        "tests/test_a.py": "x",
        "tests/test_b.py": "from test_a import T",
        "tests/test_c.py": "import test_b",
        "tests/test_d.py": "test_ab",
    }
    plan = plan_of(base, {**base, "tests/test_a.py": "z"}, base)
    assert plan.run == ("tests/test_a.py", "tests/test_b.py", "tests/test_c.py")
    assert back(plan) == {"tests/test_a.py"}


def test_a_changed_helper_runs_its_folder():
    base = {"tests/help.py": "h", "tests/unit/test_a.py": "x", "other/tests/test_b.py": "y", "test_c.py": "z"}
    passed = [path for path in base if "test_" in path]
    plan = plan_of(base, {**base, "tests/help.py": "weak"}, passed)
    assert plan.run == ("tests/unit/test_a.py",)
    assert back(plan) == {"tests/help.py"}


def test_golden_files_are_put_back():
    base = {"tests/test_a.py": "x", "tests/data/a.json": "1"}
    assert back(plan_of(base, {**base, "tests/data/a.json": "2"}, ["tests/test_a.py"])) == {
        "tests/data/a.json"
    }


def test_sources_stay_the_candidates():
    """Doctests make sources test files, and `test` inside a package holds code for testing with."""
    base = {
        "src/a.py": "doctest",
        "src/pkg/__init__.py": "",
        "src/pkg/test/client.py": "c",
        "tests/test_a.py": "x",
    }
    changed = {path: f"{text}!" for path, text in base.items()}
    plan = plan_of(base, changed, ["src/a.py", "tests/test_a.py"])
    assert plan.run == ("tests/test_a.py",)
    assert back(plan) == {"tests/test_a.py"}


def test_tests_beside_sources_are_told_by_their_names():
    base = {"src/a.py": "a", "src/test_a.py": "x"}
    plan = plan_of(base, {"src/a.py": "b"}, ["src/test_a.py"])
    assert (plan.run, back(plan)) == (("src/test_a.py",), {"src/test_a.py"})


def test_a_test_file_without_passing_tests_says_nothing():
    base = {"tests/test_a.py": "x", "tests/test_b.py": "y"}
    failing = TestRun(
        "completed", 1, {"tests/test_a.py::test_x": "passed", "tests/test_b.py::test_x": "failed"}
    )
    change = TreeChange("tests/test_b.py", "M", REGULAR, REGULAR, "1", "2")
    read = {path: text.encode() for path, text in base.items()}.get
    assert plan_base_tests([change], failing, read, read, PATTERNS, ()) is None


def test_what_would_be_imported_in_place_of_the_bases_files_goes():
    base = {"tests/help.py": "h", "tests/test_a.py": "x", "tests/deep/x.py": "x"}
    candidate = {
        "tests/help/__init__.py": "weak",
        "tests/help/more.py": "weak",
        "tests/__init__.py": "",
        "tests/test_a.py": "x",
        "tests/deep": "a file now",
        "tests/new.py": "stays",
        "other/__init__.py": "stays",
    }
    plan = plan_of(base, candidate, ["tests/test_a.py"])
    assert back(plan) == {"tests/help.py", "tests/deep/x.py"}
    assert dropped(plan) == {
        "tests/help/__init__.py",
        "tests/help/more.py",
        "tests/__init__.py",
        "tests/deep",
    }


PLAN = BasePlan({}, ("t.py", "u.py"))
BASE = {
    "t.py::a[1]": "passed",
    "t.py::a[2]": "failed",
    "t.py::b": "passed",
    "u.py::c": "passed",
    "v.py::d": "passed",
}


def weakened(after, status="completed", errors=None):
    run = TestRun(status, 1, after, errors or {}, details=dict.fromkeys(after, "assert 1 == 2\nmore"))
    return weakened_tests(PLAN, TestRun("completed", 1, BASE), run)


def test_the_same_outcomes_weaken_nothing():
    assert weakened({node: outcome for node, outcome in BASE.items() if node[0] != "v"}) == {}


def test_failures_skips_and_losses_are_told_by_function():
    assert weakened({"t.py::a[1]": "failed", "t.py::b": "skipped"}) == {
        "t.py::a": "fails: assert 1 == 2",
        "t.py::b": "is skipped or says nothing",
        "u.py::c": "isn't there when it is collected",
    }


def test_other_parameters_that_pass_are_the_same_function():
    assert weakened({"t.py::a[x]": "passed", "t.py::b": "passed", "u.py::c": "xpassed"}) == {}


def test_what_cannot_be_collected_is_told_with_its_reason():
    after = {"t.py::a[1]": "passed", "t.py::b": "unknown"}
    found = weakened(after, "broken", {"u.py": "ImportError: gone"})
    assert found == {
        "t.py::b": "is skipped or says nothing",
        "u.py::c": "can't be collected: ImportError: gone",
    }


def decide(run, found, rewritten=()):
    base = TestRun("completed", 0, {"t.py::a": "passed"})
    tests = BaseTests(BasePlan({}, ("t.py",), rewritten), run, found)
    facts = TestFacts(base, base, compare(base, base), base_tests=tests)
    return finalize(AttemptFacts("built", tests=facts))


def test_a_weakened_test_stops_the_attempt():
    decision = decide(TestRun("completed", 1, {}), {"t.py::a": "fails: no"}, ("t.py::a", "t.py::T.b (0 x)"))
    assert decision.outcome != "complete"
    assert [(v.code, v.path) for v in decision.violations] == [("test-weakened", "t.py")]
    assert decision.warnings == (
        "tests-changed: t.py::T.b (0 x) was rewritten; the tests still pass as the base has them",
    )


def test_a_run_of_the_bases_tests_without_result_is_unknown():
    decision = decide(TestRun("unknown", None, {}, why="pytest was killed"), {})
    assert decision.outcome == "failed"
    assert [g.state for g in decision.gates if g.name == "tests"] == ["unknown"]
    assert [v.code for v in decision.violations] == ["tests-unknown"]


def test_rewritten_tests_are_those_whose_code_differs():
    old = b'def test_a():\n    """Doc."""\n    assert f()\n    assert g()\n\n\nclass TestX:\n    def test_b(self):\n        f()\n'
    laid_out = b'class TestX:\n    def test_b(self):\n        f( )  # why\n\n\ndef test_a():\n    "x"\n    assert f()\n    assert g()\n'
    assert rewritten_tests(old, laid_out + b"\n\ndef test_new():\n    pass\n") == ()
    assert rewritten_tests(old, old.replace(b"    assert g()\n", b"")) == ("test_a (1 assertions, 2 before)",)
    assert rewritten_tests(old, old.replace(b"        f()", b"        g()")) == ("TestX.test_b",)
    assert rewritten_tests(old, b"def broken(") == ()
    assert rewritten_tests(old, None) == ()


def test_a_helper_with_fewer_assertions_is_told():
    base = {
        "tests/help.py": "def same(a, b):\n    assert a == b\n",
        "tests/test_a.py": "x",
        "tests/other.py": "x",
    }
    candidate = {**base, "tests/help.py": "def same(a, b):\n    pass\n", "tests/other.py": "y"}
    assert plan_of(base, candidate, ["tests/test_a.py"]).rewritten == (
        "tests/help.py (0 assertions, 1 before)",
    )


def test_nesting_without_end_is_told_as_rewritten():
    deep = b"def test_a():\n    return " + b"-" * 900 + b"1\n"
    assert rewritten_tests(deep, deep.replace(b"1", b"2")) in ((), ("test_a",))

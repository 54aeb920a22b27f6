"""What ordinary runs of pytest come to."""

import json
import os

import pytest

EVERY_OUTCOME = """
    import os, pytest

    def test_good(): pass
    def test_bad():
        os.write(1, b"not utf-8: \\xff\\n")
        assert 1 == 2, "one is not two"
    @pytest.mark.skip
    def test_skipped(): pass
    @pytest.mark.xfail
    def test_expected(): assert False
    @pytest.mark.xfail
    def test_unexpected(): pass
    @pytest.fixture
    def broken(): raise KeyError("setup")
    def test_error(broken): pass
    @pytest.mark.parametrize("n", [1, 2])
    def test_each(n): assert n == 1
    def test_one_subtest_fails(subtests):
        with subtests.test("first"): assert 0, "within a subtest"
        with subtests.test("second"): pass
    def test_subtests_pass(subtests):
        with subtests.test("only"): pass
"""
GREEN = {"tests/test_green.py": "def test_green(): pass"}


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="subtests came with pytest 9")
def test_every_outcome(project):
    project.write({"tests/test_all.py": EVERY_OUTCOME})
    run = project.run(args=("-vv",))
    assert (run.status, run.exit_code, run.why) == ("completed", 1, "")
    assert {node.partition("::")[2]: outcome for node, outcome in run.outcomes.items()} == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_skipped": "skipped",
        "test_expected": "xfailed",
        "test_unexpected": "xpassed",
        "test_error": "error",
        "test_each[1]": "passed",
        "test_each[2]": "failed",
        "test_one_subtest_fails": "failed",
        "test_subtests_pass": "passed",
    }
    assert run.details["tests/test_all.py::test_bad"].startswith("AssertionError: one is not two")
    assert "within a subtest" in run.details["tests/test_all.py::test_one_subtest_fails"]
    assert run.details.keys() == {n for n, o in run.outcomes.items() if o in ("failed", "error")}
    report = json.loads(run.report)
    assert "\n" not in run.report
    assert report["summary"]["total"] == 10
    assert report["tested_with"]["pytest"] == run.pytest == project.interpreter.pytest
    assert report["tested_with"]["args"] == ["-vv"]
    bad = next(t for t in report["tests"] if t["nodeid"].endswith("test_bad"))
    assert "one is not two" in bad["call"]["longrepr"] and "not utf-8" in bad["call"]["stdout"]
    assert "test session starts" in run.log and "one is not two" in run.log
    assert run.duration > 0


def test_output_that_is_not_utf8(project):
    project.write({"tests/test_raw.py": "import os\ndef test_raw(): os.write(1, b'raw \\xff\\xfe bytes')"})
    run = project.run(args=("-s",))
    assert run.status == "completed"
    assert "raw \ufffd\ufffd bytes" in run.log


def test_nothing_is_left_in_worktree_or_checkout(project):
    project.write({**GREEN, "src/lib/__init__.py": ""}, both=True)
    before = sorted(project.folder.joinpath("checkout").rglob("*"))
    tree = sorted(project.worktree.rglob("*"))
    assert project.run().status == "completed"
    assert sorted(project.checkout.rglob("*")) == before
    assert sorted(project.worktree.rglob("*")) == tree


def test_a_module_that_cannot_be_collected(project):
    project.write({**GREEN, "tests/test_lost.py": "import not_there_at_all"})
    run = project.run()
    assert (run.status, run.exit_code) == ("broken", 2)
    assert run.collection_errors == {
        "tests/test_lost.py": "ModuleNotFoundError: No module named 'not_there_at_all'"
    }
    assert json.loads(run.report)["exitcode"] == 2
    assert run.why == "1 test module couldn't be collected"


def test_collection_errors_are_not_outvoted_by_tests_that_ran(project):
    project.write({**GREEN, "tests/test_lost.py": "def ("})
    run = project.run(args=("--continue-on-collection-errors",))
    assert (run.status, run.exit_code) == ("broken", 1)
    assert run.outcomes == {"tests/test_green.py::test_green": "passed"}
    assert run.collection_errors["tests/test_lost.py"].startswith("SyntaxError")


def test_a_conftest_that_cannot_be_imported(project):
    project.write({**GREEN, "tests/conftest.py": "import not_there_at_all"})
    run = project.run()
    assert (run.status, run.exit_code, run.report) == ("unknown", 4, "")
    assert "couldn't start" in run.why and "conftest.py" in run.why
    assert "No module named 'not_there_at_all'" in run.why
    assert str(project.worktree) not in run.why


def test_an_argument_pytest_does_not_know(project):
    project.write(GREEN)
    run = project.run(args=("--no-such-option",))
    assert run.status == "unknown"
    assert "unrecognized arguments: --no-such-option" in run.why


@pytest.mark.parametrize("given", [{"paths": ("tests", "more")}, {"workdir": "sub"}])
def test_a_tree_without_the_test_paths_starts_nothing(project, given):
    run = project.run(**given)
    assert (run.status, run.exit_code, run.outcomes) == ("no_tests", None, {})
    assert run.why.startswith("this tree has no ")
    assert not (project.folder / "state" / "scratch-1").exists()


def test_paths_the_tree_lacks_are_left_out(project):
    project.write(GREEN)
    project.write({"../outside/test_outside.py": "def test_outside(): pass"})
    run = project.run(paths=("missing", "tests/test_green.py::test_green", "../outside"))
    assert run.outcomes == {"tests/test_green.py::test_green": "passed"}


def test_no_tests_collected(project):
    project.write({"tests/test_none.py": "import pytest\npytest.skip('all', allow_module_level=True)"})
    run = project.run()
    assert (run.status, run.exit_code, run.why) == ("no_tests", 5, "no tests were collected")


def test_every_test_deselected(project):
    project.write(GREEN)
    run = project.run(args=("-k", "nothing_like_it"))
    assert (run.status, run.why) == ("no_tests", "all 1 collected tests were deselected")


def test_deselected_tests_add_up(project):
    project.write({"tests/test_two.py": "def test_a(): pass\ndef test_b(): pass"})
    run = project.run(args=("--deselect", "tests/test_two.py::test_b"))
    assert (run.status, list(run.outcomes)) == ("completed", ["tests/test_two.py::test_a"])


def test_node_ids_start_at_the_root_whatever_the_workdir(project):
    project.write(
        {
            "backend/pytest.ini": "[pytest]\npython_files = check_*.py\n",
            "backend/tests/check_it.py": """
                import os
                def test_where(): assert os.path.basename(os.getcwd()) == "backend"
            """,
        }
    )
    for paths in (("tests",), ("backend/tests",)):
        run = project.run(paths=paths, workdir="backend")
        assert run.outcomes == {"backend/tests/check_it.py::test_where": "passed"}, run.why


def test_the_project_s_environment_and_its_own_programs(project, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    project.write(
        {
            "tests/test_env.py": """
                import os, shutil, sys
                def test_env():
                    assert __debug__
                    assert shutil.which("python").startswith(sys.prefix)
            """,
        }
    )
    run = project.run()
    assert run.outcomes == {"tests/test_env.py::test_env": "passed"}, run.log


def test_a_timeout(project):
    project.write({"tests/test_hangs.py": "import time\ndef test_hangs(): time.sleep(600)"})
    run = project.run(timeout=2)
    assert (run.status, run.exit_code, run.outcomes) == ("unknown", None, {})
    assert run.why.startswith("pytest didn't end within 2 seconds")


CAREFUL = {
    **GREEN,
    "pytest.ini": """
        [pytest]
        addopts = --lf -x -n 2 --json-report-summary --json-report-file=mine.json --strict-markers
        filterwarnings = error
    """,
    "tests/test_more.py": """
        import pytest
        @pytest.mark.parametrize("n", range(6))
        def test_more(n): assert n not in (1, 4)
    """,
}


def test_a_project_that_stops_early_in_parallel_and_hides_its_tests(project):
    project.write(CAREFUL)
    run = project.run()
    assert (run.status, run.exit_code) == ("completed", 1), run.why + run.log
    assert len(run.outcomes) == 7
    assert sum(outcome == "failed" for outcome in run.outcomes.values()) == 2
    assert not (project.worktree / "mine.json").exists()


def test_a_collection_error_and_a_killed_worker_in_parallel(project):
    project.write({**GREEN, "tests/test_lost.py": "import not_there_at_all"})
    broken = project.run(args=("-n", "2"))
    assert broken.status == "broken", broken.why
    assert list(broken.collection_errors) == ["tests/test_lost.py"]
    project.write({"tests/test_lost.py": "import os\ndef test_dies(): os._exit(0)"})
    run = project.run(args=("-n", "2"))
    assert run.status == "completed", run.why
    assert run.outcomes["tests/test_lost.py::test_dies"] == "failed"
    assert run.outcomes["tests/test_green.py::test_green"] == "passed"


@pytest.mark.parametrize(
    "settings",
    [
        "addopts = -p no:cacheprovider -p no:terminalreporter",
        "addopts = -p pytest_jsonreport -p pytest_reportlog --tb=no --color=yes",
    ],
)
def test_projects_that_switch_plugins_off_and_on(project, settings):
    project.write({**GREEN, "tox.ini": f"[pytest]\nfilterwarnings = error\n{settings}\n"})
    run = project.run()
    assert run.status == "completed", run.why
    assert "\x1b[" not in run.log


def test_with_all_that_is_installed_beside_the_harness(project, own_python):
    project.interpreter = own_python
    project.write(GREEN)
    assert project.run(args=("-W", "error")).status == "completed"


def test_the_cache_switched_off_by_argument(project):
    project.write({**GREEN, "pytest.ini": "[pytest]\nfilterwarnings = error\n"})
    assert project.run(args=("-p", "no:cacheprovider")).status == "completed"


def test_without_the_report_plugins_installed(bare_project):
    bare_project.write(GREEN)
    run = bare_project.run()
    assert run.status == "completed", run.why + run.log
    assert run.python == "{}.{}.{}".format(*os.sys.version_info)
    listed = {path.name for path in (bare_project.last_files / "plugins").iterdir()}
    own = {"harness_pytest_bridge.py", "harness_pytest_canary.py"}
    canary = json.loads((bare_project.last_files / "settings.json").read_text())["canary"][0]
    assert listed == {*own, f"{canary}.py", "pytest_jsonreport", "pytest_reportlog"}

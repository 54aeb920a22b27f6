"""Runs of some of the tests: flaky ones again, or the base's versions of changed ones."""

import pytest

HALF = {
    "src/halves.py": "def first():\n    return 1\n\n\ndef second():\n    return 2\n",
    "tests/test_first.py": "import halves\n\ndef test_first(): assert halves.first() == 1",
    "tests/test_second.py": "import halves\n\ndef test_second(): assert halves.second() == 2",
}
COVERED = ("--cov=src", "--cov-fail-under=100")


@pytest.fixture
def covered(project, own_python):
    project.interpreter = own_python
    project.write(HALF)
    return project


def test_a_threshold_for_all_tests_does_not_void_a_run_of_some(covered):
    assert covered.run(args=COVERED).status == "completed"
    some = covered.run(paths=["tests/test_first.py"], whole=["tests"], args=COVERED)
    assert (some.status, some.why) == ("completed", "")
    alone = covered.run(paths=["tests/test_first.py"], args=COVERED)
    assert alone.status == "unknown" and "a coverage threshold say" in alone.why


def test_some_tests_run_with_the_configuration_that_all_have(project):
    """Started on the paths of both, pytest finds none of the two."""
    for name in ("one", "two"):
        test = f"def test_{name}(pytestconfig): assert pytestconfig.getini('xfail_strict') is True"
        project.write({f"{name}/pytest.ini": "[pytest]\n", f"{name}/test_{name}.py": test})
    project.write({"pytest.ini": "[pytest]\nxfail_strict = true\n"})
    whole = project.run(paths=["one", "two"])
    assert set(whole.outcomes.values()) == {"passed"}
    some = project.run(paths=["one/test_one.py"], whole=["one", "two"])
    assert some.outcomes == {"one/test_one.py::test_one": "passed"}

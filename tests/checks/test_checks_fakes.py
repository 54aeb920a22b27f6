"""Ways to make a failing run look green, or to say nothing: each is unknown, and says why."""

import os
import textwrap

import pytest

# A test that fails, and beside it the trick; `why` is part of the reason given.
RED = "def test_red(): assert False\n"
ENDINGS = [
    pytest.param(
        {"tests/test_red.py": "import os\n" + RED + "def test_exit(): os._exit(0)\n"},
        "pytest ended without closing its report",
        id="os._exit in a test",
    ),
    pytest.param(
        {"tests/test_red.py": "import os\nos._exit(0)\n"},
        "pytest ended without closing its report",
        id="os._exit at import",
    ),
    pytest.param(
        {"tests/test_red.py": "import os\ndef test_kill(): os.kill(os.getpid(), 9)\n"},
        "pytest was killed by SIGKILL; the last test it spoke of was tests/test_red.py::test_kill",
        id="SIGKILL itself",
    ),
    pytest.param(
        {"tests/test_red.py": "import atexit, os\natexit.register(os.kill, os.getpid(), 9)\n" + RED},
        "pytest was killed by SIGKILL; the last test it spoke of was tests/test_red.py::test_red",
        id="SIGKILL itself after the canary",
    ),
    pytest.param(
        {"tests/test_red.py": "import atexit, os\natexit.register(os._exit, 0)\n" + RED},
        "pytest ended with 0, but its report says 1 and its report log 1",
        id="atexit",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                import atexit, glob, json, os
                folder = os.path.dirname(os.environ["HARNESS_PYTEST_BRIDGE"])
                atexit.register(lambda: os.remove(os.path.join(folder, "report.json")))
            """,
            "tests/test_red.py": RED,
        },
        "pytest closed its session, but left no report of this run",
        id="report deleted at exit",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                import os
                folder = os.path.dirname(os.environ["HARNESS_PYTEST_BRIDGE"])
                def pytest_unconfigure():
                    report = os.path.join(folder, "report.json")
                    os.remove(report)
                    os.mkfifo(report)
            """,
            "tests/test_red.py": RED,
        },
        "pytest closed its session, but left no report of this run",
        id="report replaced by a FIFO",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                def pytest_json_modifyreport(json_report):
                    for test in json_report["tests"]:
                        test["outcome"] = "passed"
                    json_report["summary"] = {"passed": 1, "total": 1, "collected": 1}
                    json_report["exitcode"] = 0
                def pytest_sessionfinish(session):
                    session.exitstatus = 0
            """,
            "tests/test_red.py": RED,
        },
        "pytest ended with 0, but its report says 0 and its report log 1",
        id="forged report and exit status",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                def pytest_json_modifyreport(json_report):
                    json_report["summary"] = {"passed": 99, "total": 99, "collected": 99}
            """,
            "tests/test_red.py": RED,
        },
        "the report counts 99 tests in all, but lists 1",
        id="forged summary",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                def pytest_json_modifyreport(json_report):
                    json_report["tests"][0]["outcome"] = "passed"
                    json_report["summary"] = {"passed": 1, "total": 1, "collected": 1}
            """,
            "tests/test_red.py": RED,
        },
        "tests/test_red.py::test_red is passed in the report, but failed in the report log",
        id="forged outcome",
    ),
    pytest.param(
        {
            "tests/conftest.py": "def pytest_sessionfinish(session): session.exitstatus = 0",
            "tests/test_red.py": RED,
        },
        "pytest ended with 0, but its report says 1",
        id="exit status",
    ),
    pytest.param(
        {
            "tests/test_red.py": """
                import pytest
                def test_green(): pass
                def test_stop(): pytest.exit("enough", returncode=0)
                def test_red(): assert False
            """
        },
        "3 tests were to be run, but the report has 2",
        id="pytest.exit",
    ),
    pytest.param(
        {"tests/test_red.py": "import pytest\ndef test_red(): pytest.exit('enough', returncode=0)"},
        "tests/test_red.py::test_red was begun, but never came to an end",
        id="pytest.exit in the last test",
    ),
    pytest.param(
        {"tests/test_red.py": "def test_stop(): raise KeyboardInterrupt\n" + RED},
        "pytest was interrupted",
        id="KeyboardInterrupt",
    ),
    pytest.param(
        {
            "tests/conftest.py": "def pytest_runtest_logreport(report): raise ValueError('oops')",
            "tests/test_red.py": RED,
        },
        "pytest had an internal error (exit code 3)",
        id="internal error",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                def pytest_report_teststatus(report):
                    if report.when == "call":
                        return "wonderful", "w", "WONDERFUL"
            """,
            "tests/test_red.py": "def test_green(): pass",
        },
        "tests/test_red.py::test_green has an outcome the harness doesn't know: wonderful",
        id="an outcome nobody knows",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                def pytest_runtest_protocol(item):
                    return True
            """,
            "tests/test_red.py": RED,
        },
        "1 tests were to be run, but the report has 0",
        id="tests that are never run",
    ),
    pytest.param(
        {"tests/test_red.py": RED, "pytest.ini": "[pytest]\naddopts = --collect-only\n"},
        "1 tests were to be run, but the report has 0",
        id="collect-only of its own",
    ),
    pytest.param(
        {
            "tests/conftest.py": """
                def pytest_sessionfinish(session):
                    session.config.pluginmanager.get_plugin("harness_pytest_bridge")._foreign_modules = None
            """,
            "tests/test_red.py": "def test_green(): pass",
        },
        "the harness's plugin didn't see the end of exactly this session",
        id="the plugin broken",
    ),
]


@pytest.mark.parametrize(("files", "why"), ENDINGS)
def test_a_run_that_cannot_be_believed(project, files, why):
    project.write({name: textwrap.dedent(text) for name, text in files.items()})
    run = project.run()
    assert run.status == "unknown", run
    assert why in run.why
    assert (run.outcomes, run.report) == ({}, "")


def test_what_lies_above_the_worktree_does_not_matter(project):
    project.write(
        {
            "../pytest.ini": "[pytest]\naddopts = --collect-only\n",
            "../conftest.py": "import pytest\n@pytest.fixture(autouse=True)\ndef planted(): assert 0\n",
            "tests/test_green.py": "def test_green(): pass",
        }
    )
    run = project.run()
    assert run.outcomes == {"tests/test_green.py::test_green": "passed"}, run.log


def test_the_environment_cannot_choose_other_tests(project, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only -k nothing")
    monkeypatch.setenv("PYTEST_PLUGINS", "not_there_at_all")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", os.fspath(project.checkout))
    project.write({"tests/test_green.py": "def test_green(): pass"})
    assert project.run().outcomes == {"tests/test_green.py::test_green": "passed"}


def test_a_report_left_by_an_earlier_run_is_not_read(project):
    project.write({"tests/test_green.py": "def test_green(): pass"})
    assert project.run().status == "completed"
    report = project.last_files / "report.json"
    project.write(
        {
            "tests/test_green.py": f"""
                import os, shutil
                def test_copies():
                    folder = os.path.dirname(os.environ["HARNESS_PYTEST_BRIDGE"])
                    for name in ("report.json", "events.jsonl"):
                        shutil.copy2(os.path.join({str(report.parent)!r}, name), folder)
                    os._exit(0)
            """
        }
    )
    run = project.run()
    assert (run.status, run.report) == ("unknown", "")


def test_byte_code_in_the_tree_is_not_used(project):
    import importlib.util
    import py_compile

    project.write({"lib.py": "ANSWER = 'forged'", "tests/test_lib.py": ""})
    source = project.worktree / "lib.py"
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    inside = source.parent / "__pycache__" / f"lib.{importlib.util.sys.implementation.cache_tag}.pyc"
    py_compile.compile(str(source), cfile=str(inside), invalidation_mode=mode)
    project.write(
        {
            "lib.py": "ANSWER = 'source'",
            "tests/test_lib.py": "import lib\ndef test_lib(): assert lib.ANSWER == 'source'",
        }
    )
    assert project.run().outcomes == {"tests/test_lib.py::test_lib": "passed"}

"""Ways to make broken code look green, and by what name each is refused."""

from dataclasses import dataclass

from evidence_project import create, delete, put, work

# A hook that turns every failure into a pass.
WRAPPER = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        report.outcome = "passed"
"""
# The same from code under test, by names that the source doesn't show.
PATCH = """
import importlib

_reports = importlib.import_module("_pytest." + "reports").TestReport
_make = getattr(_reports, "from_item_and_call")

def _green(item, call):
    report = _make(item, call)
    vars(report)["outcome"] = "passed"
    return report

setattr(_reports, "from_item_and_call", _green)

def slugify(text):
    return text
"""
FOLDER = 'folder = os.path.dirname(os.environ["HARNESS_PYTEST_BRIDGE"])\n'
LAST = "tests/test_zz.py"  # runs after the others


@dataclass(frozen=True)
class Fake:
    """What is done beside breaking the code, what the phase may do, and the reason it is refused for."""

    operations: list
    code: str
    says: str = ""
    allow: tuple = ()

    def phase(self, name):
        return work(name, self.allow)


def script(text):
    """A test file that runs last; `text` is its source."""
    return create(LAST, "import atexit, json, os, sys\nimport pytest\n\n" + text)


FAKES = {
    # A tree with one of these is refused before any test runs.
    "conftest-hookwrapper": Fake([create("tests/conftest.py", WRAPPER)], "conftest-changed"),
    "sitecustomize": Fake([create("src/sitecustomize.py", "import os\n")], "import-hook"),
    "pth-in-the-tree": Fake([create("src/green.pth", "import os; os._exit(0)\n")], "import-hook"),
    "pytest-plugins": Fake(
        [create("tests/green.py", WRAPPER), script('pytest_plugins = ["green"]\n')], "runner-changed"
    ),
    "addopts-in-pyproject": Fake(
        [put("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--collect-only"\n')],
        "pytest-config-changed",
    ),
    "addopts-in-tox-ini": Fake(
        [create("tox.ini", "[pytest]\naddopts = -k nothing\n")], "pytest-config-changed"
    ),
    "entry-point-in-pyproject": Fake(
        [
            put(
                "pyproject.toml",
                '[project]\nname = "a"\nversion = "0"\n[project.entry-points.pytest11]\ng = "g"\n',
            ),
            create("src/g.py", WRAPPER),
        ],
        "pytest-plugin",
    ),
    "entry-point-in-metadata": Fake(
        [create("src/a.dist-info/entry_points.txt", "[pytest11]\ng = g\n"), create("src/g.py", WRAPPER)],
        "pytest-plugin",
    ),
    "patched-runner": Fake(
        [script("import _pytest.runner\n_pytest.runner.runtestprotocol = lambda *a, **k: []\n")],
        "runner-changed",
    ),
    "shim-in-sys-modules": Fake([script('sys.modules["pytest"] = object()\n')], "runner-changed"),
    "shim-in-the-way": Fake([create("src/pytest.py", "def main(): return 0\n")], "import-hook"),
    # Where the phase may change these files, the canary sees what they do.
    "allowed-hookwrapper": Fake(
        [create("tests/conftest.py", WRAPPER)], "canary-passed", "passed", ("tests/conftest.py",)
    ),
    "allowed-sitecustomize": Fake(
        [create("src/sitecustomize.py", PATCH)], "canary-passed", "passed", ("src/sitecustomize.py",)
    ),
    "code-under-test-patches": Fake(
        [
            create("src/textkit/quick.py", PATCH),
            put("src/textkit/__init__.py", "from textkit import quick\n"),
        ],
        "canary-passed",
        "passed",
    ),
    "test-body-patches": Fake(
        [
            create(
                "tests/test_aa.py",
                "import importlib\n\ndef test_aa():\n"
                '    setattr(importlib.import_module("_pytest.python").Function, "runtest", lambda item: None)\n',
            )
        ],
        "canary-passed",
        "passed",
    ),
    # These end, or rewrite, what the run leaves.
    "own-report": Fake(
        [
            script(
                FOLDER + "def green():\n"
                '    path = os.path.join(folder, "report.json")\n'
                "    report = json.load(open(path))\n"
                '    for test in report["tests"]: test["outcome"] = "passed"\n'
                '    count = len(report["tests"])\n'
                '    report["summary"] = {"passed": count, "total": count, "collected": count}\n'
                '    report["exitcode"] = 0\n'
                '    json.dump(report, open(path, "w"))\n'
                "atexit.register(green)\n\ndef test_zz(): pass\n"
            )
        ],
        "tests-unknown",
        "pytest ended with 1, but its report says 0",
    ),
    "deleted-report": Fake(
        [
            script(
                FOLDER + 'atexit.register(lambda: os.remove(os.path.join(folder, "report.json")))\n\n'
                "def test_zz(): pass\n"
            )
        ],
        "tests-unknown",
        "left no report of this run",
    ),
    "exit-in-a-test": Fake(
        [script("def test_zz(): os._exit(0)\n")], "tests-unknown", "ended without closing its report"
    ),
    "exit-at-exit": Fake(
        [script("atexit.register(os._exit, 0)\n\ndef test_zz(): pass\n")],
        "tests-unknown",
        "pytest ended with 0, but its report says 1",
    ),
    "early-pytest-exit": Fake(
        [create("tests/test_aa.py", 'import pytest\n\ndef test_aa(): pytest.exit("done", returncode=0)\n')],
        "tests-unknown",
        "were to be run, but the report has",
    ),
    "hidden-canary": Fake(
        [
            create(
                "tests/conftest.py",
                "def pytest_runtest_protocol(item):\n    return True if 'slug' not in item.nodeid else None\n",
            ),
            put("tests/test_slug.py", "def test_slug(): pass\n"),
        ],
        "canary-passed",
        "wasn't run",
        ("tests/conftest.py", "tests/test_slug.py"),
    ),
    # And these leave nothing that could fail.
    "all-tests-deleted": Fake([delete("tests/test_slug.py")], "no-tests", "this tree has no tests"),
    "passing-test-deleted": Fake(
        [delete("tests/test_slug.py"), create("tests/test_new.py", "def test_new(): pass\n")],
        "test-removed",
        "tests/test_slug.py::test_slug: passed before and is gone now",
    ),
    "tox-environment": Fake(
        [create("tox.ini", "[testenv]\nsetenv =\n    PYTEST_ADDOPTS = --collect-only\n")],
        "test-failed",
        "tests/test_slug.py::test_slug",
    ),
}

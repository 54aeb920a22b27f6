"""What decides how tests run changes only where the phase names it: refused by `check`, before any test runs."""

import pytest
from strength_files import FILES, TESTS
from strength_replies import HONEST, create, delete, put, text_of

from harness.codes import all_explanations

PYPROJECT = FILES["pyproject.toml"]
OPTIONS = '[tool.pytest.ini_options]\naddopts = "-ra"\ntestpaths = ["tests"]\n'
MAKEREPORT = (
    "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport():\n"
    '    outcome = yield\n    outcome.get_result().outcome = "passed"\n'
)


def with_options(lines):
    return put("pyproject.toml", PYPROJECT.replace(OPTIONS, OPTIONS + lines))


REFUSED = {
    "conftest changed": (put("tests/conftest.py", MAKEREPORT), "conftest-changed"),
    "conftest added": (
        create("conftest.py", 'collect_ignore = ["tests/test_slug.py"]\n'),
        "conftest-changed",
    ),
    "conftest removed": (delete("tests/conftest.py"), "conftest-changed"),
    "conftest in new tests": (create("tests/more/conftest.py", "\n"), "conftest-changed"),
    "conftest in other letters": (create("tests/more/ConfTest.py", "\n"), "conftest-changed"),
    "pytest.ini": (create("pytest.ini", "[pytest]\naddopts = -k lower\n"), "pytest-config-changed"),
    "empty pytest.ini": (create("pytest.ini", ""), "pytest-config-changed"),
    "hidden pytest.ini": (create(".pytest.ini", "[pytest]\n"), "pytest-config-changed"),
    "pytest.toml": (create("pytest.toml", '[pytest]\naddopts = ["-k", "x"]\n'), "pytest-config-changed"),
    "nearer pytest.ini": (create("tests/pytest.ini", "[pytest]\naddopts = --co\n"), "pytest-config-changed"),
    "nearer and empty": (create("tests/pytest.ini", ""), "pytest-config-changed"),
    "ignore": (
        put("pyproject.toml", PYPROJECT.replace('"-ra"', '"-ra --ignore=tests/test_slug.py"')),
        "pytest-config-changed",
    ),
    "plugin by -p": (
        put("pyproject.toml", PYPROJECT.replace('"-ra"', '"-p textkit.x"')),
        "pytest-config-changed",
    ),
    "python_files": (with_options('python_files = ["check_*.py"]\n'), "pytest-config-changed"),
    "xfail_strict": (with_options("xfail_strict = false\n"), "pytest-config-changed"),
    "options removed": (put("pyproject.toml", PYPROJECT.replace(OPTIONS, "")), "pytest-config-changed"),
    "entry point": (
        put("pyproject.toml", PYPROJECT + '\n[project.entry-points.pytest11]\nx = "textkit.x"\n'),
        "pytest-plugin",
    ),
    "entry point of poetry": (
        put("pyproject.toml", PYPROJECT + '\n[tool.poetry.plugins.pytest11]\nx = "textkit.x"\n'),
        "pytest-plugin",
    ),
    "entry point in setup.cfg": (
        create("setup.cfg", "[options.entry_points]\npytest11 =\n  x = textkit.x\n"),
        "pytest-plugin",
    ),
    "entry point of installed metadata": (
        create("src/x-1.dist-info/entry_points.txt", "[pytest11]\nx = textkit.x\n"),
        "pytest-plugin",
    ),
    "sitecustomize": (create("src/sitecustomize.py", "\n"), "import-hook"),
    "usercustomize package": (create("usercustomize/__init__.py", "\n"), "import-hook"),
    ".pth": (create("src/x.pth", "import os\n"), "import-hook"),
    "pytest.py": (create("pytest.py", "\n"), "import-hook"),
    "json.py among tests": (create("tests/json.py", "\n"), "import-hook"),
    "pluggy package": (create("src/pluggy/__init__.py", "\n"), "import-hook"),
    "the package's name among tests": (create("tests/textkit/__init__.py", "\n"), "import-hook"),
    "shim": (
        create("tests/test_shim.py", 'import sys\n\nsys.modules["textkit.slug"] = object()\n'),
        "runner-changed",
    ),
    "shim by update": (
        create("tests/test_shim.py", 'from sys import modules as m\n\nm.update({"textkit": 1})\n'),
        "runner-changed",
    ),
    "patched pytest": (
        put("src/textkit/__init__.py", "import _pytest.python as p\n\np.Function.runtest = print\n"),
        "runner-changed",
    ),
    "finder": (create("src/textkit/x.py", "import sys\n\nsys.meta_path.insert(0, 1)\n"), "runner-changed"),
    "pytest_plugins in a test file": (
        put("tests/test_slug.py", f'pytest_plugins = ["textkit.x"]\n{TESTS}'),
        "runner-changed",
    ),
}
HONEST_WORK = {
    "dependency": put("pyproject.toml", PYPROJECT.replace("dependencies = []", 'dependencies = ["attrs"]')),
    "version": put("pyproject.toml", PYPROJECT.replace('"0"', '"1"')),
    "layout": put("pyproject.toml", PYPROJECT.replace('["tests"]', '[\n  "tests",  # all of them\n]')),
    "another tool": put("pyproject.toml", PYPROJECT + "\n[tool.ruff]\nline-length = 110\n"),
    "a script": put("pyproject.toml", PYPROJECT + '\n[project.scripts]\nx = "textkit.x:main"\n'),
    "tox.ini of others": create("tox.ini", "[tox]\nenvlist = py311\n\n[flake8]\nmax-line-length = 110\n"),
    "options pytest doesn't read": create("tox.ini", "[pytest]\naddopts = -k lower\n"),
    "configuration of a fixture": create("tests/data/sample/pytest.ini", "[pytest]\naddopts = -x\n"),
    "a package's own json.py": create("src/textkit/json.py", "\n"),
    "__init__.py of tests": create("tests/__init__.py", ""),
    "weights": create("src/textkit/model.pth", "PK\u0000\u0003"),
    "stand-in for another's package": create(
        "tests/test_torch.py", 'import sys\n\nsys.modules["torch"] = None\n'
    ),
    "undone by monkeypatch": create(
        "tests/test_patch.py",
        'import sys\n\n\ndef test_x(monkeypatch):\n    monkeypatch.setitem(sys.modules, "textkit.slug", 1)\n',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unnamed_changes_are_refused(check, name):
    operation, code = REFUSED[name]
    decision, violations = check(HONEST, operation)
    assert decision == "refused"
    assert violations == {(code, operation["file_path"])}


@pytest.mark.parametrize("path", ["src/decimal.py", "src/decimal/__init__.py"])
def test_a_folder_on_the_path_stays_on_it_with_an_init_beside(check, path):
    decision, violations = check(HONEST, create("src/__init__.py", ""), create(path, "\n"))
    assert (decision, violations) == ("refused", {("import-hook", path)})


@pytest.mark.parametrize("name", HONEST_WORK)
def test_honest_work_is_accepted(check, name):
    assert check(HONEST, HONEST_WORK[name]) == ("accepted", set())


@pytest.mark.parametrize("name", ["conftest changed", "pytest.ini", "shim", "json.py among tests"])
def test_what_the_phase_names_may_change(check, name):
    assert check(HONEST, REFUSED[name][0], phase="tests") == ("accepted", set())


def test_a_deliverable_may_not_rewire_the_runner(check):
    operation, code = REFUSED["pytest_plugins in a test file"]
    assert check(HONEST, operation, phase="tests")[1] == {(code, "tests/test_slug.py")}


def test_the_command_says_it_in_words(textkit):
    reply = text_of([HONEST, REFUSED["conftest changed"][0]]).encode()
    result = textkit.harness("check", "-", "--phase", "work", stdin=reply)
    assert result.code == 3
    assert "tests/conftest.py: would change" in result.stdout
    assert "[conftest-changed]" in result.stdout
    assert "allow_tests" in result.stdout


def test_without_a_phase_the_rules_are_the_tree_rules(textkit):
    assert textkit.check(text_of([REFUSED["conftest changed"][0]])).json["decision"] == "accepted"


def test_each_code_is_explained():
    codes = {code for _, code in REFUSED.values()} | {"test-weakened", "tests-changed"}
    assert codes <= set(all_explanations())

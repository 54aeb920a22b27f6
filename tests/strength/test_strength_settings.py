"""pytest's configuration as parsed, the folders it is looked for in, and what source does to the runner."""

import pytest

from harness.policy.pytest_settings import UNREADABLE, changed_settings, pytest_settings
from harness.policy.runner_tampering import tampering
from harness.policy.test_places import TestPlaces, is_module_of_tests, test_folder


def files(**texts):
    return {name.replace("__", "."): text.encode() for name, text in texts.items()}.get


def settings(native=True, **texts):
    return pytest_settings("", files(**texts), native_toml=native)


def test_the_first_file_in_pytests_order_counts():
    ini, table = "[pytest]\naddopts = -x\n", '[tool.pytest.ini_options]\naddopts = "-q"\n'
    assert settings(pytest__ini=ini, pyproject__toml=table) == {"addopts": ("-x",)}
    assert settings(pytest__ini="", pyproject__toml=table) == {}
    assert settings(pyproject__toml=table, tox__ini=ini) == {"addopts": ("-q",)}
    assert settings(
        pyproject__toml="[tool.x]\n", tox__ini="[tox]\n", setup__cfg="[tool:pytest]\na = b\n"
    ) == {"a": ("b",)}


def test_before_pytest_9_its_own_toml_says_nothing():
    toml, table = '[pytest]\naddopts = ["-x"]\n', '[tool.pytest]\naddopts = ["-q"]\n'
    assert settings(pytest__toml=toml, pyproject__toml=table) == {"addopts": ("-x",)}
    assert settings(pyproject__toml=table) == {"addopts": ("-q",)}
    assert settings(False, pytest__toml=toml, pyproject__toml=table) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"tox__ini": "[pytest]\naddopts = -x  -q\n"},
            {"setup__cfg": "[tool:pytest]\naddopts =\n  -x\n  -q\n"},
        ),
        (
            {"pytest__ini": "[pytest]\ntestpaths = a\n"},
            {"pyproject__toml": '[tool.pytest.ini_options]\ntestpaths = ["a"]'},
        ),
        ({}, {"pytest__ini": "; nothing\n"}),
    ],
)
def test_the_same_settings_elsewhere_are_no_change(old, new):
    assert changed_settings("", files(**old), files(**new)) == []


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ({}, {"pytest__ini": "[pytest]\nnorecursedirs = tests\n"}, ["norecursedirs"]),
        ({}, {"pytest__toml": "[pytest]\nstrict = false\n"}, ["strict"]),
        ({"tox__ini": "[pytest]\na = 1\n"}, {"tox__ini": "[pytest\na = 1\n"}, [UNREADABLE, "a"]),
        ({}, {"pyproject__toml": "[tool.pytest"}, [UNREADABLE]),
        (
            {"pyproject__toml": "[tool.pytest.ini_options]\naddopts = \"-k 'a b'\"\n"},
            {"pyproject__toml": '[tool.pytest.ini_options]\naddopts = "-k a b"\n'},
            ["addopts"],
        ),
    ],
)
def test_settings_that_differ_are_named(old, new, names):
    assert changed_settings("", files(**old), files(**new)) == names


def test_configuration_is_looked_for_where_pytest_would():
    assert set(TestPlaces(["tests/unit/test_a.py::test_x"], "app").config_folders) == {
        *("app", ""),
        *("app/tests/unit", "app/tests", "tests/unit", "tests"),
    }


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("tests/a.py", "tests"),
        ("src/pkg/tests/unit/a.py", "src/pkg/tests"),
        ("test/a.py", "test"),
        ("pkg/test/a.py", None),
        ("Tests/a.py", "Tests"),
        ("src/a.py", None),
        ("tests.py", None),
    ],
)
def test_folders_of_tests_are_told_by_name(path, folder):
    assert test_folder(path, {"pkg"}.__contains__) == folder


def test_a_pattern_for_everything_tells_nothing():
    assert is_module_of_tests("src/check_a.py", ["check_*.py"])
    assert not is_module_of_tests("src/a.py", ["*.py"])


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.modules['own.x'] = 1",
        "import sys as s\ndef f():\n    s.modules.setdefault('own', 1)",
        "import sys\nsys.modules = {}",
        "from sys import path_hooks as p\np.clear()",
        "import pytest\npytest.fail = print",
        "import pytest\nsetattr(pytest, 'raises', 1)",
        "import builtins\nbuiltins.isinstance = 1",
        "import unittest\nunittest.TestCase.assertEqual = print",
        "for pytest_plugins in [1]: pass",
    ],
)
def test_rewiring_is_told(source):
    assert len(tampering(source.encode(), {"own"}.__contains__)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.modules['other'] = 1",
        "import sys\nsys.modules.pop('own', None)",
        "import sys\nsys.modules[name] = module",
        "import pytest\npytestmark = pytest.mark.slow\nx = pytest.fail",
        "import unittest\nunittest.TestCase.maxDiff = None",
        "import builtins\nbuiltins._ = str",
        "modules = {}\nmodules['own'] = 1",
        "pytest_plugins in x",
        "import pytest\nthis is no Python",
    ],
)
def test_what_tests_usually_do_is_not_told(source):
    assert tampering(source.encode(), {"own"}.__contains__) == frozenset()

"""The scope is exclusive: whatever isn't in it stays as it is."""

from __future__ import annotations

import pytest
from policy_changes import added, change, deleted

from harness.policy.model import Rules
from harness.policy.scope import check_scope

TABLE = {
    "no scope is no limit": (None, ["any/where", ".github/x"], []),
    "an empty one admits nothing": ((), ["a.py"], ["a.py"]),
    "everything": (("**",), ["a.py", "b/c.py"], []),
    "a folder": (("src/",), ["src/a.py", "src/b/c.py", "tests/a.py"], ["tests/a.py"]),
    "its neighbour": (("src/",), ["srcx/a.py", "src.py", "a/src/b.py"], ["srcx/a.py", "src.py"]),
    "anchored": (("/src/a.py",), ["src/a.py", "x/src/a.py"], ["x/src/a.py"]),
    "negation": (("src/", "!src/keep.py"), ["src/a.py", "src/keep.py"], ["src/keep.py"]),
    "case counts": (("src/",), ["SRC/a.py"], ["SRC/a.py"]),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_is_outside(name):
    scope, paths, outside = TABLE[name]
    found = check_scope([change(path) for path in paths], Rules(scope=scope))
    assert [violation.path for violation in found] == outside
    assert {violation.code for violation in found} <= {"out-of-scope"}


@pytest.mark.parametrize("kind", [added, change, deleted])
def test_adding_and_deleting_count_like_changing(kind):
    assert len(check_scope([kind("other.py")], Rules(scope=("src/",)))) == 1


def test_what_a_maintenance_run_allows_is_inside():
    rules = Rules(scope=("src/",), allow=frozenset({"pyproject.toml"}))
    assert check_scope([change("pyproject.toml")], rules) == []
    assert len(check_scope([change("sub/pyproject.toml")], rules)) == 1


def test_the_hint_names_the_scope():
    (found,) = check_scope([change("x")], Rules(scope=("/src/a.py", "docs/")))
    assert found.hint == "the scope is: src/a.py, docs/"
    (found,) = check_scope([change("x")], Rules(scope=()))
    assert found.hint == "the scope is: nothing"

"""Unsafe paths, and names that some file system takes for one."""

from __future__ import annotations

import pytest
from policy_changes import added, change, deleted, told

from harness.policy.path_safety import check_paths, path_violation

UNSAFE = {
    ".git/config": "path-git-directory",
    "a/.GIT/hooks/pre-commit": "path-git-directory",
    "../a": "path-traversal",
    "/etc/passwd": "path-absolute",
    "a\\b": "path-not-canonical",
    "a\nb": "path-control-character",
    "a\u202eb": "path-invisible-character",
    "con.txt": "path-reserved-name",
    "a\udcffb": "path-encoding",
}


@pytest.mark.parametrize("path", UNSAFE)
def test_unsafe_paths_may_go_but_not_come(path):
    assert told(check_paths([added(path)])) == [(UNSAFE[path], path)]
    assert told(check_paths([change(path)])) == [(UNSAFE[path], path)]
    assert check_paths([deleted(path)]) == []
    assert path_violation(path).code == UNSAFE[path]


def test_a_plain_path_is_safe():
    assert path_violation("src/a.py") is None


COLLISIONS = {
    "none": ([added("b.py")], ["a.py"], []),
    "case, with one there": ([added("A.py")], ["a.py"], ["A.py"]),
    "form, with one there": ([added("cafe\u0301")], ["caf\u00e9"], ["cafe\u0301"]),
    "sharp s": ([added("STRASSE")], ["straße"], ["STRASSE"]),
    "two new ones": ([added("a.py"), added("A.py")], [], ["a.py"]),
    "of folders": ([added("Src/b.py")], ["src"], ["Src/b.py"]),
    "of new folders": ([added("Src/b.py"), added("src/c.py")], [], ["src/c.py"]),
    "a folder with a file": ([added("a/b.py")], ["A"], ["a/b.py"]),
    "the same folder": ([added("src/b.py")], ["src", "src/a.py"], []),
    "a rename of case alone": ([deleted("a.py"), added("A.py")], ["a.py"], []),
    "there before, both": ([change("a.py"), change("A.py")], ["a.py", "A.py"], []),
    "beside two that are there": ([added("src/b.py")], ["src", "SRC"], []),
    "a slash only by compatibility": ([added("a\uff0fb")], ["a", "a/b"], []),
}


@pytest.mark.parametrize("name", COLLISIONS)
def test_collisions(name):
    changes, existing, expected = COLLISIONS[name]
    found = [v for v in check_paths(changes, existing) if v.code == "path-collision"]
    assert [violation.path for violation in found] == expected


def test_a_collision_names_both():
    (found,) = check_paths([added("Src/b.py")], ["src"])
    assert found.message.startswith("Src differs from src only in case or form")

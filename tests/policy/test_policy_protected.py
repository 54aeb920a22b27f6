"""Protected paths, in every spelling some file system takes for one, and no neighbour of theirs."""

from __future__ import annotations

import pytest
from policy_changes import added, change, deleted, told

from harness.policy.model import Rules
from harness.policy.protected import check_protected

TABLE = {
    "exact": (["pyproject.toml"], "pyproject.toml", True),
    "at any depth": (["pyproject.toml"], "sub/pyproject.toml", True),
    "anchored": (["/pyproject.toml"], "sub/pyproject.toml", False),
    "a longer name": (["pyproject.toml"], "pyproject.toml.bak", False),
    "a shorter name": (["pyproject.toml"], "pyproject.tom", False),
    "a prefix in front": (["pyproject.toml"], "my-pyproject.toml", False),
    "a folder": ([".github/"], ".github/workflows/ci.yml", True),
    "the folder as a file": ([".github/"], ".github", True),
    "a folder's neighbour": ([".github/"], ".github-old/ci.yml", False),
    "case": (["pyproject.toml"], "PyProject.TOML", True),
    "case of a folder": ([".github/"], ".GitHub/workflows/ci.yml", True),
    "case of the pattern": (["README.MD"], "readme.md", True),
    "full width": (["pyproject.toml"], "ｐyproject.toml", True),
    "decomposed": (["caf\u00e9/"], "cafe\u0301/menu.txt", True),
    "a letter that only looks alike": (["pyproject.toml"], "ру" + "project.toml", False),
    "negation": (["docs/", "!docs/notes.md"], "docs/notes.md", False),
    "the rest of a negation": (["docs/", "!docs/notes.md"], "docs/other.md", True),
    "negation in another case": (["docs/", "!docs/notes.md"], "docs/NOTES.md", True),
    "negation, then listed again": (["docs/", "!docs/notes.md", "*.md"], "docs/notes.md", True),
    "bytes that are no text": (["docs/"], "docs/\udcff", True),
    "nothing is protected": ([], "pyproject.toml", False),
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("kind", [added, change, deleted])
def test_what_is_protected(name, kind):
    patterns, path, expected = TABLE[name]
    found = check_protected([kind(path)], Rules(protected=tuple(patterns)))
    assert told(found) == ([("protected-path", path)] if expected else [])


def test_the_pattern_is_named_as_it_was_written():
    (found,) = check_protected([change("PYPROJECT.toml")], Rules(protected=("*.lock", " ./pyproject.toml ")))
    assert "' ./pyproject.toml '" in found.message


def test_the_harness_s_own_files_are_closed_whatever_is_allowed():
    path = "harness.toml"
    rules = Rules(protected=(path,), closed=(path, "telemetry/*.ndjson"), allow=frozenset({path}))
    assert told(check_protected([change(path), added("telemetry/x.ndjson")], rules)) == [
        ("harness-file", path),
        ("harness-file", "telemetry/x.ndjson"),
    ]


def test_only_the_exact_path_is_allowed():
    rules = Rules(protected=("*.toml",), allow=frozenset({"a.toml"}))
    found = check_protected([change("a.toml"), change("A.toml"), change("b/a.toml")], rules)
    assert told(found) == [("protected-path", "A.toml"), ("protected-path", "b/a.toml")]

"""Declared = changed, both ways."""

from __future__ import annotations

import pytest
from policy_changes import told

from harness.policy.declared import check_declared
from harness.policy.model import Declaration

TABLE = {
    "nothing at all": ((), (), {}, []),
    "as declared": ("ab", "ab", {}, []),
    "changed in silence": ("a", "abc", {}, [("undeclared-change", "b"), ("undeclared-change", "c")]),
    "declared, unchanged": ("ab", "a", {}, [("no-effect", "b")]),
    "both": ("a", "b", {}, [("undeclared-change", "b"), ("no-effect", "a")]),
    "a copy leaves its source": ("ab", "b", {"copied_from": "a"}, []),
    "a copy that changes its source": ("ab", "ab", {"copied_from": "a"}, []),
    "a copy without its target": ("ab", "", {"copied_from": "a"}, [("no-effect", "b")]),
    "a source may not change unnamed": ("b", "ab", {"copied_from": "a"}, [("undeclared-change", "a")]),
    "created over a file": ("a", "a", {"created_over": "a"}, [("create-exists", "a")]),
    "created over the same content": ("a", "", {"created_over": "a"}, [("create-exists", "a")]),
}


@pytest.mark.parametrize("name", TABLE)
def test_declared_is_changed(name):
    declared, changed, more, expected = TABLE[name]
    sets = {key: frozenset(paths) for key, paths in more.items()}
    assert told(check_declared(Declaration(frozenset(declared), frozenset(changed), **sets))) == expected

"""`harness guard --range A..B`: what a branch changes since it left, and merges."""

from __future__ import annotations

import pytest
from guard_rows import FIRST, SECOND, row

PYPROJECT = [("protected-path", "pyproject.toml")]


@pytest.fixture
def forked(repository):
    """`main` has moved on in a protected file; `topic` has changed an innocent one."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.write("src/app.py", "print(2)\n")
    repository.commit("topic")
    repository.git("checkout", "-q", "main")
    repository.write("pyproject.toml", "[project]\nname = 'x'\n")
    repository.commit("main moves on")
    repository.git("checkout", "-q", "topic")
    return repository


def test_what_the_other_side_did_is_not_the_branchs(forked):
    assert forked.refused("--range", "main..topic") == []
    assert forked.refused("--range=main..") == []
    assert forked.refused("--range", "main...topic") == []


def test_what_the_branch_did_is(forked):
    forked.git("rm", "-q", "pyproject.toml")
    forked.commit("remove")
    forked.write("harness.toml", "")
    forked.commit("and lift the protection")
    answer = forked.verdict("--range", "main..topic")
    assert [(v["code"], v["path"]) for v in answer["violations"]] == PYPROJECT
    assert answer["base"] == forked.git("merge-base", "main", "topic")


def test_a_change_taken_back_on_the_branch_is_none(forked):
    forked.git("rm", "-q", "pyproject.toml")
    forked.commit("remove")
    forked.git("revert", "--no-edit", "HEAD")
    assert forked.refused("--range", "main..topic") == []


def test_merging_the_target_in_brings_no_blame(forked):
    forked.git("merge", "-q", "--no-edit", "main")
    assert forked.refused("--range", "main..topic") == []


def test_telemetry_rows_may_grow_in_a_range(forked):
    forked.write("telemetry/demo.ndjson", FIRST + row() + SECOND)
    forked.commit()
    assert forked.refused("--range", "main..topic") == []
    forked.write("telemetry/demo.ndjson", FIRST)
    forked.commit()
    changed = [("telemetry-changed", "telemetry/demo.ndjson")]
    assert forked.refused("--range", "main..topic") == changed


def test_the_hint_takes_the_change_back(forked):
    forked.git("rm", "-q", "pyproject.toml")
    forked.commit("remove")
    hint = forked.verdict("--range", "main..topic")["violations"][0]["hint"]
    forked.run("sh", "-c", hint.split("take it back: ")[1])
    forked.commit("take it back")
    assert forked.refused("--range", "main..topic") == []


@pytest.mark.parametrize("name", ["nowhere", "-x", "--all", "0" * 39 + "1", "HEAD:src"])
def test_a_name_that_is_no_commit(forked, name):
    for given in (f"{name}..main", f"main..{name}"):
        done = forked.guard(f"--range={given}")
        assert done.returncode == 2
        assert b"[unknown-revision]" in done.stderr


def test_no_common_ancestor(forked):
    forked.git("checkout", "-q", "--orphan", "island")
    forked.commit("elsewhere")
    done = forked.guard("--range", "main..island")
    assert done.returncode == 2
    assert b"[no-merge-base]" in done.stderr
    assert b"fetch-depth: 0" in done.stderr


def test_an_unconfigured_merge_base(forked):
    forked.git("rm", "-q", "harness.toml")
    base = forked.commit("no configuration")
    forked.git("rm", "-q", "pyproject.toml")
    forked.commit("remove")
    done = forked.guard("--range", f"{base}..HEAD")
    assert done.returncode == 0
    assert done.stderr.decode() == (
        f"harness guard: the merge base {base[:12]} has no harness.toml: nothing is protected\n"
    )

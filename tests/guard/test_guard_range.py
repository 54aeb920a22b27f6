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


@pytest.fixture
def before_the_policy(empty):
    """`old` is what was there before `main` got its policy; `topic`, which is out, begins there."""
    empty.write("pyproject.toml", "[project]\n")
    empty.write("harness.toml", "[policy]\npeople = ['symlink']\n[policy.content]\nmax_file_bytes = 1000\n")
    empty.git("branch", "old", empty.commit())
    empty.write("harness.toml", "[policy]\nprotected = ['pyproject.toml']\ncontent.max_file_bytes = 100\n")
    empty.commit("policy")
    empty.git("checkout", "-q", "-b", "topic", "old")
    return empty


def test_a_branch_from_before_the_policy_does_not_get_around_it(before_the_policy):
    before_the_policy.write("pyproject.toml", "x\n")
    before_the_policy.write("large.txt", "x" * 101)
    (before_the_policy.path / "link").symlink_to("pyproject.toml")
    before_the_policy.commit()
    found = [("oversized-file", "large.txt"), ("symlink", "link"), *PYPROJECT]
    assert sorted(before_the_policy.refused("--range", "main..topic")) == sorted(found)
    assert before_the_policy.refused("--range", "old..topic") == []


def test_a_policy_only_the_target_has_is_told_as_its(empty):
    empty.write("pyproject.toml", "[project]\n")
    empty.git("branch", "topic", empty.commit("no configuration"))
    empty.write("harness.toml", "[policy]\nprotected = ['pyproject.toml']\n")
    empty.commit("policy")
    empty.git("checkout", "-q", "topic")
    empty.write("pyproject.toml", "x\n")
    empty.commit()
    done = empty.guard("--range", "main..topic")
    assert done.returncode == 3
    assert b"nothing is protected" not in done.stderr


def test_a_policy_of_the_target_that_can_not_be_read_is_no_pass(before_the_policy):
    before_the_policy.git("checkout", "-q", "main")
    before_the_policy.write("harness.toml", "[policy\n")
    broken = before_the_policy.commit()
    done = before_the_policy.guard("--range", "main..topic")
    assert done.returncode == 2
    assert f"harness.toml in the target {broken[:12]} is unusable" in done.stderr.decode()


def test_a_change_that_was_picked_from_the_target_is_the_targets(forked):
    forked.git("cherry-pick", "main")
    assert forked.refused("--range", "main..topic") == []
    forked.write("pyproject.toml", "neither\n")
    forked.commit()
    assert forked.refused("--range", "main..topic") == PYPROJECT


def test_a_name_collides_with_one_the_target_got_since(forked):
    forked.git("checkout", "-q", "main")
    forked.write("src/Words.py")
    forked.commit("main moves on")
    forked.git("checkout", "-q", "topic")
    forked.write("src/words.py")
    forked.commit()
    assert forked.refused("--range", "main..topic") == [("path-collision", "src/words.py")]
    forked.git("mv", "src/words.py", "src/other.py")
    forked.commit()
    assert forked.refused("--range", "main..topic") == []

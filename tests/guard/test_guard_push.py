"""`harness guard --pre-push`: what a push brings against what the remote is known to have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HOOKS = Path(__file__).parents[2] / "hooks"
ZERO = "0" * 40
PYPROJECT = [("protected-path", "pyproject.toml")]


@pytest.fixture
def pushed(repository, tmp_path):
    """`main` is on the remote, as is its protected file; `topic` begins there."""
    repository.git("init", "-q", "--bare", tmp_path / "remote.git")
    repository.git("remote", "add", "origin", tmp_path / "remote.git")
    repository.git("push", "-q", "origin", "main")
    repository.git("checkout", "-q", "-b", "topic")
    return repository


def refused(repository, *lines: str, remote: str = "origin") -> list[tuple[str, str]]:
    import json

    done = subprocess.run(
        ["harness", "guard", "--json", "--pre-push", remote],
        input="".join(f"{line}\n" for line in lines).encode(),
        capture_output=True, cwd=repository.path, env=repository.environment, timeout=60,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr.decode()
    return [(v["code"], v["path"]) for v in json.loads(done.stdout)["violations"]]


def new_branch(repository) -> str:
    return f"refs/heads/topic {repository.head()} refs/heads/topic {ZERO}"


def test_a_new_branch_is_judged_from_where_the_remote_is(pushed):
    pushed.write("src/app.py", "x = 1\n")
    pushed.commit()
    assert refused(pushed, new_branch(pushed)) == []
    pushed.git("rm", "-q", "pyproject.toml")
    pushed.commit()
    assert refused(pushed, new_branch(pushed)) == PYPROJECT


def test_a_branch_that_is_there_is_judged_from_its_tip(pushed):
    pushed.write("src/app.py", "x = 1\n")
    tip = pushed.commit()
    pushed.git("push", "-q", "--no-verify", "origin", "topic")
    pushed.git("rm", "-q", "pyproject.toml")
    gone = pushed.commit()
    line = f"refs/heads/topic {gone} refs/heads/topic {tip}"
    assert refused(pushed, line) == PYPROJECT
    pushed.git("update-ref", "-d", "refs/remotes/origin/topic")
    assert refused(pushed, line) == PYPROJECT


def test_what_came_over_from_the_target_is_not_the_pushs(pushed, tmp_path):
    pushed.write("src/topic.py")
    tip = pushed.commit()
    pushed.git("push", "-q", "origin", "topic")
    pushed.git("checkout", "-q", "main")
    pushed.write("pyproject.toml", "[project]\nname = 'x'\n")
    pushed.commit("on purpose")
    pushed.git("push", "-q", "origin", "main")
    pushed.git("checkout", "-q", "topic")
    pushed.git("merge", "-q", "--no-edit", "main")
    line = f"refs/heads/topic {pushed.head()} refs/heads/topic {tip}"
    assert refused(pushed, line) == []
    pushed.write("pyproject.toml", "neither\n")
    pushed.commit()
    assert refused(pushed, line.replace(pushed.git("rev-parse", "HEAD^"), pushed.head())) == PYPROJECT


def test_deletions_and_what_the_remote_has_bring_nothing(pushed):
    head = pushed.head()
    assert refused(pushed, f"(delete) {ZERO} refs/heads/old {head}") == []
    assert refused(pushed, f"refs/heads/topic {head} refs/heads/topic {ZERO}") == []
    assert refused(pushed) == []


def test_several_refs_are_judged_together_and_a_path_is_named_once(pushed):
    pushed.git("rm", "-q", "pyproject.toml")
    one = pushed.commit("one")
    pushed.git("checkout", "-q", "-b", "other", "main")
    pushed.git("rm", "-q", "pyproject.toml", ".github/workflows/ci.yml")
    two = pushed.commit("two")
    lines = [f"refs/heads/{name} {oid} refs/heads/{name} {ZERO}" for name, oid in (("a", one), ("b", two))]
    found = refused(pushed, *lines)
    assert sorted(found) == [("protected-path", ".github/workflows/ci.yml"), *PYPROJECT]


def test_tags_are_peeled_and_those_of_no_commit_skipped(pushed):
    pushed.git("rm", "-q", "pyproject.toml")
    pushed.commit()
    pushed.git("tag", "-a", "-m", "v1", "v1")
    pushed.git("tag", "blob", "HEAD:harness.toml")
    tag, blob = pushed.git("rev-parse", "v1"), pushed.git("rev-parse", "blob")
    assert refused(pushed, f"refs/tags/blob {blob} refs/tags/blob {ZERO}") == []
    assert refused(pushed, f"refs/tags/v1 {tag} refs/tags/v1 {ZERO}") == PYPROJECT


def test_a_remote_tip_that_is_not_here_is_no_obstacle(pushed):
    pushed.git("rm", "-q", "pyproject.toml")
    line = f"refs/heads/topic {pushed.commit()} refs/heads/topic {'1' * 40}"
    assert refused(pushed, line) == PYPROJECT


def test_the_first_push_is_judged_without_a_policy(repository, tmp_path):
    repository.git("init", "-q", "--bare", tmp_path / "empty.git")
    repository.write("src/new.py", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n")
    repository.commit()
    line = f"refs/heads/main {repository.head()} refs/heads/main {ZERO}"
    assert refused(repository, line, remote=str(tmp_path / "empty.git")) == [
        ("conflict-markers", "src/new.py")
    ]


def test_a_history_of_its_own_does_not_get_around_the_policy_of_what_it_replaces(pushed):
    there = pushed.head()
    pushed.git("checkout", "-q", "--orphan", "other")
    pushed.git("rm", "-q", "--cached", "pyproject.toml")
    (pushed.path / "pyproject.toml").unlink()
    line = f"refs/heads/other {pushed.commit()} refs/heads/main"
    assert refused(pushed, f"{line} {there}") == PYPROJECT
    # Nothing is replaced where it gets a name of its own.
    assert refused(pushed, f"{line} {ZERO}") == []


def test_the_framework_names_only_the_branch_where_all_is_new(repository):
    repository.git("checkout", "-q", "-b", "other")
    repository.write("src/new.py", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    told = {
        "PRE_COMMIT": "1",
        "PRE_COMMIT_REMOTE_NAME": "origin",
        "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/other",
    }
    assert repository.refused("--pre-push", **told) == [("conflict-markers", "src/new.py")]


def test_another_remote_that_is_new_is_judged_from_what_is_published(pushed, tmp_path):
    pushed.git("init", "-q", "--bare", tmp_path / "fork.git")
    pushed.git("remote", "add", "fork", tmp_path / "fork.git")
    pushed.write("src/app.py", "x = 1\n")
    pushed.commit()
    assert refused(pushed, new_branch(pushed), remote="fork") == []


def processes_of_a_push(repository, tmp_path, *lines: str) -> tuple[list[tuple[str, str]], int]:
    """(what is refused of a push, how many git processes that took)."""
    trace = tmp_path / "trace"
    repository.environment["GIT_TRACE2_EVENT"] = str(trace)
    try:
        found = refused(repository, *lines)
    finally:
        del repository.environment["GIT_TRACE2_EVENT"]
    started = trace.read_text().count('"event":"start"')
    trace.unlink()
    return found, started


def test_many_refs_of_what_the_remote_has_take_no_more_processes_than_few(pushed, tmp_path):
    for number in range(12):
        pushed.write("src/app.py", f"x = {number}\n")
        pushed.commit()
        pushed.git("tag", f"v{number}")
    pushed.git("push", "-q", "origin", "topic")
    told = [f"refs/tags/v{n} {pushed.git('rev-parse', f'v{n}')} refs/tags/v{n} {ZERO}" for n in range(12)]
    few, many = (processes_of_a_push(pushed, tmp_path, *told[:count]) for count in (2, 12))
    assert few == many == ([], few[1])
    pushed.git("rm", "-q", "pyproject.toml")
    gone = pushed.commit()
    found, started = processes_of_a_push(
        pushed, tmp_path, *told, *(f"refs/heads/n{n} {gone} refs/heads/n{n} {ZERO}" for n in range(12))
    )
    assert found == PYPROJECT
    # One commit is new, under whatever names: its difference, and the policy of its base.
    assert started <= few[1] + 2


def test_each_new_branch_is_judged_from_where_it_left_the_remote(pushed):
    """Of a merge what one of its parents has at the remote is none of the push's doing."""
    pushed.write("pyproject.toml", "[project]\nname = 'topic'\n")
    pushed.commit("on purpose")
    pushed.git("push", "-q", "--no-verify", "origin", "topic")
    pushed.git("checkout", "-q", "-b", "merging", "main")
    pushed.write("src/app.py", "x = 1\n")
    clean = pushed.commit()
    pushed.git("merge", "-q", "--no-edit", "topic")
    merged = pushed.head()
    pushed.git("checkout", "-q", "-b", "other", "topic")
    pushed.git("rm", "-q", ".github/workflows/ci.yml")
    bad = pushed.commit()
    lines = {name: f"refs/heads/{name} {oid} refs/heads/{name} {ZERO}" for name, oid in
             (("clean", clean), ("merged", merged), ("bad", bad))}  # fmt: skip
    assert refused(pushed, lines["clean"], lines["merged"]) == []
    assert refused(pushed, *lines.values()) == [("protected-path", ".github/workflows/ci.yml")]


@pytest.mark.parametrize(
    "line", ["x", "a b c d", f"a {ZERO} b", f"a {'x' * 40} b {ZERO}", f"a {'1' * 39} b {ZERO}"]
)
def test_lines_git_would_not_write(pushed, line):
    done = subprocess.run(
        ["harness", "guard", "--pre-push"],
        input=f"{line}\n".encode(), capture_output=True, cwd=pushed.path, env=pushed.environment, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"[wrong-usage]" in done.stderr


@pytest.fixture
def hooked(pushed, tmp_path):
    shutil.copytree(HOOKS, tmp_path / "hooks")
    pushed.git("config", "core.hooksPath", tmp_path / "hooks")
    return pushed


def test_the_hook_stops_a_push_of_what_was_committed_past_it(hooked):
    hooked.git("rm", "-q", "pyproject.toml")
    hooked.git("commit", "-q", "--no-verify", "-m", "x")
    done = hooked.run("git", "push", "origin", "topic")
    assert done.returncode != 0
    assert b"pyproject.toml:1: protected-path" in done.stdout + done.stderr
    assert hooked.git("ls-remote", "origin", "refs/heads/topic") == ""
    hooked.git("revert", "--no-edit", "HEAD")
    assert hooked.run("git", "push", "origin", "topic").returncode == 0
    assert hooked.run("git", "push", "origin", "--delete", "topic").returncode == 0


def test_histories_that_cross(repository):
    """Two merge bases: what is the target's as it is now is none of the branch's doing."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.write("src/topic.py")
    repository.commit("topic")
    repository.git("checkout", "-q", "main")
    repository.write("pyproject.toml", "[project]\nname = 'x'\n")
    repository.commit("main, on purpose")
    first, second = repository.git("rev-parse", "main"), repository.git("rev-parse", "topic")
    repository.git("merge", "-q", "--no-edit", second)
    repository.git("checkout", "-q", "topic")
    repository.git("merge", "-q", "--no-edit", first)
    repository.write("src/topic.py", "changed\n")
    repository.commit("crossed")
    assert len(repository.git("merge-base", "--all", "main", "topic").split()) == 2
    assert repository.refused("--range", "main..topic") == []
    repository.write("pyproject.toml", "[project]\n")
    repository.commit("back to how it was")
    assert repository.refused("--range", "main..topic") == PYPROJECT

"""The plain hook under `git commit` and `git merge`, as git itself starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from guard_rows import OLD, row
from protected_edits import STAGED_EDITS

HOOKS = Path(__file__).parents[2] / "hooks"


@pytest.fixture
def hooked(repository, tmp_path):
    """The repository with the hooks in force, copied away so that no edit of ours reaches them."""
    shutil.copytree(HOOKS, tmp_path / "hooks")
    repository.git("config", "core.hooksPath", tmp_path / "hooks")
    return repository


def blocked(repository, *argv, **extra) -> bool:
    """Whether the command failed by the guard's refusal and left HEAD where it was."""
    before = repository.run("git", "rev-parse", "-q", "--verify", "HEAD").stdout
    done = repository.run("git", *argv, **extra)
    after = repository.run("git", "rev-parse", "-q", "--verify", "HEAD").stdout
    refused = b"protected-path" in done.stdout + done.stderr
    assert refused == (done.returncode != 0) == (before == after), done
    return refused


@pytest.fixture(params=["interpreter", "command"])
def started(request, tmp_path) -> dict[str, str]:
    """How the hook finds the harness: by the interpreter its program names, or only by that program."""
    if request.param == "interpreter":
        return {}
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "harness").write_text(f'#!/usr/bin/env sh\nexec "{sys.executable}" -m harness "$@"\n')
    (folder / "harness").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("edit", STAGED_EDITS)
def test_commit_is_blocked(hooked, edit):
    STAGED_EDITS[edit](hooked)
    assert blocked(hooked, "commit", "-m", "x")


def test_an_innocent_commit_passes(hooked, started):
    hooked.write("src/app.py", "x\n")
    hooked.git("add", "-A")
    assert not blocked(hooked, "commit", "-m", "x", **started)


def test_it_is_blocked_however_the_harness_is_found(hooked, started):
    STAGED_EDITS["content"](hooked)
    assert blocked(hooked, "commit", "-m", "x", **started)


@pytest.mark.parametrize("cut", [b"", b":100644 100644 1", b"complete", b":100644 100644 1 2 M\0complete"])
def test_a_difference_that_was_cut_is_asked_for_again(hooked, cut):
    STAGED_EDITS["content"](hooked)
    judge = "from harness.guard.plain_hook import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", judge],
        input=cut, capture_output=True, cwd=hooked.path, env=hooked.environment, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3
    assert b"protected-path" in done.stdout


def test_what_the_fast_way_can_not_do_is_said_as_by_the_command(hooked):
    hooked.write("harness.toml", "[policy\n")
    hooked.commit("a wrong configuration")
    hooked.write("src/app.py", "x\n")
    hooked.git("add", "-A")
    done = hooked.run("git", "commit", "-m", "x")
    assert done.returncode != 0
    assert done.stderr.count(b"[invalid-config]") == 1
    assert b"Traceback" not in done.stderr


def test_commit_all_reads_gits_temporary_index(hooked):
    hooked.write("pyproject.toml", "x\n")
    hooked.write("src/app.py", "x\n")
    assert blocked(hooked, "commit", "-a", "-m", "x")


def test_commit_of_a_path_judges_that_path_alone(hooked):
    hooked.write("pyproject.toml", "x\n")
    hooked.git("add", "pyproject.toml")
    hooked.write("src/app.py", "x\n")
    assert not blocked(hooked, "commit", "-m", "x", "src/app.py")
    assert blocked(hooked, "commit", "-m", "x", "pyproject.toml")


def test_from_a_folder_inside_with_foreign_names(hooked):
    hooked.write("src/deep/größe und ähnliches.txt")
    hooked.git("add", "-A")
    assert not blocked(hooked, "-C", "src/deep", "commit", "-m", "x")
    hooked.write("keys/größe")
    hooked.git("add", "-A")
    assert blocked(hooked, "-C", "src/deep", "commit", "-m", "x")


def test_the_first_commit(empty):
    empty.git("config", "core.hooksPath", HOOKS)
    empty.write("harness.toml", '[policy]\nprotected = ["a"]\n')
    empty.write("a")
    empty.git("add", "-A")
    assert not blocked(empty, "commit", "-m", "first")
    empty.git("rm", "-q", "a")
    assert blocked(empty, "commit", "-m", "second")


@pytest.fixture
def two_sides(hooked):
    """`main` and `topic` have both grown; `topic` has changed a protected file, on purpose."""
    hooked.git("checkout", "-q", "-b", "topic")
    hooked.write("pyproject.toml", "[project]\nname = 'topic'\n")
    hooked.write("telemetry/demo.ndjson", OLD + row(phase_id="topic"))
    hooked.commit("topic")
    hooked.git("checkout", "-q", "main")
    hooked.write("src/app.py", "print('main')\n")
    hooked.commit("main")
    return hooked


def test_a_merge_takes_over_what_the_other_side_decided(two_sides):
    assert not blocked(two_sides, "merge", "--no-edit", "topic")
    assert two_sides.git("rev-parse", "HEAD^2") == two_sides.git("rev-parse", "topic")


def test_a_merge_completed_by_hand_does_so_too(two_sides):
    two_sides.git("merge", "--no-commit", "topic")
    assert not blocked(two_sides, "commit", "--no-edit")


def test_a_merge_of_many_branches(two_sides):
    two_sides.git("checkout", "-q", "-b", "third", "main")
    two_sides.write(".github/workflows/ci.yml", "on: pull_request\n")
    two_sides.commit("third")
    two_sides.git("checkout", "-q", "main")
    two_sides.write("src/other.py")
    two_sides.commit()
    two_sides.git("merge", "--no-commit", "topic", "third")
    assert not blocked(two_sides, "commit", "--no-edit")


def test_a_merge_that_smuggles_a_change_in_is_blocked(two_sides):
    two_sides.git("merge", "--no-commit", "topic")
    two_sides.write("pyproject.toml", "neither side's\n")
    two_sides.git("add", "-A")
    assert blocked(two_sides, "commit", "--no-edit")
    two_sides.git("rm", "-q", "-f", "pyproject.toml")
    assert blocked(two_sides, "commit", "--no-edit")


def test_a_merge_git_makes_of_two_versions_is_blocked(two_sides):
    base = "".join(f"line{n} = {n}\n" for n in range(20))
    two_sides.write("keys/long.txt", base)
    two_sides.commit()
    two_sides.git("checkout", "-q", "-b", "far")
    two_sides.write("keys/long.txt", base.replace("line1 ", "far "))
    two_sides.commit()
    two_sides.git("checkout", "-q", "main")
    two_sides.write("keys/long.txt", base.replace("line18 ", "near "))
    two_sides.commit()
    assert blocked(two_sides, "merge", "--no-edit", "far")


def test_a_merge_with_the_unions_of_telemetry_passes(two_sides):
    two_sides.write(".gitattributes", "*.ndjson merge=union\n")
    two_sides.write("telemetry/demo.ndjson", OLD + row(phase_id="main"))
    two_sides.commit()
    assert not blocked(two_sides, "merge", "--no-edit", "topic")
    assert len((two_sides.path / "telemetry/demo.ndjson").read_text().splitlines()) == 4


def test_a_merge_that_drops_rows_is_blocked(two_sides):
    two_sides.write("telemetry/demo.ndjson", OLD + row(phase_id="main"))
    two_sides.commit()
    two_sides.run("git", "merge", "--no-commit", "topic")
    two_sides.write("telemetry/demo.ndjson", OLD + row(phase_id="main") + row(phase_id="new"))
    two_sides.git("add", "-A")
    done = two_sides.run("git", "commit", "--no-edit")
    assert done.returncode != 0
    assert b"telemetry-changed" in done.stdout + done.stderr


def test_a_cherry_pick_completed_by_hand_is_judged(two_sides):
    two_sides.git("cherry-pick", "--no-commit", "topic")
    assert blocked(two_sides, "commit", "-m", "picked")


@pytest.fixture
def bare_path(tmp_path) -> str:
    """A PATH with git and a shell, but neither harness nor its Python."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("git", "sh", "dirname", "env"):
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


def test_where_nothing_is_installed_it_blocks_and_says_so(hooked, bare_path):
    hooked.write("src/app.py", "x\n")
    hooked.git("add", "-A")
    before = hooked.head()
    done = hooked.run("git", "commit", "-m", "x", PATH=bare_path)
    assert done.returncode != 0
    assert hooked.head() == before
    assert b"the guard isn't installed here, so the commit is blocked" in done.stderr


def test_a_python_without_the_harness_blocks(hooked, bare_path):
    (Path(bare_path) / "python3").write_text("#!/bin/sh\nexit 1\n")
    (Path(bare_path) / "python3").chmod(0o755)
    hooked.write("harness/__init__.py", "")
    hooked.write("harness/__main__.py", "")
    hooked.write("harness/guard.py", "")
    hooked.git("add", "-A")
    done = hooked.run("git", "commit", "-m", "x", PATH=bare_path)
    assert done.returncode != 0
    assert b"isn't installed" in done.stderr


def test_the_fallback_is_python_and_never_the_checkouts_own_package(hooked, bare_path):
    (Path(bare_path) / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (Path(bare_path) / "python3").chmod(0o755)
    for name in ("__init__", "__main__", "guard"):
        hooked.write(f"harness/{name}.py", "raise SystemExit(0)\n")
    STAGED_EDITS["deletion"](hooked)
    hooked.git("add", "-A")
    assert blocked(hooked, "commit", "-m", "x", PATH=bare_path)


def test_the_hooks_are_executable_and_shell(tmp_path):
    for name in ("pre-commit", "pre-merge-commit", "pre-push", "commit-msg"):
        hook = HOOKS / name
        assert os.access(hook, os.X_OK)
        assert hook.read_text().startswith("#!/bin/sh\n")


@pytest.fixture
def slipped(hooked, tmp_path):
    """`main` is published; a commit that no hook saw, as of a rebase, stands on it."""
    hooked.git("init", "-q", "--bare", tmp_path / "remote.git")
    hooked.git("remote", "add", "origin", tmp_path / "remote.git")
    hooked.git("push", "-q", "--no-verify", "origin", "main")
    hooked.write("pyproject.toml", "x\n")
    hooked.write("telemetry/new.ndjson", row())
    hooked.commit("past the hooks")
    return hooked


def test_what_no_hook_saw_can_be_taken_back_as_the_hint_says(slipped):
    pushed = slipped.run("git", "push", "origin", "main")
    assert pushed.returncode != 0
    (hint,) = [line for line in (pushed.stdout + pushed.stderr).decode().split("\n") if "hint: take" in line]
    slipped.run("sh", "-c", hint.split("take it back: ")[1])
    assert not blocked(slipped, "commit", "-m", "taken back")
    assert slipped.run("git", "push", "origin", "main").returncode == 0


def test_it_can_be_taken_back_by_amending(slipped):
    slipped.git("restore", "--source=origin/main", "--staged", "--worktree", "pyproject.toml")
    assert not blocked(slipped, "commit", "--amend", "-m", "without it")


def test_what_is_something_else_or_published_or_telemetry_is_not_taken_back(slipped):
    slipped.write("pyproject.toml", "y\n")
    assert blocked(slipped, "commit", "-am", "x")
    slipped.git("checkout", "-q", "HEAD", "--", ".")
    slipped.git("rm", "-q", "telemetry/new.ndjson")
    assert slipped.refused("--staged") == [("telemetry-changed", "telemetry/new.ndjson")]
    slipped.git("reset", "-q", "--hard")
    slipped.git("push", "-q", "--no-verify", "origin", "main")
    slipped.git("restore", "--source=HEAD~1", "--staged", "pyproject.toml")
    assert blocked(slipped, "commit", "-m", "x")

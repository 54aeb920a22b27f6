"""Whatever becomes of a run, the user's checkout, index, stash, config, hooks and branches stay as they are."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import Project, create

AGENTS = """
[agents.hangs]
kind = "command"
command = ["sh", "-c", "sleep 600"]
timeout = 1

[agents.slow]
kind = "command"
command = ["sh", "-c", "echo started > ../started; sleep 600"]
"""
PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
scope = ["src/", "tests/"]
max_attempts = 1
"""


def fingerprint(project: Project) -> dict[str, str]:
    """Everything that is the user's: files (untracked and ignored too), git's own files, branches."""
    found = {}
    for folder, folders, files in os.walk(project.root):
        if Path(folder) == project.root:
            folders.remove(".git")
        for name in files + [d for d in folders if Path(folder, d).is_symlink()]:
            path = Path(folder, name)
            info = path.lstat()
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            found[str(path)] = f"{info.st_mode} {info.st_mtime_ns} {hashlib.sha256(content).hexdigest()}"
    git = project.root / ".git"
    for name in ("HEAD", "index", "config", "info/exclude", "logs/HEAD", "logs/refs/stash"):
        if (git / name).exists():
            found[name] = hashlib.sha256((git / name).read_bytes()).hexdigest()
            found[f"{name} time"] = str((git / name).stat().st_mtime_ns)
    for hook in sorted((git / "hooks").glob("*")):
        found[str(hook)] = f"{hook.stat().st_mode} {hashlib.sha256(hook.read_bytes()).hexdigest()}"
    refs = project.git("--no-optional-locks", "for-each-ref", "--format=%(refname) %(objectname)")
    for line in refs.splitlines():
        name, oid = line.split()
        if not name.startswith(("refs/heads/harness/", "refs/harness/", "refs/notes/harness/")):
            found[name] = oid
    found["stash"] = project.git("--no-optional-locks", "stash", "list")
    found["worktrees"] = project.git("--no-optional-locks", "worktree", "list")
    return found


@pytest.fixture
def dirty(project: Project) -> Project:
    """A checkout with every kind of unfinished work in it."""
    project.plan(PHASE)
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": config + AGENTS, "src/textkit/other.py": "x = 1\n"}, "plan")
    project.write("src/textkit/__init__.py", "stashed = True\n")
    project.git("stash", "push", "-q")
    project.git("branch", "feature")
    project.write("src/textkit/__init__.py", '"""Changed, not staged."""\n')
    project.write("src/textkit/staged.py", "staged = True\n")
    project.git("add", "src/textkit/staged.py")
    project.git("rm", "-q", "--cached", "src/textkit/other.py")
    project.write("notes.txt", "untracked\n")
    project.write(".env", "SECRET=1\n")
    project.write("build.log", "ignored\n")
    (project.root / "dangling").symlink_to("nowhere")
    project.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch hook-ran\n", 0o755)
    project.write(".git/hooks/reference-transaction", "#!/bin/sh\ntouch hook-ran\n", 0o755)
    # A touched file makes git want to refresh the index: looking must not.
    os.utime(project.root / "pyproject.toml")
    return project


GOOD = create("src/textkit/new.py", "value = 1\n")


@pytest.mark.parametrize(
    ("reply", "arguments", "code"),
    [
        ([GOOD], (), 0),
        ([GOOD, create("pyproject.toml", "x")], (), 3),
        ([create("src/textkit/new.py", "value = 1\n"), create("tests/test_new.py", "assert 0\n")], (), 1),
        (["no edits at all\n"], (), 4),
        ([], ("--agent", "hangs"), 4),
    ],
    ids=["accepted", "refused", "failing", "unusable", "timed out"],
)
def test_every_outcome_leaves_a_dirty_checkout_as_it_was(dirty, reply, arguments, code):
    dirty.reply("work", 1, *reply)
    before = fingerprint(dirty)
    result = dirty.phase("work", *arguments)
    assert result.code == code, result.stdout + result.stderr
    assert fingerprint(dirty) == before
    assert result.json["attempts"][0]["checkout_changes"] == []
    assert not (dirty.root / "hook-ran").exists()
    dirty.harness("status")
    dirty.harness("show", "work")
    dirty.harness("diff", "demo")
    assert fingerprint(dirty) == before


def test_a_killed_run_leaves_the_checkout_and_nothing_running(dirty, tmp_path):
    before = fingerprint(dirty)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", "work", "--agent", "slow"],
        cwd=dirty.root,
        env=dirty.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    state = tmp_path / "state"
    while not list(state.glob("**/started")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(state.glob("**/started"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    while _running_below(state) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _running_below(state)
    assert fingerprint(dirty) == before
    # All that is left is the claim of a process that is gone, which the next one takes over.
    refs = dirty.git("for-each-ref", "--format=%(refname)", "refs/harness", "refs/heads/harness").split()
    assert refs == ["refs/harness/claims/demo/work"]
    # The next run clears up after the dead one, and its attempt is number 1: the dead one never counted.
    dirty.reply("work", 1, GOOD)
    result = dirty.phase("work")
    assert (result.code, result.json["attempts"][0]["number"]) == (0, 1)
    assert fingerprint(dirty) | {} == {
        **before,
        str(dirty.root / "replies/work-1.txt"): fingerprint(dirty)[str(dirty.root / "replies/work-1.txt")],
    }
    assert not list(state.glob("repositories/*/worktrees/demo/*"))


def _running_below(folder: Path) -> list[str]:
    """Processes whose working directory is below a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.readlink(entry).startswith(str(folder)):
                found.append(str(entry))
        except OSError:
            continue
    return found


def test_a_run_branch_that_is_checked_out_is_refused_before_any_agent_is_asked(dirty, tmp_path):
    dirty.git("branch", "harness/demo")
    dirty.git("worktree", "add", "-q", str(tmp_path / "linked"), "harness/demo")
    result = dirty.phase("work")
    assert (result.code, result.json["code"]) == (2, "branch-checked-out")


def test_it_runs_from_a_linked_worktree_and_a_subfolder(dirty, tmp_path):
    dirty.reply("work", 1, GOOD)
    dirty.git("worktree", "add", "-q", str(tmp_path / "linked"), "feature")
    plan = str(dirty.root / "plan.toml")
    result = dirty.harness(
        "run-phase", "work", "--json", "--plan", plan, cwd=tmp_path / "linked" / "src" / "textkit"
    )
    assert result.code == 0, result.stderr
    assert dirty.rev("harness/demo")

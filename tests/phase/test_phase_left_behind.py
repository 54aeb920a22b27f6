"""What an agent leaves in its worktree may be of any size and depth: it costs its attempt, nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import names
from script_agent import AGENT

from harness.removal import remove_folder

PHASE = """
id = "a"
goal = "Add a module"
deliverables = ["src/textkit/a.py"]
scope = ["**"]
tests = "none"
max_attempts = 1
agent = "script"
"""
MODULE = "echo 'value = 1' > src/textkit/a.py"
NESTED = """python3 -c '
import os
for level in range({levels}):
    os.mkdir("{name}")
    os.chdir("{name}")
open("file", "w").close()'
"""


def started(project, trap):
    project.write("script.sh", f"#!/bin/sh\n{MODULE}\n{trap}\n", 0o755)
    project.plan(PHASE)
    project.commit({"harness.toml": (project.root / "harness.toml").read_text() + AGENT}, "plan")


@pytest.mark.parametrize(
    ("levels", "name"),
    [
        (20, "d" * 250),
        pytest.param(1100, "d", marks=pytest.mark.slow),
        pytest.param(2500, "d", marks=pytest.mark.slow),
    ],
)
def test_folders_too_deep_are_refused_and_removed(project, tmp_path, levels, name):
    """They were a fault of the harness, and then of every further command of the run."""
    started(project, NESTED.format(levels=levels, name=name))
    result = project.phase("a")
    assert (result.code, names(result.json["attempts"][0]["violations"])) == (3, {"path-too-long"})
    assert not list(tmp_path.glob("state/repositories/*/worktrees/demo/*"))
    project.write("script.sh", f"#!/bin/sh\n{MODULE}\n", 0o755)
    assert project.phase("a").code == 0


def test_a_folder_deeper_than_calls_go_is_removed(tmp_path, monkeypatch):
    top = tmp_path / "top"
    top.mkdir()
    outside = tmp_path / "kept"
    outside.write_text("kept\n")
    monkeypatch.chdir(top)
    for _ in range(1100):
        Path("link").symlink_to(outside)
        Path("d").mkdir()
        os.chdir("d")
    monkeypatch.undo()
    remove_folder(top)
    assert (top.exists(), outside.read_text()) == (False, "kept\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_closed_folders_in_each_other_are_removed(project, tmp_path):
    """Of more than twenty some were left behind for good."""
    started(project, NESTED.format(levels=30, name="d") + "find d -depth -type d -exec chmod 000 {} +")
    assert project.phase("a").code == 4
    assert not list(tmp_path.glob("state/repositories/*/worktrees/demo/*"))


@pytest.mark.parametrize("path", ["big.bin", "README.md"])
def test_a_file_with_a_hole_of_terabytes_is_not_read(project, path):
    """Whatever git was to record of it took as long as that takes."""
    project.commit({"README.md": "about\n"}, "about")
    started(project, f"truncate -s 1T {path}")
    result = project.phase("a")
    [violation] = result.json["attempts"][0]["violations"]
    assert (result.code, violation["code"]) == (3, "too-much-added"), result.stdout
    assert f"{path} alone by 1048576.0 MiB" in violation["message"]


def test_more_files_than_a_change_may_have_are_counted_and_not_read(project):
    """30,000 were all recorded, and each told to be outside the scope."""
    started(project, "touch x1 x2 x3 x4")
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": f"{config}\n[policy.content]\nmax_files = 4\n"}, "few")
    result = project.phase("a")
    [violation] = result.json["attempts"][0]["violations"]
    assert (result.code, violation["code"]) == (3, "too-many-files"), result.stdout
    assert violation["message"] == "5 files in the worktree are new; 4 are the limit"
    assert project.harness("verify", "demo").code == 0


def test_what_set_up_made_is_not_what_the_agent_added(project):
    """Files git doesn't ignore, larger together than what a change may add."""
    project.commit({"README.md": "about\n"}, "about")
    started(project, "")
    config = (project.root / "harness.toml").read_text()
    setup = 'setup = ["truncate", "-s", "100M", "made.bin"]'
    config = config.replace("[tests]\n", f"[tests]\n{setup}\n")
    project.plan(PHASE.replace('tests = "none"\n', ""))
    project.commit({"harness.toml": config}, "set up")
    result = project.phase("a")
    assert result.code == 0, result.stdout
    changed = project.git("diff", "--name-only", "main", result.json["commit"])
    assert changed.split() == ["src/textkit/a.py"]


def test_what_a_fix_leaves_is_not_read_either(project):
    started(project, "")
    result = project.harness("fix", "--json", "--", "truncate -s +1T big.bin")
    answer = result.json["result"]
    assert (result.code, names(answer["violations"])) == (3, {"too-much-added"})


@pytest.mark.skipif(not shutil.which("unshare"), reason="mounts nothing without unshare")
def test_a_disk_an_agent_has_filled_is_named(project, tmp_path):
    """Where git's library was the one to find it full, it was a fault of the harness."""
    started(project, "head -c 13M /dev/urandom > big.bin")
    small = tmp_path / "small"
    small.mkdir()
    mounted = (
        f"mount -t tmpfs -o size=24m none {small} && exec {sys.executable} -m harness run-phase a --json"
    )
    if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", str(small)], check=False).returncode:
        pytest.skip("no file system of a few megabytes can be had here")
    environment = {**project.environment, "HARNESS_STATE_HOME": str(small)}
    command = ["unshare", "-rm", "sh", "-c", mounted]
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["code"]) == (70, "disk-full"), done.stderr

"""Many processes write notes, ledger entries and rows at once, some are killed: nothing is lost or doubled."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from project import FILES, Project

WRITER = Path(__file__).with_name("writer.py")


def start(project, name, count, run):
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(project.root), name, str(count), run],
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_writers(writers, kill, seconds, meanwhile=lambda: None):
    """Let them work, kill `kill` of them at random moments; returns what was acknowledged: key -> commit."""
    doomed = random.sample(writers, kill)
    for writer in doomed:
        time.sleep(random.uniform(0, seconds / kill))
        writer.kill()
        meanwhile()
    acknowledged = {}
    for writer in writers:
        out, err = writer.communicate(timeout=900)
        assert writer.returncode == 0 or writer in doomed, err
        for line in out.splitlines():
            if line.startswith("ack ") and len(line.split()) == 3:
                _, key, commit = line.split()
                acknowledged[key] = commit
    return acknowledged


def check(project, runs, acknowledged):
    """Every acknowledged attempt is there in all four places, and nothing is there twice."""
    assert project.harness("gc", "--apply").code == 0  # finishes what a kill left open
    entries = []
    ledgers = [f"refs/harness/runs/{run}" for run in runs]
    for ref in project.git("for-each-ref", "--format=%(refname)", *ledgers).split():
        chain = project.git("rev-list", "--first-parent", ref).split()[:-1]
        entries += [project.git("cat-file", "blob", f"{entry}:key") for entry in chain]
    assert [key for key, times in Counter(entries).items() if times > 1] == []
    assert set(acknowledged) <= set(entries)
    rows = []
    for run in runs:
        text = project.git("show", f"harness/{run}:telemetry/{run}.ndjson")
        rows += [json.loads(line)["key"] for line in text.splitlines()]
    assert sorted(rows) == sorted(entries)
    shared = lines(project, "ci", project.rev("main"))
    assert sorted(shared) == sorted(entries)
    for key, commit in acknowledged.items():
        assert lines(project, "ci", commit) == [key]
        assert lines(project, "pytest", commit) == [key]
    assert "error" not in project.git("fsck", "--strict", "--no-dangling")
    assert not list((project.root / ".git/harness/open-seals").glob("*"))


def lines(project, ref, commit):
    note = project.git("notes", f"--ref=harness/{ref}", "show", commit)
    documents = [json.loads(line) for line in note.splitlines() if line]
    return [d["harness"]["key"] if ref == "pytest" else d["key"] for d in documents]


def one_repository(project, processes, each, kill, seconds):
    writers = [start(project, "w" * (1 + i % 2) + str(i), each, "load") for i in range(processes)]
    acknowledged = run_writers(writers, kill, seconds)
    assert len(acknowledged) >= (processes - kill) * each
    check(project, ["load"], acknowledged)


def two_clones(tmp_path, project, processes, each, kill, seconds):
    remote = tmp_path / "remote.git"
    project.git("clone", "-q", "--bare", str(project.root), str(remote))
    project.git("remote", "add", "origin", str(remote))
    other = Project(tmp_path / "other", project.environment)
    project.git("clone", "-q", str(remote), str(other.root))
    clones = {"here": project, "there": other}
    writers = [
        start(clone, "w" * (1 + i % 2) + f"{name}{i}", each, name)
        for name, clone in clones.items()
        for i in range(processes // 2)
    ]

    def exchange():
        for clone in clones.values():
            assert clone.harness("sync", "--json").code in (0, 1, 5)

    acknowledged = run_writers(writers, kill, seconds, exchange)
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "harness", "sync"],
            cwd=clone.root,
            env=clone.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for clone in clones.values()
    ]
    for process in both:
        printed = process.communicate(timeout=300)[0]
        assert process.returncode == 0, printed
    for clone in (*clones.values(), *clones.values()):
        done = clone.harness("sync", "--json")
        assert done.code == 0, done.stdout + done.stderr
    for clone in clones.values():
        check(clone, list(clones), acknowledged)
    refs = [clone.git("for-each-ref", "refs/harness/runs", "refs/notes/harness") for clone in clones.values()]
    assert refs[0] == refs[1]
    assert "error" not in project.git("--git-dir", str(remote), "fsck", "--strict", "--no-dangling")


@pytest.fixture
def loaded(empty_project):
    empty_project.git("config", "user.name", "Tess Ter")
    empty_project.git("config", "user.email", "tess@example.com")
    empty_project.commit(FILES, "begin")
    return empty_project


def test_eight_processes(loaded):
    one_repository(loaded, processes=8, each=2, kill=2, seconds=2)


@pytest.mark.slow
def test_two_clones_of_four_processes(loaded, tmp_path):
    two_clones(tmp_path, loaded, processes=4, each=2, kill=1, seconds=1)


@pytest.mark.slow
def test_sixty_four_processes(loaded):
    one_repository(loaded, processes=64, each=3, kill=16, seconds=40)


@pytest.mark.slow
def test_two_clones_of_sixty_four_processes(loaded, tmp_path):
    two_clones(tmp_path, loaded, processes=64, each=3, kill=16, seconds=60)

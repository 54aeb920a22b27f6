"""What a phase records is on the disk before git says so: a power failure takes none of it."""

import json
import shutil

import pytest
from project import create

PHASE = 'id = "work"\ngoal = "Add"\ndeliverables = ["src/textkit/new.py"]\ntests = "none"'
WRITES = ("update-ref", "unpack-objects", "index-pack")


@pytest.fixture
def traced(project, tmp_path):
    """A project, and a folder where git leaves a trace of each of the harness's commands."""
    traces, programs = tmp_path / "traces", tmp_path / "programs"
    traces.mkdir()
    programs.mkdir()
    wrapper = programs / "git"
    wrapper.write_text(f'#!/bin/sh\nGIT_TRACE2_EVENT={traces} exec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    project.environment["PATH"] = f"{programs}:{project.environment['PATH']}"
    return project, traces


def test_objects_and_refs_of_the_users_repository_are_flushed(traced):
    project, traces = traced
    project.plan(PHASE)
    project.reply("work", 1, create("src/textkit/new.py", "X = 1\n"))
    assert project.phase("work").code == 0
    folder = f"--git-dir={project.root}/.git"
    flushed = {name: [] for name in WRITES}
    for trace in traces.iterdir():
        events = [json.loads(line) for line in trace.read_text().splitlines()]
        command = next(event["argv"] for event in events if event["event"] == "start")
        writes = set(WRITES) & set(command)
        if folder in command and writes:
            values = [int(e["value"]) for e in events if e.get("category") == "fsync" and "flush" in e["key"]]
            flushed[writes.pop()].append(sum(values))
    moved = [count for count in flushed["update-ref"] if count]  # without what only deletes a claim
    assert len(moved) >= 2, flushed  # the ledger, then the branch
    arrived = flushed["unpack-objects"] + flushed["index-pack"]
    assert arrived and all(arrived), flushed
